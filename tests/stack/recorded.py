# SPDX-License-Identifier: MIT
"""A `tierwatch record` that a test starts, and the terminal that it runs in."""

import os
import signal
import sqlite3
import subprocess
import time

from daemon import installed
from processes import wait_until


class Run:
    """A `tierwatch record`; its file is asked with SQL."""

    def __init__(self, home, name, *command, options=(), program=None, around="500ms", **popen):
        self.directory = home / name
        self.directory.mkdir()
        self.file = self.directory / "run.db"
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": str(home)}
        argv = [program or installed(home), "record", "-o", str(self.file), "--interval", "100ms",
                "--around", around, *options, "--", *command]
        # Whoever runs the tests in the background ignores Ctrl-C; the program must not inherit that.
        self.process = subprocess.Popen(
            argv, cwd=self.directory, env=self.environment, text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **popen)

    def end(self, seconds=30):
        out, errors = self.process.communicate(timeout=seconds)
        return self.process.returncode, out, errors

    def ask(self, sql):
        with sqlite3.connect(self.file) as database:
            return database.execute(sql).fetchall()

    def started(self):
        """Waits until the program runs and that is committed."""
        def has_begun():
            try:
                return self.file.exists() and self.ask("SELECT run FROM run")
            except sqlite3.OperationalError:
                return False  # its tables are being made
        wait_until(has_begun, "the run's begin")


def captured(home, name, *command, **more):
    run = Run(home, name, *command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
              stdin=subprocess.DEVNULL, **more)
    return run, *run.end()


def read_until(master, expected, seconds=20):
    """What the terminal shows, up to and with the expected bytes."""
    seen, deadline = b"", time.monotonic() + seconds
    while expected not in seen:
        assert time.monotonic() < deadline, seen
        try:
            seen += os.read(master, 4096)
        except OSError:
            break
    assert expected in seen, seen
    return seen
