# SPDX-License-Identifier: MIT
"""`tierwatch inside` on programs whose truth is known, and on the real stack under load."""

import json
import socket
import subprocess
import sys

import pytest

from conftest import needs_root
from daemon import installed, run
from processes import Child
from web_stack import APPS, Load, WebStack

pytestmark = needs_root  # servers have users of their own

PLANTED = """
[[tier]]
name = "planted"
match = [{cmdline = '/planted\\.py'}]
"""


@pytest.fixture
def python():
    """The interpreter of planted programs, and what stands before it (`before` of processes.prepared)."""
    return sys.executable, ()


@pytest.fixture
def look(home, python):
    """What `inside` says of a planted program."""
    interpreter, before = python
    children = []

    def inside(kind, processes=1, *arguments, options=("--for", "4s", "--hz", 100)):
        config = home / "planted.toml"
        config.write_text(PLANTED)
        program = home / "planted.py"
        program.write_bytes((APPS / "planted.py").read_bytes())
        child = Child(kind, [interpreter, program, kind, processes, *arguments], home, death_signal="KILL",
                      before=before)
        children.append(child)
        done = run(home, "inside", "planted", "--standalone", "--config", config, "--json", *options, seconds=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    yield inside
    for child in children:
        child.stop()


@pytest.fixture(scope="module")
def stack(home):
    stack = WebStack(home, uwsgi={"processes": 2})
    yield stack
    stack.close()


def share(answer, name, which="self_ratio"):
    return sum(one[which] for one in answer["functions"] if one["function"] == name)


def test_shares_are_those_that_were_planted(look):
    answer = look("shares", 4, options=("--for", "8s", "--hz", 100))
    assert answer["basis"] == "cpu" and answer["processes"] == 4
    assert answer["samples"] > 1000
    assert answer["hottest"]["function"] == "sixty"
    for function, planted in (("sixty", 0.6), ("thirty", 0.3), ("zehn_größe", 0.1)):
        assert share(answer, function) == pytest.approx(planted, abs=0.03)
    assert answer["torn_ratio"] <= 0.02


def test_an_answer_that_did_not_arrive_is_a_failure(home, stack):
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([installed(home), "inside", "uwsgi", "--standalone", "--for", "1s"], stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=60, cwd=home, check=False)
    assert done.returncode == 1
    assert "standard output: No space left on device" in done.stderr


@pytest.fixture
def class_name():
    """What stands before a method's name."""
    return "Numbers."


def test_recursion_and_generators_count_once_and_whole(look, class_name):
    answer = look("recursion", 2)
    assert share(answer, "deep", "total_ratio") == pytest.approx(0.5, abs=0.08)
    for method in ("inner", "outer"):
        assert share(answer, class_name + method, "total_ratio") == pytest.approx(0.5, abs=0.08)
    frames = max((stack["frames"] for stack in answer["stacks"]), key=len)
    assert len(frames) == 304  # deep() 301 times, recursion(), main(), <module>
    assert frames[0]["function"] == "deep" and frames[-1]["function"] == "<module>"
    assert answer["torn_ratio"] <= 0.02


def test_threads_under_one_lock_and_sleepers(look):
    answer = look("threads")
    at = answer["activities"]
    # Two that want to run all the time, one that sleeps, and the main one, which waits for an event.
    assert at["sleeping"] == pytest.approx(1 / 4, abs=0.02)
    assert at["lock"] == pytest.approx(1 / 4, abs=0.02)
    assert at["running"] + at["interpreter-lock"] == pytest.approx(1 / 2, abs=0.02)
    assert at["interpreter-lock"] > 0.05  # a thread that has been woken waits for a cpu, on a full machine
    waits = {(one["activity"], one["place"]["function"]) for one in answer["waits"]}
    assert {("interpreter-lock", "spin"), ("sleeping", "sleeper")} <= waits


def test_a_held_worker_is_told_with_its_function_and_its_peer(look):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        answer = look("held", 3, port, options=("--for", "2s", "--hz", 50))
    assert answer["basis"] == "held"
    wait = answer["waits"][0]
    assert wait["activity"] == "peer" and wait["peer"] == f"127.0.0.1:{port}"
    assert wait["place"]["function"] == "ask" and wait["ratio"] >= 0.95


def test_the_planted_function_of_the_real_stack_is_first(home, stack):
    with Load(f"{stack.nginx.url}/cpu/20"):
        done = run(home, "inside", "uwsgi", "--standalone", "--for", "4s", "--flame", home / "flame.svg",
                   "--speedscope", home / "stacks.json", seconds=60)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert " in burn (apps/app.py:" in lines[1], done.stdout
    assert int(lines[1].split(" %")[0]) > 80
    svg = (home / "flame.svg").read_text()
    assert "<title>burn (" in svg and "<script" not in svg
    profile = json.loads((home / "stacks.json").read_text())["profiles"][0]
    assert len(profile["samples"]) == len(profile["weights"]) > 0


def test_workers_held_by_a_query_name_the_database(home, stack):
    with Load(f"{stack.nginx.url}/sleeping-query/400"):
        done = run(home, "inside", "--standalone", "--for", "4s", "--json", seconds=60)
    answer = json.loads(done.stdout)
    assert answer["tier"] == "uwsgi"
    wait = answer["waits"][0]
    assert wait["activity"] == "peer" and wait["peer_tier"] == "postgres", answer["waits"]
    assert wait["peer"] == f"127.0.0.1:{stack.postgres.port}"
    assert wait["place"]["function"] == "sleeping_query" and wait["ratio"] > 0.9


def test_a_tier_that_is_not_there_is_refused_in_words(home, stack):
    done = run(home, "inside", "no-such", "--standalone", seconds=60)
    assert done.returncode == 1 and done.stdout == "" and "no-such" in done.stderr


def test_without_the_right_it_says_which(home, stack):
    done = run(home, "inside", "uwsgi", "--standalone", user="games", seconds=60)
    assert done.returncode == 1 and done.stdout == ""
    assert "www-data" in done.stderr and "CAP_SYS_PTRACE" in done.stderr
    assert "sudo tierwatch inside uwsgi" in done.stderr


def test_bad_usage_is_status_two(home):
    for arguments in (("--hz", 0), ("--hz", 251), ("--for", "0s"), ("--for", "long")):
        assert run(home, "inside", *arguments).returncode == 2
