# SPDX-License-Identifier: MIT
"""nginx → uWSGI → Postgres and Redis under load: what tierwatch says is what the kernel says."""

import re
import threading
from collections import Counter

import pytest

import cgroup
import daemon as tierwatch
import truth
from processes import wait_until
from web_stack import TIERS, wrk


@pytest.fixture(scope="module", autouse=True)
def warm(stack):
    """Workers have imported what they need and hold their connections."""
    wrk(stack.nginx.url, seconds=1)


def test_every_process_has_its_tier_and_role(stack, daemon, isolated):
    daemon.settle()
    true = truth.roles(stack)
    metrics = daemon.metrics()
    for tier in TIERS:
        expected = Counter(role for own, role in true.values() if own == tier)
        assert metrics.by("role", "tierwatch_tier_processes", tier=tier) == expected


def test_match_names_every_process(stack, home, isolated):
    done = tierwatch.run(home, "match")
    assert done.returncode == 0, done.stderr
    true = truth.roles(stack)
    said = {}
    table = done.stdout.split("\n\n")[0]  # near misses and rules without a match come after it
    for line in table.splitlines():
        words = line.split()
        if words and re.fullmatch(r"\d+", words[0]) and int(words[0]) in true:
            said[int(words[0])] = (words[1], words[2])
    assert said == true


@pytest.mark.skipif(not cgroup.available(), reason="needs writable control groups")
def test_cpu_time_is_what_the_control_group_counted(stack, daemon, isolated):
    uses = truth.cpu_uses(stack, daemon, lambda: wrk(stack.nginx.url, seconds=6))
    print(truth.report(uses))
    assert uses["uwsgi"].true > 0.5 and uses["postgres"].true > 0.05
    assert all(use.close() for use in uses.values()), truth.report(uses)


@pytest.mark.parametrize("tier", TIERS)
def test_fds_are_those_listed(stack, daemon, isolated, tier):
    daemon.settle()
    said = daemon.metrics().sum("tierwatch_tier_open_fds", tier=tier)
    assert said == truth.open_fds(stack, tier)


@pytest.mark.parametrize("tier", TIERS)
def test_resident_memory_is_that_of_status(stack, daemon, isolated, tier):
    def said_and_true():
        return (daemon.metrics().sum("tierwatch_tier_resident_memory_bytes", tier=tier),
                truth.resident_bytes(stack, tier))
    # Pages may come and go between the two readings, but not for long in an idle tier.
    wait_until(lambda: len(set(said_and_true())) == 1, f"{tier}: {said_and_true()} to be equal")


def test_load_shows_while_it_lasts(stack, daemon, isolated):
    """The hottest worker is seen, and the counters never fall, while wrk is at work."""
    seen = []

    def watch():
        seen.append(daemon.metrics())
        return len(seen) >= 8

    load = wrk_in_background(stack)
    wait_until(lambda: daemon.settle(1) and watch(), "eight scrapes")
    load.join()
    hottest = max(m.sum("tierwatch_tier_busiest_process_cores", tier="uwsgi", rank="1")
                  for m in seen if m.has("tierwatch_tier_busiest_process_cores", tier="uwsgi"))
    assert 0.01 < hottest < 1.1
    for tier in TIERS:
        totals = [m.sum("tierwatch_tier_cpu_seconds_total", tier=tier) for m in seen]
        assert totals == sorted(totals)


def wrk_in_background(stack):
    thread = threading.Thread(target=wrk, args=(stack.nginx.url, 4))
    thread.start()
    return thread
