# SPDX-License-Identifier: MIT
"""The daemon's history when the daemon is killed, and when the disk is full."""

import os
import signal
import subprocess
import time

import pytest

from daemon import Tierwatch
from history_file import rows, ticks
from processes import wait_until


def history_of(home, name, place=None, size="512MiB"):
    file = (place or home) / f"{name}.db"
    daemon = Tierwatch(home, f'[history]\npath = "{file}"\nmax_size = "{size}"\n', interval="100ms",
                       name=name)
    return daemon.wait_ready(), file


def test_history_survives_a_killed_daemon_and_tells_the_gap(home):
    daemon, file = history_of(home, "daemon-killed")
    daemon.settle(1)
    wait_until(lambda: ticks(file)[0] >= 20, "samples in the file")
    kept, _ = ticks(file)
    daemon.child.signal(signal.SIGKILL)
    daemon.child.wait()
    assert ticks(file)[0] >= kept
    successor = history_of(home, "daemon-killed")[0].settle(15)
    successor.stop()
    assert rows(file, "SELECT kind FROM gap WHERE kind = 'restarted'") == [("restarted",)]
    ends = rows(file, "SELECT end_wall_seconds IS NULL FROM session ORDER BY session")
    assert ends == [(1,), (0,)], "killed, stopped"
    assert rows(file, "PRAGMA integrity_check") == [("ok",)]


def test_a_full_disk_stops_no_sampling(home):
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    place = home / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tierwatch", place])
    if mounted.returncode:
        pytest.skip("no right to mount")
    try:
        daemon, file = history_of(home, "full", place=place)
        wait_until(lambda: "cannot record" in daemon.log(), "the disk to be full", seconds=60)
        before = daemon.snapshot()["sequence"]
        began = time.monotonic()
        daemon.settle(20)
        taken = daemon.snapshot()["sequence"] - before
        assert taken >= 0.5 * (time.monotonic() - began) / 0.1, "one each 100 ms, or nearly"
        assert daemon.log().count("cannot record") == 1, "said once"
        for other in place.glob("full.db-wal"):
            assert other.stat().st_size < 1 << 20
        assert ticks(file)[0] > 10
        subprocess.run(["mount", "-o", "remount,size=64m", place], check=True)
        wait_until(lambda: " again" in daemon.log(), "recording to go on", seconds=30)
        daemon.settle(15)
        daemon.stop()
        (dropped,), = rows(file, "SELECT sum(dropped_ticks) FROM tick")
        assert dropped > 5, "the file tells what it lacks"
        assert rows(file, "SELECT count(*) FROM gap WHERE kind = 'not recorded'")[0][0] >= 1
    finally:
        subprocess.run(["umount", "-l", place], check=True)
