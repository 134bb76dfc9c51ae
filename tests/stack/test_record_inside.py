# SPDX-License-Identifier: MIT
"""`record --inside` on the real stack: what takes the time inside a tier, step by step, and what
grew when it was full."""

import json
import subprocess

import pytest

from conftest import needs_root
from daemon import installed, run
from web_stack import on_half_a_core

pytestmark = needs_root  # servers have users of their own


@pytest.fixture(scope="module")
def stack(home):
    yield from on_half_a_core(home)


def record(home, name, *command, options=(), user=None):
    """The finished `record`, and its run's file."""
    folder = home / name
    folder.mkdir()
    if user:
        subprocess.run(["chown", user, folder], check=True)
    file = folder / "run.db"
    words = [installed(home), "record", "-o", file, "--around", "1s", *options, "--", *command]
    done = subprocess.run(words, capture_output=True, text=True, timeout=90, cwd=folder, user=user, check=False)
    return done, file


def report_of(home, file, *arguments):
    done = run(home, "report", file, *arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def wrk_steps(url, users, seconds=4):
    loop = f"for c in {' '.join(map(str, users))}; do wrk -t1 -c$c -d{seconds}s {url}; done"
    return "sh", "-c", loop


def test_the_function_that_grew_is_named_with_what_it_costs_in_both(home, stack):
    """A search that is nothing for two users, and most of a request for eight."""
    url = stack.nginx.url + "/crowd/40/5/3"
    done, file = record(home, "grown", *wrk_steps(url, (1, 2, 6, 8)), options=("--inside",))
    assert done.returncode == 0, done.stderr
    page = home / "grown.html"
    report = report_of(home, file, "--html", page)
    shapes = [step["shape"] for step in report["steps"]]
    assert shapes[:2] == ["linear", "linear"] and shapes[3] in ("saturated", "retrograde"), shapes
    tier = report["inside"]["tiers"][0]
    assert (tier["tier"], tier["content"], tier["basis"]) == ("uwsgi", "stacks", "cpu")
    linear, saturated = tier["groups"]
    assert (linear["kind"], saturated["kind"]) == ("linear", "saturated")
    assert linear["samples"] > 50 and saturated["running_samples"] > 200
    assert saturated["torn_ratio"] <= 0.02
    grown = tier["rows"][tier["grown"]]
    assert grown["function"] == "search_crowd" and grown["file"].endswith("apps/app.py")
    before, after = grown["groups"]
    # Two users at most: it does nothing. Six to eight: 12 to 18 ms beside the 5 of burn().
    assert before.get("seconds_per_request", 0) < 0.002
    assert 0.006 < after["seconds_per_request"] < 0.025
    assert after["ratio"] > 0.4
    burn = next(row for row in tier["rows"] if row.get("function") == "burn")
    # With little load threads that are woken wait for a CPU in no function: there it may look cheaper.
    assert burn["groups"][0]["seconds_per_request"] < 0.008
    assert burn["groups"][1]["seconds_per_request"] == pytest.approx(0.005, rel=0.3)
    assert report["inside"]["words"].startswith("Inside uwsgi, what grew most: search_crowd (apps/app.py:")
    assert "what grew most: search_crowd (apps/app.py:" in " ".join(done.stderr.split())
    text = page.read_text()
    assert "<h2>Inside uwsgi</h2>" in text and text.count('<figure class="flame">') >= 2
    assert "<title>search_crowd (" in text


def test_statements_of_the_database_are_there_without_the_values_in_them(home, stack):
    url = stack.nginx.url + "/sleeping-query/50"
    done, file = record(home, "statements", "wrk", "-t1", "-c4", "-d4s", url,
                        options=("--inside=postgres",))
    assert done.returncode == 0, done.stderr
    tiers = report_of(home, file)["inside"]["tiers"]
    assert [tier["tier"] for tier in tiers] == ["postgres"], "that one alone"
    row = tiers[0]["rows"][tiers[0]["most"]]
    assert row["function"] == "select pg_sleep(?)"
    assert (row["activity"], row["peer"]) == ("waiting", "Timeout PgSleep")
    assert row["groups"][0]["seconds_per_request"] == pytest.approx(0.05, rel=0.2)


def test_a_run_of_one_step_has_its_shares(home, stack):
    done, file = record(home, "one", "wrk", "-t1", "-c2", "-d4s", stack.nginx.url + "/cpu/8",
                        options=("--inside=uwsgi",))
    assert done.returncode == 0, done.stderr
    inside = report_of(home, file)["inside"]
    assert "% of uwsgi's CPU in burn (apps/app.py:" in inside["words"]
    assert int(inside["words"].split(" %")[0]) > 50, "also where a thread that is woken waits for a cpu"


def test_without_the_right_the_run_is_whole_and_it_is_said_once(home, stack):
    done, file = record(home, "denied", "wrk", "-t1", "-c2", "-d2s", stack.nginx.url + "/cpu/2",
                        options=("--inside",), user="games")
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stderr.splitlines() if "the run goes on without it" in line]
    assert len(said) == 1 and "CAP_SYS_PTRACE" in said[0], done.stderr
    report = report_of(home, file)
    assert report["load"]["totals"]["requests"] > 0
    assert "tiers" not in report["inside"] or report["inside"]["tiers"] == []
    notes = {note["tier"]: note["text"] for note in report["inside"]["notes"]}
    assert "sudo tierwatch record --inside" in notes["uwsgi"]


def test_a_tier_that_is_none_is_refused_before_anything_runs(home):
    for options, words in ((("--inside=uwsg",), "did you mean uwsgi?"),
                           (("--inside", "uwsgi"), "--inside=uwsgi"),
                           (("--inside", "--inside=uwsgi"), "contradict each other")):
        done = run(home, "record", "-o", home / "never.db", *options, "--", "touch", home / "ran")
        assert done.returncode == 2, done.stderr
        assert words in done.stderr
    assert not (home / "ran").exists() and not (home / "never.db").exists()
