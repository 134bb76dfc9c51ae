# SPDX-License-Identifier: MIT
"""The daemon as nobody: what it may not read is absent, never zero, and it says what it misses."""

import pytest

import truth
from daemon import Tierwatch
from processes import is_root
from web_stack import TIERS, wrk

pytestmark = pytest.mark.skipif(not is_root(), reason="needs root to become another user")


@pytest.fixture(scope="module")
def nobody(home, stack):
    daemon = Tierwatch(home, user="nobody", name="nobody").wait_ready()
    wrk(stack.nginx.url, seconds=2)
    yield daemon.settle()
    daemon.stop()


def test_counts_cpu_and_memory_of_others(stack, nobody, isolated):
    metrics = nobody.metrics()
    for tier in TIERS:
        assert metrics.sum("tierwatch_tier_resident_memory_bytes", tier=tier) > 1e6
    assert metrics.sum("tierwatch_tier_cpu_seconds_total", tier="uwsgi") > 0.2


def test_knows_tier_and_role(stack, nobody, isolated):
    metrics = nobody.metrics()
    assert metrics.by("role", "tierwatch_tier_processes", tier="uwsgi") == {"master": 1, "worker": 3}
    assert metrics.by("role", "tierwatch_tier_processes", tier="nginx") == {"master": 1, "worker": 2}


@pytest.mark.skipif(not truth.fd_size_is_told(), reason="needs Linux 6.2")
@pytest.mark.parametrize("tier", TIERS)
def test_counts_fds_of_others(stack, nobody, isolated, tier):
    said = nobody.metrics().sum("tierwatch_tier_open_fds", tier=tier)
    assert said == truth.open_fds(stack, tier)


@pytest.mark.parametrize("name", ["tierwatch_tier_read_bytes_total",
                                  "tierwatch_tier_written_bytes_total"])
def test_io_is_absent(stack, nobody, isolated, name):
    assert not nobody.metrics().has(name)


def test_root_does_see_io(stack, daemon, isolated):
    """Else the test above proves nothing."""
    daemon.settle()
    assert daemon.metrics().has("tierwatch_tier_written_bytes_total", tier="postgres")


def test_hidepid_is_said_and_nothing_made_up(home, stack, isolated):
    hide = ["unshare", "--mount", "--propagation", "unchanged", "sh", "-c",
            'mount -t proc -o hidepid=2 proc /proc && exec "$@"', "sh"]
    daemon = Tierwatch(home, user="nobody", name="hidepid", before=hide).wait_ready().settle()
    metrics = daemon.metrics()
    log = daemon.log()
    daemon.stop()
    assert "hidepid" in log
    for tier in TIERS:
        assert not any(value for _, value in metrics.select("tierwatch_tier_processes", tier=tier))
        for name in ("cpu_seconds_total", "resident_memory_bytes", "open_fds"):
            assert not any(value for _, value in metrics.select(f"tierwatch_tier_{name}", tier=tier))
