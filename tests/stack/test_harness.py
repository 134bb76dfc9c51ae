# SPDX-License-Identifier: MIT
"""The servers and the load alone, without tierwatch: what the other tests stand on."""

import signal
import sqlite3
import time
import urllib.request
from contextlib import closing

import pytest

import cgroup
import history_file
from processes import Child, descendants, is_root, read_or_none, wait_until
from web_stack import TIERS, wrk


def test_a_page_goes_through_every_tier(stack):
    before = {tier: group.cpu_seconds() for tier, group in stack.cgroups.items()}
    with urllib.request.urlopen(stack.nginx.url, timeout=10) as answer:
        assert answer.read().startswith(b"<p>2001000 ")
    result = wrk(stack.nginx.url, seconds=2)
    assert result.requests > 50 and result.errors == 0
    for tier in stack.cgroups:
        assert stack.cgroups[tier].cpu_seconds() > before[tier]


def test_each_tier_has_its_processes(stack):
    names = {tier: [read_or_none(f"/proc/{pid}/comm").strip()
                    for pid in descendants(stack.server(tier).pid)] for tier in TIERS}
    assert names["nginx"] == ["nginx"] * 3
    assert names["uwsgi"] == ["uwsgi-core"] * 4
    assert names["redis"] == ["redis-server"]
    assert names["postgres"].count("postgres") >= 5


def test_a_child_that_ignores_its_signal_is_killed(home):
    child = Child("stubborn", ["sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.05; done"],
                  home)
    wait_until(lambda: "deaf" in child.log.read_text(), "sh")
    assert child.stop(seconds=0.5) == -signal.SIGKILL


def test_a_history_that_is_being_made_has_no_samples_yet(home):
    """No file, an empty one, one without tables; and asking makes none, which would be in the daemon's way."""
    file = home / "being-made.db"
    assert history_file.ticks(file) == (0, 0) and not file.exists()
    file.touch()
    assert history_file.ticks(file) == (0, 0) and file.stat().st_size == 0
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("PRAGMA journal_mode = WAL")
        assert history_file.ticks(file) == (0, 0)
        database.execute("CREATE TABLE tick (session)")
        database.execute("INSERT INTO tick VALUES (1)")
        database.commit()
        assert history_file.ticks(file) == (1, 1)
    with pytest.raises(sqlite3.OperationalError):
        history_file.rows(file, "SELECT nothing FROM tick")


@pytest.mark.skipif(not (is_root() and cgroup.available()), reason="needs writable control groups")
def test_a_quota_holds_a_process_back(home):
    group = cgroup.ControlGroup("quota")
    group.limit_cpu(0.25)
    spinner = Child("spinner", ["sh", "-c", "while :; do :; done"], home, cgroup=group)
    wait_until(lambda: group.cpu_seconds() > 0.05, "the spinner to run")
    began, used = time.monotonic(), group.cpu_seconds()
    time.sleep(1)
    share = (group.cpu_seconds() - used) / (time.monotonic() - began)
    spinner.stop()
    group.close()
    assert 0.1 < share < 0.35
