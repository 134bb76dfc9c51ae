# SPDX-License-Identifier: MIT
"""Load runs by real generators on the real stack: `record` names the tier that limits, and what the
report tells of the load are the generator's own figures."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from daemon import installed, run
from load_tools import TOOLS, wrk_said
from web_stack import on_half_a_core

pytestmark = pytest.mark.usefixtures("isolated")

JMETER_PLAN = Path(__file__).parent / "jmeter_plan.jmx"


@pytest.fixture(scope="module")
def stack(home):
    yield from on_half_a_core(home)


def recorded(home, name, *command, options=()):
    """The finished `record` and its run's file."""
    file = home / f"{name}.db"
    done = subprocess.run([installed(home), "record", "-o", file, "--around", "1s", *options, "--",
                           *command], capture_output=True, text=True, timeout=60, cwd=home)
    assert done.returncode == 0, done.stderr
    return done, file


def report_of(home, *arguments):
    done = run(home, "report", *arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def assert_uwsgi_limits(report):
    verdict = report["verdict"]
    assert (verdict["outcome"], verdict["tier"]) == ("saturated", "uwsgi"), verdict
    assert verdict["resource"] in ("quota", "cpu"), verdict
    assert verdict["evidence"], "and why"


@pytest.mark.parametrize("name", TOOLS)
def test_the_tier_is_named_and_the_figures_are_the_tools(home, stack, name):
    tool = TOOLS[name]
    done, file = recorded(home, name, *tool.command(stack.nginx.url + "/cpu/8", 8, 5))
    said = tool.said(done.stdout)
    report = report_of(home, file)
    assert_uwsgi_limits(report)
    load, step = report["load"]["totals"], report["steps"][0]
    assert report["load"]["tool"] == name
    assert load["requests"] == said.requests
    for told in (load["requests_per_second"], step["requests_per_second"]["value"]):
        assert told == pytest.approx(said.rate, rel=0.01)
    for told in (load, step):
        assert told["mean_seconds"] == pytest.approx(said.mean, rel=0.01, abs=said.resolution)
        assert told["p99_seconds"] == pytest.approx(said.p99, rel=0.01, abs=said.resolution)
    first = done.stderr.strip().splitlines()[0]
    assert first.startswith("uwsgi limits it: cpu 0."), done.stderr
    assert "\nWhy\n" in done.stderr
    assert "all 5 s of load" in " ".join(done.stderr.split())


def test_runs_one_after_the_other_are_steps(home, stack):
    """A script that calls wrk with more and more connections is a stepped run."""
    url, users = stack.nginx.url + "/order/40/5", (1, 2, 4, 8)
    loop = f"for c in {' '.join(map(str, users))}; do wrk -t1 -c$c -d3s --latency {url}; done"
    done, file = recorded(home, "steps", "sh", "-c", loop)
    said = [wrk_said(part) for part in done.stdout.split("Running ")[1:]]
    report = report_of(home, file)
    assert [step["users"] for step in report["steps"]] == list(users)
    for step, one in zip(report["steps"], said):
        assert step["requests_per_second"]["value"] == pytest.approx(one.rate, rel=0.01)
        assert step["p99_seconds"] == pytest.approx(one.p99, rel=0.01, abs=one.resolution)
        assert step["samples"] >= 8, "of these three seconds, not of others"
    assert report["load"]["totals"]["requests"] == sum(one.requests for one in said)
    assert_uwsgi_limits(report)
    assert report["steps"][0]["verdict"]["state"] != "saturated", "one user fills nothing"


def test_generators_beside_each_other_are_added_up(home, stack):
    """Two ab processes and a hey on one run: by what they printed, and by files given later."""
    url = stack.nginx.url + "/cpu/8"
    script = (f"ab -q -t 4 -c 2 -g a.tsv {url} > a.txt & ab -q -t 4 -c 3 -g b.tsv {url} > b.txt & "
              f"hey -c 4 -z 4s {url} & wait; cat a.txt b.txt >&2")
    done, file = recorded(home, "beside", "sh", "-c", script)
    hey = TOOLS["hey"].said(done.stdout)
    said = [TOOLS["ab"].said((home / name).read_text()) for name in ("a.txt", "b.txt")]
    assert report_of(home, file)["load"]["totals"]["requests"] == hey.requests
    joined = report_of(home, file, "--load", home / "a.txt", "--load", home / "b.txt")
    rate = sum(one.rate for one in said)
    assert joined["load"]["totals"]["requests"] == sum(one.requests for one in said)
    assert joined["load"]["totals"]["requests_per_second"] == pytest.approx(rate, rel=0.02)
    assert joined["steps"][0]["users"] == 5
    assert joined["steps"][0]["requests_per_second"]["value"] == pytest.approx(rate, rel=0.02)
    rows = report_of(home, file, "--load", f"ab:{home / 'a.tsv'}", "--load", home / "b.tsv")
    assert rows["load"]["totals"]["requests"] == sum(one.requests for one in said)


def test_loads_that_cannot_be_one_run_are_refused(home, stack):
    for name, moment in (("early", 1_790_000_000_000), ("late", 1_790_020_000_000)):
        (home / f"{name}.jtl").write_text(
            "timeStamp,elapsed,label,responseCode,success,allThreads\n"
            + "".join(f"{moment + 10 * i},5,page,200,true,1\n" for i in range(1000)))
    _, file = recorded(home, "short", "sleep", "1")
    done = run(home, "report", file, "--load", home / "early.jtl", "--load", home / "late.jtl")
    assert done.returncode == 1
    assert "before" in done.stderr and "not of one run" in done.stderr
    twice = run(home, "report", file, "--load", home / "early.jtl", "--load", home / "early.jtl")
    assert twice.returncode == 1 and "given twice" in twice.stderr


def test_jmeter(home, stack):
    """With Debian's JMeter 2.13 a run starts only where its XStream is told to trust the plan."""
    if not shutil.which("jmeter"):
        pytest.skip("no jmeter here")
    probe = subprocess.run(jmeter(home, stack, 1, "probe.jtl"), capture_output=True, text=True,
                           timeout=60, cwd=home)
    if not (home / "probe.jtl").exists():
        pytest.skip(f"this jmeter loads no plan: {(probe.stdout + probe.stderr).strip()[-200:]}")
    done, file = recorded(home, "jmeter", *jmeter(home, stack, 6, "run.jtl"),
                          options=("--load", f"jmeter:{home / 'run.jtl'}"))
    rows = (home / "run.jtl").read_text().splitlines()[1:]
    report = report_of(home, file)
    assert report["load"]["totals"]["requests"] == len(rows)
    took = [int(row.split(",")[1]) for row in rows]
    assert report["load"]["totals"]["mean_seconds"] == pytest.approx(
        sum(took) / len(took) / 1e3, rel=0.01)
    assert_uwsgi_limits(report)


def jmeter(home, stack, seconds, result):
    plan = home / f"{result}.jmx"
    plan.write_text(JMETER_PLAN.read_text().replace("PORT", str(stack.nginx.port))
                    .replace("SECONDS", str(seconds)))
    return ["jmeter", "-n", "-t", str(plan), "-l", str(home / result),
            "-Jjmeter.save.saveservice.output_format=csv",
            "-Jjmeter.save.saveservice.print_field_names=true"]
