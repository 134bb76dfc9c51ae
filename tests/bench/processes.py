# SPDX-License-Identifier: MIT
"""Starting processes that cannot outlive the benchmark, and reading what they cost.

CPU time is the kernel's own clock of the process (clock_getcpuclockid(3): nanoseconds, threads that
ended included) plus that of children it has waited for (/proc/PID/stat, steps of 10 ms).
"""

import ctypes
import os
import pty
import signal
import struct
import subprocess
import termios
import threading
import time
import fcntl

PR_SET_CHILD_SUBREAPER = 36
CPUCLOCK_SCHED = 2
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def adopt_orphans():
    """Processes whose parent dies come to us instead of to pid 1; reap_adopted() ends them."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_adopted():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def stat_fields(pid):
    """Fields of /proc/PID/stat from the third (state) on: [0] is field 3 of proc(5)."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        return file.read().rpartition(b")")[2].split()


def cpu_seconds(pid):
    fields = stat_fields(pid)
    children = (int(fields[13]) + int(fields[14])) / TICKS_PER_SECOND
    return time.clock_gettime((~pid << 3) | CPUCLOCK_SCHED) + children


def resident_mib(pid):
    """(now, highest ever) resident memory."""
    values = {}
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        for line in file:
            key, _, rest = line.partition(":")
            if key in ("VmRSS", "VmHWM"):
                values[key] = int(rest.split()[0]) / 1024
    return values["VmRSS"], values["VmHWM"]


def descendants(root):
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                parents[int(name)] = int(stat_fields(int(name))[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    found, fresh = [], {root}
    while fresh:
        fresh = {pid for pid, parent in parents.items() if parent in fresh}
        found += fresh
    return sorted(found)


def counts_of_machine():
    """(processes, threads) that exist now, kernel threads included."""
    processes = [name for name in os.listdir("/proc") if name.isdigit()]
    threads = 0
    for name in processes:
        try:
            threads += int(stat_fields(int(name))[17])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return len(processes), threads


class Output:
    """Drains what a program prints and counts how often `mark` occurs in it."""

    def __init__(self, fd, mark):
        self.frames = 0
        self.bytes = 0
        self._fd, self._mark = fd, mark
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self):
        rest = b""
        while True:
            try:
                block = os.read(self._fd, 1 << 16)
            except OSError:  # EIO: the other end of the terminal is gone
                break
            if not block:
                break
            self.bytes += len(block)
            if self._mark:
                text = rest + block
                self.frames += text.count(self._mark)
                rest = text[-(len(self._mark) - 1) :]
        os.close(self._fd)

    def wait_for_frame(self, timeout=15.0):
        seen, deadline = self.frames, time.monotonic() + timeout
        while self.frames == seen:
            if time.monotonic() > deadline:
                raise RuntimeError(f"no {self._mark!r} within {timeout:.0f} s")
            time.sleep(0.005)


class Program:
    """A running program; `with` ends it. `terminal` gives it a 160×50 terminal of its own."""

    def __init__(self, argv, mark=None, terminal=False, environment=None, log=None):
        command = ["setpriv", "--pdeathsig", "TERM", *argv]
        environment = {**os.environ, **(environment or {})}
        errors = open(log, "ab") if log else subprocess.DEVNULL
        if terminal:
            reading_fd, writing_fd = pty.openpty()
            fcntl.ioctl(writing_fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
            streams = {"stdin": writing_fd, "stdout": writing_fd}
        else:
            reading_fd, writing_fd = os.pipe()
            streams = {"stdin": subprocess.PIPE, "stdout": writing_fd}
        self._process = subprocess.Popen(command, env=environment, stderr=errors, **streams)
        os.close(writing_fd)
        if log:
            errors.close()
        self.pid = self._process.pid
        self.output = Output(reading_fd, mark)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        reap_adopted()

    def alive(self):
        return self._process.poll() is None
