# SPDX-License-Identifier: MIT
"""`tierwatch trend` over short runs of wrk on the real stack, with one change planted: from a run on
each page costs uWSGI more."""

import json
import subprocess

import pytest

from daemon import installed, run
from web_stack import WebStack

pytestmark = pytest.mark.usefixtures("isolated")

RUNS, PLANTED = 12, 7


@pytest.fixture(scope="module")
def runs(home):
    folder = home / "runs"
    folder.mkdir()
    with_runs(home, folder)
    return folder


def with_runs(home, folder):
    stack = WebStack(home, uwsgi={"processes": 1})
    try:
        for number in range(RUNS):
            page = "/cpu/8" if number < PLANTED else "/cpu/12"
            done = subprocess.run(
                [installed(home), "record", "-o", folder / f"run-{number:02}.db", "--around", "1s",
                 "--", "wrk", "-t1", "-c4", "-d3s", "--latency", stack.nginx.url + page],
                capture_output=True, text=True, timeout=60, cwd=home)
            assert done.returncode == 0, done.stderr
    finally:
        stack.close()


def trend_of(home, *arguments):
    done = run(home, "trend", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_demand_that_moved_is_named_with_its_run(home, runs):
    trend = trend_of(home, runs)
    assert [one["name"] for one in trend["runs"]] == [f"run-{i:02}" for i in range(RUNS)]
    series = {one["name"]: one for one in trend["series"]}
    change, = series["demand.uwsgi"]["changes"]
    print(trend["sentence"])
    assert change["run"] == PLANTED and change["verdict"] == "worse"
    assert change["change"]["low"] > 0.2 and change["change"]["high"] < 0.9, change
    assert trend["sentence"].startswith(f"since run {PLANTED + 1} of {RUNS} (run-{PLANTED:02}")
    assert "uwsgi CPU per request" in trend["sentence"]
    assert [one["run"] for one in series["throughput"]["changes"]] == [PLANTED]


def test_without_the_change_there_is_none(home, runs):
    files = sorted(runs.glob("run-*.db"))[PLANTED:]
    done = run(home, "trend", *files)
    assert done.returncode == 0 and "at least 8 are needed" in done.stdout.splitlines()[0]


def test_text_page_and_exit_status(home, runs):
    page = home / "trend.html"
    done = run(home, "trend", runs, "--html", page, "--fail-if-worse")
    assert done.returncode == 3
    assert "uwsgi CPU per request" in done.stdout and "●" in done.stdout
    assert page.read_text().count("<svg") >= 3
    assert run(home, "trend", runs).returncode == 0


def test_what_is_no_run_is_left_out_of_a_folder_and_refused_by_name(home, runs):
    broken = runs / "notes.db"
    broken.write_text("no recording")
    try:
        done = run(home, "trend", runs)
        assert done.returncode == 0 and "left out" in done.stderr and "notes.db" in done.stderr
        assert run(home, "trend", broken).returncode == 1
    finally:
        broken.unlink()
    assert run(home, "trend", home / "nothing").returncode == 1
    assert run(home, "trend").returncode == 2
