# SPDX-License-Identifier: MIT
"""`tierwatch trend` over 40 real runs: one change of 8 % planted at a run, and 40 runs without one, by turns. Takes ten
minutes, so it is run by name, best at night:

    TIERWATCH_TREND_RUNS=40 … isolated.py python3 -m pytest -s runs_trend.py

What is judged is the CPU that a request costs, which hardly depends on how much of the machine others leave: NEIGHBOURS is
what a request costs more where they take all that they can (caches, switches). What moved besides (throughput, latency) is
printed: on a machine of one's own, none of it does in the unchanged row."""

import json
import os
import subprocess

import pytest

from daemon import installed, run
from web_stack import WebStack

pytestmark = pytest.mark.usefixtures("isolated")

RUNS = int(os.environ.get("TIERWATCH_TREND_RUNS", "40"))
SECONDS = int(os.environ.get("TIERWATCH_TREND_SECONDS", "3"))
PLANTED = RUNS * 3 // 5  # not in the middle, where a change is found most easily
BEFORE, AFTER = 12, 13   # milliseconds of CPU that a page burns
CHANGE, NEIGHBOURS = AFTER / BEFORE - 1, 0.03


@pytest.fixture(scope="module")
def rows(home):
    """The folders of both rows; their runs take turns, so that both see the same machine."""
    folders = {name: home / name for name in ("planted", "unchanged")}
    for folder in folders.values():
        folder.mkdir()
    stack = WebStack(home, uwsgi={"processes": 1})
    try:
        for number in range(RUNS):
            for name, folder in folders.items():
                work = AFTER if name == "planted" and number >= PLANTED else BEFORE
                record(home, folder / f"run-{number:02}.db", f"{stack.nginx.url}/cpu/{work}")
    finally:
        stack.close()
    return folders


def record(home, file, url):
    done = subprocess.run([installed(home), "record", "-o", file, "--around", "1s", "--",
                           "wrk", "-t1", "-c4", f"-d{SECONDS}s", "--latency", url],
                          capture_output=True, text=True, timeout=SECONDS + 120, cwd=home)
    assert done.returncode == 0, done.stderr


def trend_of(home, folder):
    done = run(home, "trend", folder, "--json")
    assert done.returncode == 0, done.stderr
    trend = json.loads(done.stdout)
    print(f"\n{folder.name}: {trend['sentence']}", *trend["warnings"], sep="\n  care: ")
    print("  others' cpu:", *(f"{one.get('other_programs_ratio') or 0:.0%}" for one in trend["runs"]))
    for series in trend["series"]:
        print(f"  {series['name']}: noise {series['noise']:.1%}", *(change["words"] for change in series["changes"]), sep="; ")
    return {series["name"]: series for series in trend["series"]}


def test_the_planted_change_is_found_at_its_run(home, rows):
    change, = trend_of(home, rows["planted"])["demand.uwsgi"]["changes"]
    assert abs(change["run"] - PLANTED) <= 1 and change["verdict"] == "worse", change
    # Beside what the page burns a request costs uWSGI a little more, which was not changed.
    assert change["change"]["low"] <= CHANGE + NEIGHBOURS and change["change"]["high"] >= CHANGE * 0.7, change


def test_no_demand_moves_where_nothing_was_changed(home, rows):
    series = trend_of(home, rows["unchanged"])
    found = {change["words"]: change["change"]["value"] for name, one in series.items() if name.startswith("demand.")
             for change in one["changes"]}
    assert all(abs(value) < NEIGHBOURS for value in found.values()), found
