# SPDX-License-Identifier: MIT
"""Debian's own Prometheus scrapes the daemon."""

import json
import os
import subprocess
import urllib.parse
import urllib.request

import pytest

from processes import wait_until
from servers import Prometheus
from web_stack import TIERS, wrk


@pytest.fixture(scope="module")
def prometheus(home, daemon):
    server = Prometheus(home / "prometheus", daemon.address)
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
    judged = "count(tierwatch_bottleneck) by (tier)"
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


def test_promtool_has_no_complaint(stack, daemon):
    done = subprocess.run(["promtool", "check", "metrics"], input=daemon.get("/metrics"),
                          capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
