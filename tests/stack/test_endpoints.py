# SPDX-License-Identifier: MIT
"""Requests by name: two pages loaded beside each other, of which one waits for uWSGI's CPU."""

import csv
import json
import subprocess
import threading
import time

import pytest

from daemon import installed, run
from web_stack import WebStack

pytestmark = pytest.mark.usefixtures("isolated")

STEPS, SECONDS = (1, 8), 5


def hey(url, users, rows, name, began):
    begin = time.time()
    done = subprocess.run(["hey", "-c", str(users), "-z", f"{SECONDS}s", "-o", "csv", url],
                          check=True, capture_output=True, text=True)
    for row in csv.DictReader(done.stdout.splitlines()):
        rows.append((began + (begin - began) + float(row["offset"]), float(row["response-time"]), name, users))


@pytest.fixture(scope="module")
def access_log(home):
    log = home / "access.log"
    log.touch()
    log.chmod(0o666)
    return log


@pytest.fixture(scope="module")
def recorded(home, access_log):
    """A sleep is recorded, while a static page and one that costs CPU are loaded in two steps: the
    run's file, a JMeter file of what was seen, and its rows."""
    stack = WebStack(home, uwsgi={"processes": 2}, nginx={
        "http": "log_format timed '$remote_addr - - [$time_local] \"$request\" $status $body_bytes_sent $request_time';",
        "server": f"access_log {access_log} timed;"})
    try:
        file, rows = home / "pages.db", []
        pages = {"GET /": stack.nginx.url + "/", "GET /report": stack.nginx.url + "/cpu/10"}
        record = subprocess.Popen(
            [installed(home), "record", "-o", file, "--around", "500ms", "--", "sleep",
             str(len(STEPS) * SECONDS + 3)], cwd=home, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True)
        time.sleep(1)
        for users in STEPS:
            threads = [threading.Thread(target=hey, args=(url, users, rows, name, time.time()))
                       for name, url in pages.items()]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        _, errors = record.communicate(timeout=60)
        assert record.returncode == 0, errors
    finally:
        stack.close()
    jtl = home / "pages.jtl"
    lines = ["timeStamp,elapsed,label,responseCode,success,allThreads"]
    lines += [f"{at * 1000:.0f},{took * 1000:.0f},{name},200,true,{2 * users}"
              for at, took, name, users in sorted(rows)]
    jtl.write_text("\n".join(lines) + "\n")
    return file, jtl, rows


def test_rate_and_latency_of_each_name_in_each_step(home, recorded):
    file, jtl, rows = recorded
    done = run(home, "report", file, "--load", jtl, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    endpoints = {one["name"]: one for one in report["endpoints"]}
    assert set(endpoints) == {"GET /", "GET /report"}
    for name, one in endpoints.items():
        mine = [row for row in rows if row[2] == name]
        assert one["requests"] == len(mine)
        assert one["mean_seconds"] == pytest.approx(sum(row[1] for row in mine) / len(mine), abs=1e-3)
        assert len(one["steps"]) == len(report["steps"])
    assert sum(one["requests"] for one in endpoints.values()) == report["load"]["totals"]["requests"]
    text = run(home, "report", file, "--load", jtl).stdout
    assert "Requests by name" in text and "GET /report" in text


def test_a_label_for_each_request_is_bounded_and_the_rest_is_said(home, recorded):
    file, jtl, rows = recorded
    hostile = home / "hostile.jtl"
    head, *body = jtl.read_text().splitlines()
    hostile.write_text("\n".join([head] + [line.replace("GET /,", f"GET /{i},")
                                           for i, line in enumerate(body)]) + "\n")
    done = run(home, "report", file, "--load", hostile, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert len(report["endpoints"]) <= 50
    summary = report["endpoints_summary"]
    counted = sum(one["requests"] for one in report["endpoints"]) + summary["others"]["requests"]
    assert counted == len(rows)
    assert summary["other_count"] > 100


def test_the_log_of_the_server_tells_it_as_well(home, recorded, access_log):
    """Of what the load generator counts it lacks nothing but what was under way at the end of a step."""
    file, _, rows = recorded
    done = run(home, "report", file, "--load", access_log, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    endpoints = {one["name"]: one for one in report["endpoints"]}
    assert set(endpoints) == {"GET /", "GET /cpu/<n>"}
    for name, one in (("GET /", endpoints["GET /"]), ("GET /report", endpoints["GET /cpu/<n>"])):
        mine = [row for row in rows if row[2] == name]
        assert len(mine) <= one["requests"] <= len(mine) + sum(STEPS)
        # hey's time begins before nginx' and ends after it.
        mean = sum(row[1] for row in mine) / len(mine)
        assert 0.5 * mean < one["mean_seconds"] <= mean + 2e-3
    plain = home / "plain.log"
    plain.write_text("".join(line.rsplit(" ", 1)[0] + "\n" for line in access_log.read_text().splitlines()))
    done = run(home, "report", file, "--load", plain)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "a web server's log" in said and "log_format with $request_time" in said, done.stdout
    assert "users" not in done.stdout.split("Load steps")[1].split("Offered")[0], "without times nobody knows how many"


def test_each_page_has_its_cost(home):
    """Of two that are loaded by turns and together, of 2 ms (and the database) and of 10 ms of CPU."""
    stack, rows = WebStack(home, uwsgi={"processes": 2}), []
    pages = {"/": stack.nginx.url + "/", "/cpu/10": stack.nginx.url + "/cpu/10"}
    turns = [("/",), ("/cpu/10",), ("/", "/cpu/10")] * 2
    file, jtl = home / "costs.db", home / "costs.jtl"
    try:
        with subprocess.Popen([installed(home), "record", "-o", file, "--around", "2s", "--", "sleep",
                               str(len(turns) * SECONDS + 2)], cwd=home, stdout=subprocess.DEVNULL) as record:
            time.sleep(2.5)
            for turn in turns:
                threads = [threading.Thread(target=hey, args=(pages[name], 1, rows, name, time.time())) for name in turn]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            assert record.wait(timeout=60) == 0
    finally:
        stack.close()
    jtl.write_text("timeStamp,elapsed,label,responseCode,success,allThreads\n" + "".join(
        f"{at * 1000:.0f},{took * 1000:.0f},{name},200,true,{users}\n" for at, took, name, users in sorted(rows)))
    done = run(home, "report", file, "--load", jtl, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    costs = {one["name"]: {cost["tier"]: cost["seconds"]["value"] for cost in one["cpu"]} for one in report["endpoints"]}
    # Beside what a page burns, Flask costs a millisecond or two.
    assert 10e-3 <= costs["/cpu/10"]["uwsgi"] <= 14e-3, costs
    assert 2e-3 <= costs["/"]["uwsgi"] <= 6e-3, costs
    assert costs["/"]["postgres"] > 0 and costs["/cpu/10"].get("postgres", 0) < 0.1 * costs["/"]["postgres"], costs
    assert "CPU of " in run(home, "report", file, "--load", jtl).stdout
