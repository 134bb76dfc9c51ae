# SPDX-License-Identifier: MIT
"""`tierwatch history`: what a daemon's history says of itself after a load, a mark, and a kill."""

import json
import shlex
import signal
import time

import pytest

from daemon import Tierwatch, run
from web_stack import WebStack, wrk

pytestmark = pytest.mark.usefixtures("isolated")


@pytest.fixture(scope="module")
def history(home):
    """A daemon that saw little, a load of 15 s that fills a quota, a mark, and was killed between."""
    stack = WebStack(home, uwsgi={"processes": 4})
    if not stack.cgroups:
        stack.close()
        pytest.skip("needs control groups")
    stack.cgroups["uwsgi"].limit_cpu(0.5)
    wrk(stack.nginx.url + "/cpu/8", seconds=1, connections=4)  # what starts is busy as well
    file = home / "history.db"
    keep = f'[history]\npath = "{file}"\n'
    daemon = Tierwatch(home, keep, interval="200ms", name="first").wait_ready()
    time.sleep(8)
    begin = time.time()
    wrk(stack.nginx.url + "/cpu/8", seconds=15, connections=8)
    end = time.time()
    assert run(home, "mark", "after the load").returncode == 0
    time.sleep(4)
    daemon.child.signal(signal.SIGKILL)
    daemon.child.wait()
    time.sleep(3)
    daemon = Tierwatch(home, keep, interval="200ms", name="second").wait_ready()
    time.sleep(3)
    yield file, begin, end
    daemon.stop()
    stack.close()


def as_json(home, *arguments):
    done = run(home, "history", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_load_is_found_and_named(home, history):
    file, begin, end = history
    said = as_json(home, file)
    stretch, = said["stretches"]
    assert stretch["begin"] == pytest.approx(begin, abs=3)
    assert stretch["end"] == pytest.approx(end, abs=3)
    assert stretch["tier"] == "uwsgi" and stretch["resource"] in ("quota", "cpu")
    assert said["full"][0]["tier"] == "uwsgi"
    assert 5 < said["full"][0]["full_seconds"] < 20
    assert [mark["text"] for mark in said["marks"]] == ["after the load"]


def test_span_gaps_and_size_are_those_of_the_file(home, history):
    file, begin, _ = history
    said = as_json(home, file)
    assert said["oldest"] < begin and said["newest"] > said["oldest"] + 25
    assert [gap["kind"] for gap in said["gaps"]] == ["restarted"]
    assert [session["program"] for session in said["sessions"]] == ["daemon", "daemon"]
    assert "end" not in said["sessions"][0], "it was killed"
    on_disk = sum(path.stat().st_size for path in file.parent.glob(file.name + "*"))
    assert said["size_bytes"] == pytest.approx(on_disk, rel=0.5)


def test_a_window_holds_what_lies_in_it(home, history):
    file, begin, _ = history
    said = as_json(home, file, "--to", f"@{begin - 1:.0f}")
    assert said["stretches"] == [] and said["marks"] == [] and said["newest"] <= begin
    done = run(home, "history", file, "--from", "@2000", "--to", "@1000")
    assert done.returncode == 2 and "not before" in done.stderr


def test_people_get_a_command_that_reports_on_the_stretch(home, history):
    file, _, _ = history
    text = run(home, "history", file).stdout
    assert text.splitlines()[0].count("of history") == 1
    words = " ".join(text.split())
    command = shlex.split(words[words.index("tierwatch report "):])[1:8]  # as it would be pasted
    assert command[1:3] == ["--history", str(file)]
    done = run(home, *command)
    assert done.returncode == 0 and "uwsgi" in done.stdout.splitlines()[0], done.stdout


def test_what_is_no_history_is_refused(home, history):
    done = run(home, "history", home / "missing.db")
    assert done.returncode == 1 and "missing.db" in done.stderr
