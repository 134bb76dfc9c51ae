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
    """Churn of workers leaves as many series as there were roles."""
    count = 'count({__name__=~"tierwatch_tier_.*"})'
    before = query(prometheus, count)
    wrk(f"{stack.nginx.url}/new-connection", seconds=3)
    assert query(prometheus, count) == before


def test_promtool_has_no_complaint(stack, daemon):
    done = subprocess.run(["promtool", "check", "metrics"], input=daemon.get("/metrics"),
                          capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
