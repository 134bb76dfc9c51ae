# SPDX-License-Identifier: MIT
"""`tierwatch verdict` against a real stack: asking a daemon, and looking by itself."""

import json
import signal
import subprocess
import threading

import pytest

from daemon import installed, run
from processes import wait_until
from web_stack import WebStack, wrk

STATUS = {"clear": 0, "saturated": 3, "unknown": 4}


@pytest.fixture(scope="module")
def stack(home):
    """One worker: it is full at one core, whatever else the machine has."""
    stack = WebStack(home, uwsgi={"processes": 1})
    yield stack
    stack.close()


@pytest.fixture
def load(stack):
    """A page of nothing but CPU, for long enough."""
    thread = threading.Thread(target=wrk, args=(f"{stack.nginx.url}/cpu/20",),
                              kwargs={"seconds": 20, "connections": 6})
    thread.start()
    yield
    thread.join()


def test_a_daemon_is_asked(home, stack, daemon):
    done = run(home, "verdict", "--url", f"http://{daemon.address}", "--wait", 15, "--json")
    verdict = json.loads(done.stdout)
    assert done.returncode == STATUS[verdict["state"]]
    assert verdict["state"] != "unknown"
    assert verdict["sentence"] and verdict["hostname"]
    assert done.stderr == ""


def test_nobody_who_answers_is_a_failure(home):
    done = run(home, "verdict", "--url", "http://127.0.0.1:1")
    assert done.returncode == 1
    assert "no answer" in done.stderr and done.stdout == ""


def test_bad_usage_is_status_two(home):
    assert run(home, "verdict", "--wait", "long").returncode == 2
    assert run(home, "verdict", "--watch", "--wait", "1").returncode == 2


def test_it_looks_by_itself(home, stack, load, isolated):
    done = run(home, "verdict", "--standalone", "--wait", 18)
    assert done.returncode == 3, done.stdout
    sentence, source = done.stdout.splitlines()[:2]
    assert sentence.startswith("uwsgi is full: ")
    assert source.startswith("confidence: ") and source.endswith("sampling by itself")
    assert "\nEvidence\n" in done.stdout


def test_watching_ends_when_told_to_with_the_verdict_in_force(home, stack, daemon):
    watching = subprocess.Popen(
        [installed(home), "verdict", "--url", f"http://{daemon.address}", "--watch", "--json"],
        stdout=subprocess.PIPE, text=True)
    try:
        first = json.loads(watching.stdout.readline())
        watching.send_signal(signal.SIGINT)
        rest, _ = watching.communicate(timeout=10)
    finally:
        watching.kill()
    last = json.loads((rest.splitlines() or [json.dumps(first)])[-1])
    assert watching.returncode == STATUS[last["state"]]


def test_the_log_tells_the_change_once(home, stack, daemon, load, isolated):
    line = "uwsgi is full: "
    wait_until(lambda: line in daemon.log(), "the verdict in the log", seconds=20)
    assert daemon.log().count(line) == 1
