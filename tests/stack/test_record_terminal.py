# SPDX-License-Identifier: MIT
"""`tierwatch record` in a terminal: it stays the program's, and is left as it was."""

import os
import pty
import signal
import sqlite3
import sys
import termios

import pytest

from daemon import installed
from processes import read_or_none, wait_until
from recorded import captured, read_until


@pytest.mark.parametrize("background", ["while :; do echo more; sleep 0.02; done", "yes"])
@pytest.mark.parametrize("through", ["pipe", "terminal"])
def test_who_goes_on_printing_in_the_background_is_not_waited_for(home, background, through):
    script = f"({background}) 2>/dev/null & echo begun; exit 6"
    name = f"background-{background[:3]}-{through}"
    if through == "pipe":
        run, status, out, _ = captured(home, name, "bash", "-c", script)
        assert status == 6 and "begun\n" in out
        return
    directory = home / name
    directory.mkdir()
    pid, master = pty.fork()
    if pid == 0:
        os.chdir(directory)
        os.execv(installed(home), ["tierwatch", "record", "-o", "run.db", "--interval", "100ms",
                                   "--around", "200ms", "--", "bash", "-c", script])
    read_until(master, b"recorded run.db")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 6


def test_a_terminal_stays_one(home):
    """Under a terminal the program sees one, gets Ctrl-C once, and its bytes arrive as written."""
    script = "trap 'echo caught; exit 9' INT; test -t 1 && echo terminal; " \
             "while :; do sleep 0.05; done"
    directory = home / "terminal"
    directory.mkdir()
    pid, master = pty.fork()
    if pid == 0:
        os.chdir(directory)
        os.execv(installed(home), ["tierwatch", "record", "-o", "run.db", "--interval", "100ms",
                                   "--around", "300ms", "--", "bash", "-c", script])
    seen = read_until(master, b"terminal\r\n")
    os.write(master, b"\x03")
    seen += read_until(master, b"recorded run.db")
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 9
    assert seen.count(b"caught\r\n") == 1 and b"\r\r\n" not in seen
    with sqlite3.connect(directory / "run.db") as database:
        assert database.execute("SELECT output FROM run").fetchall() == [("terminal\ncaught\n",)]


def relays():
    return [pid for pid in os.listdir("/proc") if pid.isdigit()
            and (read_or_none(f"/proc/{pid}/comm") or "").strip() == "tierwatch-relay"]


def test_what_outlives_the_program_goes_on_to_print(home, isolated):
    """As without `record`: on the terminal, though nobody waits for it. What passes it on ends with it."""
    directory = home / "outlives"
    directory.mkdir()
    script = "while :; do echo tick || exit 9; sleep 0.05; done & echo started $!"
    pid, master = pty.fork()
    if pid == 0:  # a shell, which keeps the terminal once record has ended
        os.chdir(directory)
        os.execv("/bin/sh", ["sh", "-c", '"$@"; echo "ended $?"; exec sleep 60', "sh", installed(home), "record", "-o",
                             "run.db", "--interval", "100ms", "--around", "200ms", "--", "sh", "-c", script])
    try:
        seen = read_until(master, b"started ") + read_until(master, b"ended 0")
        child = int(seen.split(b"started ")[1].split()[0])
        for _ in range(20):
            read_until(master, b"tick\r\n")
        assert relays()
        os.kill(child, signal.SIGKILL)
        wait_until(lambda: not relays(), "the end of what passes on")
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(master)


@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGTERM, signal.SIGKILL])
def test_a_program_that_is_killed_leaves_no_raw_terminal(home, number):
    directory = home / f"raw-{int(number)}"
    directory.mkdir()
    pid, master = pty.fork()
    if pid == 0:
        os.chdir(directory)
        os.execv(installed(home), ["tierwatch", "record", "-o", "run.db", "--interval", "100ms",
                                   "--around", "200ms", "--", "sh", "-c",
                                   "stty raw -echo; echo ready $$; exec sleep 60"])
    seen = read_until(master, b"ready ")
    seen += read_until(master, b"\n") if b"\n" not in seen.split(b"ready ")[1] else b""
    program = int(seen.split(b"ready ")[1].split()[0])
    assert not termios.tcgetattr(master)[3] & termios.ICANON
    os.kill(program if number == signal.SIGKILL else pid, number)
    read_until(master, b"recorded run.db")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -number
    modes = termios.tcgetattr(master)[3]
    assert modes & termios.ICANON and modes & termios.ECHO and modes & termios.ISIG


# What a shell does with a job: a process group of its own, in the foreground; Ctrl-Z; `fg`.
SHELL = """
import os, signal, sys, time
job = os.fork()
if job == 0:
    os.setpgid(0, 0)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    os.tcsetpgrp(0, os.getpgrp())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
_, status = os.waitpid(job, os.WUNTRACED)
(program,) = open(f"/proc/{job}/task/{job}/children").read().split()
state, deadline = "", time.monotonic() + 10
while state != "T" and time.monotonic() < deadline:  # it stops when it gets a processor
    state = open(f"/proc/{program}/stat").read().split()[2]
print("stopped", os.WIFSTOPPED(status), state, flush=True)
os.killpg(job, signal.SIGCONT)
_, status = os.waitpid(job, 0)
print("ended", os.waitstatus_to_exitcode(status), flush=True)
"""


# Starts nothing: a program that is stopped while it waits for the exec of its child is in state D, not T.
WORK = "import sys, time; print('begun', flush=True); time.sleep(1); sys.exit(4)"


def test_ctrl_z_stops_both_and_fg_wakes_both(home):
    directory = home / "stopped"
    directory.mkdir()
    pid, master = pty.fork()
    if pid == 0:
        os.chdir(directory)
        os.execv(sys.executable, [sys.executable, "-c", SHELL, installed(home), "record", "-o",
                                  "run.db", "--interval", "100ms", "--around", "200ms", "--",
                                  sys.executable, "-c", WORK])
    read_until(master, b"begun")
    os.write(master, b"\x1a")
    seen = read_until(master, b"stopped")
    seen += read_until(master, b"ended 4")
    os.waitpid(pid, 0)
    assert b"stopped True T" in seen, seen
