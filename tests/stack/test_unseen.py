# SPDX-License-Identifier: MIT
"""What the kernel hides, does not count, or counts anew, made so for one daemon by mounts and namespaces of its own:
unknown stays unknown, in what is shown, recorded and played back."""

import json
import socket
import sqlite3
from contextlib import contextmanager
from pathlib import Path

import pytest

import cgroup
import daemon as tierwatch
from daemon import Tierwatch
from processes import OWN_MOUNTS, is_root, own_directory, wait_until
from servers import Redis

pytestmark = pytest.mark.skipif(not is_root(), reason="needs root for mounts and namespaces")


@pytest.fixture(scope="module")
def redis(home):
    server = Redis(home / "redis")
    yield server
    server.stop()


@contextmanager
def running(daemon):
    try:
        yield daemon
    finally:
        daemon.stop()


def facts_of(snapshot, tier="redis"):
    (facts,) = [one for one in snapshot["facts"]["tiers"] if one["name"] == tier]
    return facts


def client_of(redis):
    """Makes it busy: of an idle server nothing is said."""
    client = socket.create_connection(("127.0.0.1", redis.port))
    client.sendall(b"PING\r\n")
    return client


HIDDEN = ["its CPU quota cannot be read", "its memory limit cannot be read"]


@pytest.mark.skipif(not cgroup.available(), reason="no control groups can be made here")
def test_limits_outside_of_the_cgroup_namespace_are_said_shown_recorded_and_played_back(home, redis):
    group = cgroup.ControlGroup("inside")
    try:
        inside = [*group.entry(), "unshare", "--cgroup"]
        with running(Tierwatch(home, name="inside", before=inside).wait_ready()) as daemon, client_of(redis):
            daemon.settle(4)
            wait_until(lambda: daemon.snapshot()["verdict"]["state"] == "clear", "a verdict")
            verdict = daemon.snapshot()["verdict"]
            for text in HIDDEN:
                assert [spot for spot in verdict["blind_spots"] if spot.startswith("redis") and text in spot], (
                    str((verdict["blind_spots"], facts_of(daemon.snapshot()))))
            assert verdict["confidence"] != "high"
            facts = facts_of(daemon.snapshot())
            assert facts["quota_hidden"] and facts["memory_limit_hidden"]
        recorded = home / "inside.db"
        assert tierwatch.run(home, "record", "--standalone", "--around", "2s", "-o", recorded, "--", "sleep", "3",
                             before=inside, seconds=60).returncode == 0
        rows = sqlite3.connect(recorded).execute(
            "SELECT DISTINCT quota_hidden, memory_limit_hidden FROM tier WHERE name = 'redis'").fetchall()
        assert rows == [(1, 1)]
        played = tierwatch.run(home, "top", "--replay", recorded, "--once", "--json")
        assert facts_of(json.loads(played.stdout.splitlines()[-1]))["quota_hidden"]
    finally:
        group.close()


def test_in_the_first_namespace_nothing_is_hidden(home, redis):
    with running(Tierwatch(home, name="outside").wait_ready()) as daemon:
        facts = facts_of(daemon.settle().snapshot())
        assert not facts["quota_hidden"] and not facts["memory_limit_hidden"]


def mounted_over(home, name, files):
    """argv in front of a program that sees `files` (path: text) in place of the kernel's. Gives the files that it sees,
    too."""
    folder = own_directory(home / name, None)
    stand_ins = {}
    commands = []
    for number, (path, text) in enumerate(files.items()):
        stand_ins[path] = folder / str(number)
        stand_ins[path].write_text(text)
        commands.append(f"mount --bind {stand_ins[path]} {path}")
    script = " && ".join([*commands, 'exec "$@"'])
    return [*OWN_MOUNTS, "sh", "-c", script, "sh"], stand_ins


FROM_PROC = 'source = "proc"\n'  # of [sampling]; BPF knows better than a file that is mounted over


def test_a_schedstat_of_zeros_is_no_wait_of_zero(home, redis):
    tasks = [str(task / "schedstat") for task in Path(f"/proc/{redis.pid}/task").iterdir()]
    before, _ = mounted_over(home, "zeros", {path: "0 0 0\n" for path in tasks})
    with running(Tierwatch(home, FROM_PROC, name="without-accounts", before=before).wait_ready()) as daemon:
        facts = facts_of(daemon.settle(4).snapshot())
        assert facts["cpu_cores"] is not None
        assert facts.get("run_delay_cores") is None
        assert "tierwatch_tier_run_delay" not in "".join(
            line for line in daemon.get("/metrics").splitlines() if 'tier="redis"' in line)


def test_idle_time_that_steps_back_makes_no_counter_fall(home):
    """As it does on real kernels: idle and iowait of a processor are computed anew when it wakes."""
    line = "cpu  {user} 0 100 {idle} {iowait} 0 0 0 0 0\ncpu0 {user} 0 100 {idle} {iowait} 0 0 0 0 0\nctxt 1\n" \
           "btime 1700000000\nprocesses 9\nprocs_running 1\nprocs_blocked 0\n"
    before, stand_ins = mounted_over(home, "idle", {"/proc/stat": line.format(user=1000, idle=9000, iowait=500)})
    seen = stand_ins["/proc/stat"]
    with running(Tierwatch(home, name="idle", interval="200ms", before=before).wait_ready()) as daemon:
        def seconds(mode):
            return daemon.metrics().sum("tierwatch_host_cpu_seconds_total", mode=mode)
        daemon.settle()
        last = {mode: seconds(mode) for mode in ("user", "idle", "iowait")}
        assert last["idle"] > 0
        for user, idle, iowait in ((1010, 8990, 505), (1020, 9010, 480), (1030, 9005, 510), (1040, 9100, 400)):
            seen.write_text(line.format(user=user, idle=idle, iowait=iowait))
            wait_until(lambda user=user: seconds("user") == pytest.approx(user / 100), f"user {user}")
            now = {mode: seconds(mode) for mode in last}
            assert all(now[mode] >= last[mode] for mode in last), (last, now)
            last = now


def test_counters_of_the_host_that_start_anew_have_no_rate_of_zero(home):
    vmstat = "nr_free_pages 9\npswpin 5\npswpout 6\noom_kill {}\n"
    before, stand_ins = mounted_over(home, "anew", {"/proc/vmstat": vmstat.format(7)})
    seen = stand_ins["/proc/vmstat"]
    with running(Tierwatch(home, name="anew", interval="2s", before=before).wait_ready()) as daemon:
        def kills():
            snapshot = daemon.snapshot()
            return snapshot["host"]["since_boot"]["oom_kills"], snapshot["facts"]["host"].get("oom_kills")
        daemon.settle()
        assert kills() == (7, 0)
        seen.write_text(vmstat.format(9))
        wait_until(lambda: kills() == (9, 2), "two kills")
        seen.write_text(vmstat.format(1))  # started anew: how many were missed is not known
        wait_until(lambda: kills() == (9, None), "no rate")
        seen.write_text(vmstat.format(4))
        wait_until(lambda: kills() == (12, 3), "three kills")
        assert "tierwatch_host_oom_kills_total 12" in daemon.get("/metrics")
