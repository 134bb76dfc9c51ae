# SPDX-License-Identifier: MIT
"""Processes that are born and die between two ticks: their CPU time is not lost."""

import os
import re
import shutil

import pytest

import cgroup
import truth
from daemon import Tierwatch
from processes import Child, wait_until
from web_stack import WebStack, wrk

FORKER = os.environ.get("TIERWATCH_FORKER", "build/dev/tests/stack/forker")
CONFIGURATION = """
[[tier]]
name = "forker"
match = [{comm = "forker"}]
children = true
"""


def test_two_hundred_children_a_second(home, isolated):
    daemon = Tierwatch(home, CONFIGURATION, interval="1s", name="forker-daemon").wait_ready()
    program = shutil.copy(FORKER, home / "forker")
    forker = Child("forker-run", [program, 2000, 200, 5], home)
    wait_until(lambda: daemon.metrics().by("tier", "tierwatch_tier_processes", tier="forker"), "it")
    totals = []

    def finished():
        totals.append(daemon.tier_cpu("forker"))
        return re.search(r"self ([\d.]+) children ([\d.]+)", forker.log.read_text())

    end = wait_until(finished, "2,000 children", seconds=60)
    daemon.settle(2)
    use = truth.CpuUse(daemon.tier_cpu("forker"), float(end[1]) + float(end[2]))
    forker.stop()
    daemon.settle(2)
    totals += [use.said, daemon.tier_cpu("forker")]
    daemon.stop()
    print(use)
    assert float(end[2]) > 9.9
    assert use.close(), str(use)
    assert totals == sorted(totals)


def test_a_whole_life_of_uwsgi(home, isolated):
    """Without control groups: what wait4(2) told when the master ended. The end of four Python
    interpreters, after the last tick, is in that but cannot be in ours."""
    daemon = Tierwatch(home, name="life-daemon").wait_ready()
    stack = WebStack(home / "life")
    wrk(stack.nginx.url + "/cpu/5", seconds=4)
    daemon.settle(3)
    stack.close()
    daemon.settle(3)
    usage = stack.uwsgi.child.rusage
    use = truth.CpuUse(daemon.tier_cpu("uwsgi"), usage.ru_utime + usage.ru_stime, processes=5)
    daemon.stop()
    print(use)
    assert use.true > 0.5
    assert -0.02 * use.true - 0.13 < use.said - use.true < use.steps(), str(use)


@pytest.mark.skipif(not cgroup.available(), reason="needs writable control groups")
def test_a_postgres_connection_per_request(stack, daemon, isolated):
    def load():
        result = wrk(f"{stack.nginx.url}/new-connection", seconds=6)
        assert result.requests > 50 and result.errors == 0
        print(f"{result.requests} connections")

    wrk(f"{stack.nginx.url}/new-connection", seconds=1)
    uses = truth.cpu_uses(stack, daemon, load)
    print(truth.report(uses))
    # Hundreds of backends are cut off at a clock tick each.
    assert all(use.close(relative=0.03) for use in uses.values()), truth.report(uses)
