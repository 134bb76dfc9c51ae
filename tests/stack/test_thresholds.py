# SPDX-License-Identifier: MIT
"""Thresholds of a real load run: what CI sees of it, by exit status, JUnit and a comment."""

import json
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

from daemon import installed, run
from load_tools import wrk_said
from web_stack import WebStack

pytestmark = pytest.mark.usefixtures("isolated")

EXCEEDED, UNKNOWN = 3, 4


@pytest.fixture(scope="module")
def recorded(home):
    """Five seconds of wrk on a uWSGI that may use half a core: the file, and what wrk said."""
    stack = WebStack(home, uwsgi={"processes": 4})
    try:
        if not stack.cgroups:
            pytest.skip("needs control groups")
        stack.cgroups["uwsgi"].limit_cpu(0.5)
        file = home / "run.db"
        done = subprocess.run(
            [installed(home), "record", "-o", file, "--around", "1s", "--", "wrk", "-t1", "-c8",
             "-d5s", "--latency", stack.nginx.url + "/cpu/8"],
            capture_output=True, text=True, timeout=60, cwd=home)
        assert done.returncode == 0, done.stderr
        yield file, wrk_said(done.stdout)
    finally:
        stack.close()


def report(home, file, *conditions, options=()):
    arguments = [word for condition in conditions for word in ("--fail-if", condition)]
    return run(home, "report", file, *arguments, *options)


def test_the_exit_status_says_how_they_came_out(home, recorded):
    file, said = recorded
    passed = [f"throughput < {said.rate * 0.9:.0f}/s", f"p99 > {said.p99 * 1.5:.3f}s", "errors > 0",
              "full == nginx", "full == nothing"]
    exceeded = [f"throughput < {said.rate * 1.1:.0f}/s", f"p99 > {said.p99 * 500:.0f}ms",
                "full == uwsgi", f"p99 at 8 users > {said.p99 * 500:.0f}ms"]
    unknown = ["p95 at 500 users > 1s", "demand.mysql > 1ms"]
    assert report(home, file, *passed).returncode == 0
    for condition in exceeded:
        assert report(home, file, condition).returncode == EXCEEDED, condition
        assert report(home, file, *passed, *unknown, condition).returncode == EXCEEDED
    for condition in unknown:
        assert report(home, file, condition).returncode == UNKNOWN, condition
        assert report(home, file, *passed, condition).returncode == UNKNOWN
    done = report(home, file, *passed, exceeded[0])
    assert f"1 of {len(passed) + 1} thresholds is exceeded" in done.stdout
    assert done.stdout.index("Thresholds\n") < done.stdout.index("\nWhy\n")


def test_junit_has_a_case_for_each(home, recorded):
    file, said = recorded
    conditions = ["errors > 0", "full", "p95 at 500 users > 1s"]
    xml = home / "thresholds.xml"
    assert report(home, file, *conditions, options=["--junit", xml]).returncode == EXCEEDED
    suite, = ElementTree.parse(xml).getroot()
    assert [suite.get(name) for name in ("tests", "failures", "errors")] == ["3", "1", "1"]
    cases = suite.findall("testcase")
    assert [case.get("name") for case in cases] == conditions
    assert cases[0].find("failure") is None and cases[0].find("error") is None
    assert "uwsgi" in cases[1].find("failure").get("message")
    assert "no step at 500 users" in cases[2].find("error").get("message")


def test_a_comment_is_markdown_that_begins_with_how_they_came_out(home, recorded):
    file, _ = recorded
    done = report(home, file, "full == uwsgi", options=["--format", "comment"])
    assert done.returncode == EXCEEDED
    assert done.stdout.startswith("### ❌ tierwatch: 1 of 1 threshold is exceeded")
    assert "<details>" in done.stdout and done.stdout.endswith("</details>\n")
    as_json = json.loads(report(home, file, "full", options=["--json"]).stdout)
    assert as_json["thresholds"][0]["outcome"] == "exceeded"


def test_a_mistake_is_pointed_at(home, recorded):
    file, _ = recorded
    done = report(home, file, "p95 > 500")
    assert done.returncode == 2 and done.stdout == ""
    assert "column 10 of 'p95 > 500': a unit is missing" in done.stderr
    assert "\n  p95 > 500\n           ^\n" in done.stderr


def test_a_run_that_cannot_be_read_is_no_pass(home):
    done = report(home, home / "missing.db", "errors > 0")
    assert done.returncode == 1
