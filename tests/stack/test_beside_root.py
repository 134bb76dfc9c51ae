# SPDX-License-Identifier: MIT
"""What the service sees, as nobody and without any capability, beside what root sees, on servers where Debian puts them:
CPU, descriptors, queues and verdict are the same."""

import pytest

from conftest import needs_root
from daemon import Tierwatch
from debian_layout import debian_stack
from loads import Wrk
from processes import wait_until
from web_stack import TIERS, wrk

pytestmark = needs_root


@pytest.fixture(scope="module")
def usual(home):
    stack = debian_stack(home / "usual")
    yield stack
    stack.close()


@pytest.fixture(scope="module")
def both(home, usual):
    daemons = [Tierwatch(home, user=user, name=f"as-{user}").wait_ready() for user in ("nobody", "root")]
    yield [daemon.settle() for daemon in daemons]
    for daemon in daemons:
        daemon.stop()


def test_the_cpu_time_of_a_load(isolated, usual, both):
    """From quiet to quiet, so that it does not matter when each of them samples. The unprivileged one counts clock
    ticks where root may count nanoseconds: up to two ticks of each process are in one sum and not yet in the other."""
    def cpu():
        return {tier: [daemon.settle().tier_cpu(tier) for daemon in both] for tier in TIERS}
    before = cpu()
    wrk(f"{usual.nginx.url}/order/0/5", seconds=5)
    after = cpu()
    for tier in TIERS:
        by_nobody, by_root = (end - start for start, end in zip(before[tier], after[tier]))
        assert by_nobody == pytest.approx(by_root, abs=0.1, rel=0.02), tier
    assert after["uwsgi"][0] - before["uwsgi"][0] > 0.2, "uwsgi worked"


@pytest.fixture(scope="module")
def load(usual):
    """More clients than the application has workers; each request waits in Postgres. Leaves the processors alone."""
    wrk = Wrk(f"{usual.nginx.url}/sleeping-query/250", connections=8, seconds=100)
    yield wrk
    wrk.stop()
    wrk.wait()


def same(both, what):
    """Each samples on its own clock: what is steady is the same soon."""
    nobody, root = both
    wait_until(lambda: what(nobody) == what(root), lambda: f"{what(nobody)} to be {what(root)}", 30)
    return what(nobody)


def verdict_of(daemon):
    verdict = daemon.snapshot()["verdict"]
    waiting = verdict.get("waiting_on") or {}
    return verdict["state"], verdict.get("tier"), verdict.get("resource"), waiting.get("tier")


def queues_of(daemon):
    """Of each queue of a tier: its limit, and whether somebody waits in it most of the time."""
    return {(tier["name"], queue["name"]): (queue.get("limit"), queue["queued_ratio"] > 0.5)
            for tier in daemon.snapshot()["facts"]["tiers"] for queue in tier["listeners"]}


def test_the_verdict_under_load(isolated, usual, both, load):
    wait_until(lambda: verdict_of(both[1])[:2] == ("saturated", "uwsgi"), lambda: verdict_of(both[1]), 30)
    assert same(both, verdict_of) == ("saturated", "uwsgi", "workers", "postgres")


def test_the_queues_under_load(isolated, usual, both, load):
    queues = same(both, queues_of)
    assert queues["uwsgi", str(usual.uwsgi.socket)] == (100, True)
    assert ("nginx", "0.0.0.0:80") in queues or ("nginx", "127.0.0.1:80") in queues


@pytest.mark.parametrize("tier", TIERS)
def test_the_descriptors_under_load(isolated, usual, both, load, tier):
    assert same(both, lambda daemon: daemon.metrics().sum("tierwatch_tier_open_fds", tier=tier)) > 0
