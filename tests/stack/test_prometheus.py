# SPDX-License-Identifier: MIT
"""Debian's own Prometheus scrapes the daemon."""

import json
import os
import re
import shutil
import signal
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from processes import wait_until
from servers import Prometheus
from web_stack import TIERS, wrk

RULES = Path(__file__).parents[2] / "config" / "prometheus"


@pytest.fixture(scope="module")
def prometheus(home, daemon):
    rules = [shutil.copy(RULES / name, home) for name in ("rules.yml", "alerts.yml")]
    server = Prometheus(home / "prometheus", daemon.address, rules=rules)
    yield server
    server.stop()


def query(prometheus, expression):
    """labels (as a tuple of values) -> value."""
    url = f"http://127.0.0.1:{prometheus.port}/api/v1/query?" + urllib.parse.urlencode(
        {"query": expression})
    with urllib.request.urlopen(url, timeout=10) as answer:
        result = json.load(answer)["data"]["result"]
    return {tuple(row["metric"].values()): float(row["value"][1]) for row in result}


def test_it_is_up(prometheus):
    up = 'up{job="tierwatch"} == 1'
    wait_until(lambda: query(prometheus, up), "Prometheus to scrape", seconds=30)


def test_rates_are_sane_under_load(stack, daemon, prometheus, isolated):
    rate = "sum by (tier) (rate(tierwatch_tier_cpu_seconds_total[5s]))"
    wrk(stack.nginx.url, seconds=8)
    cores = {tier: value for (tier,), value in query(prometheus, rate).items()}
    assert set(TIERS) <= set(cores)
    assert cores["uwsgi"] > 0.2
    assert sum(cores.values()) <= os.cpu_count() * 1.1


def test_no_series_outlives_its_process(stack, daemon, prometheus, isolated):
    """Churn of workers leaves as many series as there were roles. (What was judged, by resource,
    stays on purpose.)"""
    count = 'count({__name__=~"tierwatch_tier_.*", resource=""})'
    before = query(prometheus, count)
    wrk(f"{stack.nginx.url}/new-connection", seconds=3)
    assert query(prometheus, count) == before


def test_a_bottleneck_can_be_asked_for(stack, daemon, prometheus):
    """At most one is named at a time, and only while the state says so."""
    known = "sum(tierwatch_verdict_state{state!='unknown'}) == 1"
    wait_until(lambda: query(prometheus, known), "the first verdict", seconds=30)
    judged = "count(tierwatch_tier_saturated_seconds_total) by (tier)"
    wait_until(lambda: {("nginx",), ("uwsgi",)} <= set(query(prometheus, judged)),
               "what was judged of each tier", seconds=30)
    differ = ("sum by (instance) (tierwatch_bottleneck)"
              " != sum by (instance) (tierwatch_verdict_state{state='saturated'})")
    assert query(prometheus, differ) == {}
    ratio = 'tierwatch_tier_utilization_ratio{tier="uwsgi", resource="cpu"}'
    assert all(0 <= value < 1.5 for value in query(prometheus, ratio).values())
    cores = query(prometheus, 'tierwatch_tier_cpu_capacity_cores{tier="uwsgi"}')
    most = min(os.cpu_count(), 3)  # less what the hypervisor takes
    (capacity,) = cores.values()
    assert 0.4 * most <= capacity <= most


def test_accept_queues_are_labelled_with_their_tier(stack, daemon, prometheus):
    of_app = f'tierwatch_listener_queue_limit{{tier="uwsgi", address="{stack.uwsgi.socket}"}}'
    wait_until(lambda: query(prometheus, of_app), "the accept queue of uWSGI", seconds=30)


@pytest.mark.parametrize("page", ["/metrics", "/metrics/processes"])
def test_promtool_has_no_complaint(stack, daemon, page):
    done = subprocess.run(["promtool", "check", "metrics"], input=daemon.get(page),
                          capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_rules_that_are_shipped_work(stack, daemon, prometheus):
    """All are evaluated without an error; what they record is there once something happened."""
    wrk(stack.nginx.url, seconds=3)

    def rules():
        with urllib.request.urlopen(f"http://127.0.0.1:{prometheus.port}/api/v1/rules",
                                    timeout=10) as answer:
            groups = json.load(answer)["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]
    wait_until(lambda: all(rule["health"] == "ok" for rule in rules()),
               lambda: [rule for rule in rules() if rule["health"] != "ok"], seconds=30)
    for name in re.findall(r"record: (\S+)", (RULES / "rules.yml").read_text()):
        wait_until(lambda name=name: query(prometheus, name), name, seconds=30)


def test_what_alerts_ask_for_is_there(stack, daemon, prometheus):
    """But for what this stack has not: a quota, a limit of memory, UNIX sockets that count drops, and
    a bottleneck while nothing was full."""
    text = (RULES / "alerts.yml").read_text()
    lacking = {"tierwatch_tier_cpu_throttled_ratio", "tierwatch_tier_memory_limit_used_bytes",
               "tierwatch_tier_memory_limit_bytes", "tierwatch_bottleneck"}
    for name in set(re.findall(r"tierwatch_\w+", text)) - lacking:
        wait_until(lambda name=name: query(prometheus, name), name, seconds=30)


def test_each_panel_of_the_dashboard_has_data(stack, daemon, prometheus):
    """The one of what limits is empty while nothing is full: then what was judged is there."""
    dashboard = json.loads((RULES.parent / "grafana" / "tierwatch.json").read_text())
    wrk(stack.nginx.url, seconds=3)
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            expression = target["expr"].replace("$__rate_interval", "15s")
            expression = expression.replace("$instance", ".*").replace("$tier", ".*")
            expression = expression.replace("tierwatch_bottleneck", "tierwatch_tier_utilization_ratio")
            expression = expression.replace(") == 1", ") >= 0")
            wait_until(lambda asked=expression: query(prometheus, asked), expression, seconds=30)


def test_processes_one_by_one(stack, daemon, prometheus):
    """Their CPU is the tier's; a worker that is restarted goes on under its number."""
    def workers():
        text = daemon.get("/metrics/processes")
        return dict(re.findall(
            r'tierwatch_process_threads{tier="uwsgi",role="worker",worker="(\d+)",pid="(\d+)"}', text))
    before = workers()
    assert len(before) >= 2
    os.kill(int(before["1"]), signal.SIGKILL)
    after = wait_until(lambda: len(workers()) == len(before) and workers() != before and workers(),
                       "the next worker")
    assert {slot: pid for slot, pid in after.items() if slot != "1"} == {
        slot: pid for slot, pid in before.items() if slot != "1"}
