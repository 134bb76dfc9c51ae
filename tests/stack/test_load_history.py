# SPDX-License-Identifier: MIT
"""A load that was not announced: found in the daemon's history by its file's own times, whatever the
generator's clock; and what a report says after something was killed."""

import json
import os
import signal
import sqlite3
import subprocess
import time

import pytest

from daemon import Tierwatch, installed, run
from history_file import ticks
from load_tools import stepped_jtl, write_jtl
from processes import wait_until
from web_stack import WebStack

pytestmark = pytest.mark.usefixtures("isolated")

STEPS, SECONDS = (1, 3, 8, 2), 8


@pytest.fixture(scope="module")
def stack(home):
    stack = WebStack(home, uwsgi={"processes": 8})
    if stack.cgroups:
        stack.cgroups["uwsgi"].limit_cpu(0.5)
    yield stack
    stack.close()


class History:
    """A daemon that keeps one, and a load that it saw."""

    def __init__(self, home, stack):
        self.home, self.file = home, home / "history.db"
        self.daemon = self.start()
        time.sleep(8)
        self.rows = stepped_jtl(stack.nginx.url + "/order/40/5", home / "run.jtl", STEPS,
                                SECONDS)
        time.sleep(6)

    def start(self):
        return Tierwatch(self.home, f'[history]\npath = "{self.file}"\n', interval="200ms",
                         name="historian").wait_ready()

    def load(self, shift):
        write_jtl(self.home / "shifted.jtl", self.rows, shift)
        return self.home / "shifted.jtl"

    def report(self, *arguments):
        done = run(self.home, "report", "--history", self.file, *arguments, "--format", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def history(home, stack):
    history = History(home, stack)
    yield history
    history.daemon.stop()


@pytest.mark.parametrize("shift", [0, -3 * 3600, 7.3, -3 * 3600 + 7.3])
def test_the_window_is_found_by_the_files_own_times(history, shift):
    report = history.report("--load", history.load(shift))
    assert report["clock"]["source"] == "correlation", report["clock"]
    print("shifted by", shift, "found", report["clock"]["offset_seconds"])
    assert report["clock"]["offset_seconds"] == pytest.approx(-shift, abs=1.0)
    assert report["load"]["totals"]["requests"] == len(history.rows)
    begin = min(at for at, _, _, _ in history.rows)
    assert report["run"]["begin"] <= begin and report["run"]["end"] >= begin + 30
    busiest = report["steps"][report["busiest_step"]]
    assert busiest["users"] == pytest.approx(8, abs=0.5)
    assert report["verdict"]["tier"] == "uwsgi", report["verdict"]


def test_a_given_offset_is_taken(history):
    report = history.report("--load", history.load(100), "--clock-offset", "-100s")
    assert report["clock"]["source"] == "given"
    assert report["verdict"]["tier"] == "uwsgi", report["verdict"]


def test_a_load_that_never_was_here_is_refused(history):
    done = run(history.home, "report", "--history", history.file, "--load",
               history.load(-40 * 24 * 3600))
    assert done.returncode == 1 and "nothing was recorded" in done.stderr, done.stderr


def test_a_window_of_the_history(history):
    begin = min(at for at, _, _, _ in history.rows)
    report = history.report("--from", f"@{begin:.0f}", "--to", f"@{begin + 30:.0f}")
    assert report["run"]["begin"] >= begin - 1 and report["run"]["end"] <= begin + 31
    assert "load" not in report
    assert any("throughput" in warning for warning in report["warnings"])
    empty = run(history.home, "report", "--history", history.file, "--from", "@1000000000", "--to",
                "@1000000100")
    assert empty.returncode == 1 and "nothing was recorded" in empty.stderr


def recording(home, name, *command):
    file = home / f"{name}.db"
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(home)}
    process = subprocess.Popen(
        [installed(home), "record", "-o", file, "--interval", "100ms", "--around", "1s", "--",
         *command], env=environment, cwd=home, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)
    children = f"/proc/{process.pid}/task/{process.pid}/children"
    (child,) = wait_until(lambda: open(children).read().split(), "the load generator")
    return process, int(child), file


def wrk(stack, seconds):
    return ["wrk", "-t1", "-c8", f"-d{seconds}s", stack.nginx.url + "/cpu/8"]


def test_a_killed_generator_is_told(home, stack):
    process, generator, file = recording(home, "generator-killed", *wrk(stack, 30))
    time.sleep(6)
    os.kill(generator, signal.SIGKILL)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGKILL
    assert "the load generator was killed by signal 9" in errors
    report = run(home, "report", file)
    assert report.returncode == 0
    assert "killed by signal 9" in report.stdout and "uwsgi" in report.stdout.splitlines()[0]


def test_a_killed_record_leaves_a_report(home, stack):
    process, generator, file = recording(home, "record-killed", *wrk(stack, 12))
    time.sleep(7)
    with sqlite3.connect(file) as database:
        (last,), = database.execute("SELECT max(wall_seconds) FROM tick").fetchall()
    process.kill()
    process.communicate()
    done = run(home, "report", file, "--format", "json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["run"]["end"] >= last - 0.001, "what was in the file is still there"
    assert any("did not end while it was recorded" in words for words in report["warnings"])
    assert report["verdict"]["tier"] == "uwsgi", report["verdict"]
    wait_until(lambda: not os.path.exists(f"/proc/{generator}"), "wrk to end", seconds=20)


def test_a_killed_daemon_leaves_its_history(history):
    killed_at = time.time()
    history.daemon.child.signal(signal.SIGKILL)
    history.daemon.child.wait()
    assert history.report("--load", history.load(0))["verdict"]["tier"] == "uwsgi"
    time.sleep(2)
    history.daemon = history.start().settle(10)
    wait_until(lambda: ticks(history.file)[1] == 2, "the new daemon's samples in the file")
    report = history.report("--from", f"@{killed_at - 5:.0f}", "--to", f"@{time.time():.0f}")
    assert any("recording began anew" in words for words in report["warnings"]), report["warnings"]
    assert report["samples"] > 20


def test_two_runs_are_compared(home, stack):
    if not stack.cgroups:
        pytest.skip("needs control groups")
    files = []
    for name, cores in (("half", 0.25), ("whole", 0.5)):
        stack.cgroups["uwsgi"].limit_cpu(cores)
        process, _, file = recording(home, name, *wrk(stack, 6))
        assert process.communicate(timeout=30) and process.returncode == 0
        files.append(file)
    done = run(home, "compare", *files)
    assert done.returncode == 0 and "better" in done.stdout.splitlines()[0], done.stdout
    assert run(home, "compare", *files, "--fail-if", "throughput < -5%").returncode == 0
    assert run(home, "compare", *reversed(files), "--fail-if", "throughput < -5%").returncode == 3
