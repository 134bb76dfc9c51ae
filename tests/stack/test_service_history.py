# SPDX-License-Identifier: MIT
"""The history of the daemon as a service: one writer, faults that end nothing, a bounded queue before a
slow disk, limits that are lowered, and readers of its group."""

import os
import pwd
import re
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from conftest import GROUP_MEMBER, SERVICE, needs_root
from daemon import installed
from history_file import ticks
from processes import http_status, status_bytes, wait_until
from ptrace_stop import stopped_thread


def test_two_daemons_on_one_history_are_refused(service, home):
    file = home / "shared.db"
    history = f'[history]\npath = "{file}"\n'
    first = service(history, interval="200ms").wait_ready()
    wait_until(lambda: ticks(file)[0] > 3, "the first history")
    second = service(history, interval="200ms").wait_ready().settle(5)
    wait_until(lambda: "another tierwatch writes to it" in second.log(), "the complaint")
    wait_until(lambda: second.metrics().sum("tierwatch_unrecorded_ticks_total") > 3, "counted drops")
    assert ticks(file)[1] == 1, "the second writes nothing"
    assert second.child.running() and http_status(f"http://{second.address}/-/healthy") == 200
    assert second.log().count("another tierwatch writes") == 1
    first.stop()
    wait_until(lambda: ticks(file)[1] == 2, "the second to take over", seconds=30)


@needs_root
def test_a_file_that_is_anothers_does_not_end_the_daemon(service, home):
    """Empty, another user's, and writable: its mode cannot be changed."""
    account = pwd.getpwnam(SERVICE)
    folder = home / "anothers"
    folder.mkdir()
    folder.chmod(0o777)
    file = folder / "history.db"
    file.touch()
    file.chmod(0o666)
    daemon = service(f'[history]\npath = "{file}"\n', interval="200ms", user=SERVICE).wait_ready()
    assert account.pw_uid != 0
    wait_until(lambda: ticks(file)[0] > 3, "ticks in the other's file")
    daemon.settle(3)


@needs_root
def test_a_history_that_cannot_be_opened_is_counted_and_said(service, home):
    file = home / "roots.db"
    file.touch()
    file.chmod(0o600)
    daemon = service(f'[history]\npath = "{file}"\n', interval="200ms", user=SERVICE).wait_ready()
    wait_until(lambda: daemon.metrics().sum("tierwatch_helper_faults_total", helper="recorder") > 0,
               "the fault to be counted")
    wait_until(lambda: re.search("cannot record: .*ermission denied", daemon.log()), "the log line")
    daemon.settle(3)


def test_history_shrinks_when_its_age_is_lowered(service, home):
    file = home / "lowered.db"
    settings = '[history]\npath = "{}"\nkeep = "{}"\n'
    first = service(settings.format(file, "7d"), interval="200ms").wait_ready()
    wait_until(lambda: ticks(file)[0] > 3, "a history")
    first.stop()
    with closing(sqlite3.connect(file)) as database, database:  # two days older, and longer
        database.execute("UPDATE tick SET wall_seconds = wall_seconds - 172800")
        columns = [row[1] for row in database.execute("PRAGMA table_info(tick)") if row[1] != "tick"]
        names = ", ".join(columns)
        shifted = ", ".join("wall_seconds + n * 0.2" if name == "wall_seconds" else name
                            for name in columns)
        database.execute(
            f"WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < 3000) "
            f"INSERT INTO tick ({names}) SELECT {shifted} FROM more, "
            f"(SELECT * FROM tick ORDER BY tick DESC LIMIT 1)")
        # The clock went on meanwhile: a tick each minute, so that it is no sudden jump.
        shifted = ", ".join("wall_seconds + n * 60" if name == "wall_seconds" else name
                            for name in columns)
        database.execute(
            f"WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < 2860) "
            f"INSERT INTO tick ({names}) SELECT {shifted} FROM more, "
            f"(SELECT * FROM tick ORDER BY tick DESC LIMIT 1)")
    before = ticks(file)[0]
    assert before > 5800
    daemon = service(settings.format(file, "7d"), interval="200ms").wait_ready().settle(15)
    assert ticks(file)[0] >= before, "all of it is young"
    daemon.write_config('[sampling]\ninterval = "200ms"\n' + settings.format(file, "2h"))
    daemon.child.signal(signal.SIGHUP)
    wait_until(lambda: ticks(file)[0] < 600, "the old ticks to go", seconds=40)
    assert ticks(file)[0] > 100, "the last two hours stay"


@needs_root
def test_the_group_reads_the_history_while_the_daemon_runs_and_after(service, home):
    account, member = pwd.getpwnam(SERVICE), pwd.getpwnam(GROUP_MEMBER)
    state = home / "state"
    state.mkdir()
    os.chown(state, account.pw_uid, account.pw_gid)
    state.chmod(0o750)
    file = state / "history.db"
    daemon = service(f'[history]\npath = "{file}"\n', interval="200ms", user=SERVICE).wait_ready()
    wait_until(lambda: ticks(file)[0] > 10, "a history")

    def report():
        return subprocess.run(
            ["setpriv", "--reuid", str(member.pw_uid), "--regid", str(member.pw_gid), "--groups",
             str(account.pw_gid), installed(home), "report", "--history", file, "--from", "-1h"],
            capture_output=True, text=True, timeout=30, cwd="/")
    running = report()
    assert running.returncode == 0, running.stderr
    daemon.stop()
    stopped = report()
    assert stopped.returncode == 0, stopped.stderr
    assert sorted(path.name for path in state.iterdir()) == ["history.db"], "and leaves nothing"
    daemon = service(f'[history]\npath = "{file}"\n', interval="200ms", user=SERVICE).wait_ready()
    daemon.settle(8)
    daemon.child.signal(signal.SIGKILL)
    daemon.child.wait()
    killed = report()
    assert killed.returncode == 0, killed.stderr


def thread_named(pid, name):
    """Its tid."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text().strip() == name:
            return int(task.name)
    return None


def test_a_disk_that_stalls_does_not_fill_the_memory(service, home, isolated):
    """Many processes with long titles, and a recorder that does not come back from the disk."""
    crowd = [subprocess.Popen(["sleep", *["1000"] * 800]) for _ in range(600)]
    try:
        daemon = service(f'[history]\npath = "{home}/stalled.db"\n', interval="100ms").wait_ready()
        pid = daemon.child.pid
        recorder = wait_until(lambda: thread_named(pid, "recorder"), "the recording thread")
        daemon.settle(5)
        assert len(daemon.snapshot()["processes"]) > 600
        before = status_bytes(pid, "VmRSS")

        def dropped():
            return daemon.metrics().sum("tierwatch_unrecorded_ticks_total") > 2
        with stopped_thread(recorder):
            wait_until(dropped, "the queue to be full", seconds=120)
            grown = status_bytes(pid, "VmRSS") - before
        print(f"grew by {grown >> 20} MiB")
        assert grown < 100 << 20, f"{grown >> 20} MiB"
        daemon.settle(2)
    finally:
        for process in crowd:
            process.kill()
        for process in crowd:
            process.wait()
