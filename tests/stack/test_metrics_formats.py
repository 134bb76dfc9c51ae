# SPDX-License-Identifier: MIT
"""What is served to scrapers: both formats as strict readers want them, by what the configuration
chooses, and within the budget of series."""

import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import ExitStack

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from metrics import Metrics
from processes import wait_until
from servers import Gunicorn, Pgbouncer, Prometheus
from test_prometheus import query
from web_stack import APPS, wrk

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PLAIN = "text/plain; version=0.0.4; charset=utf-8"
BUDGET = 300


def asked(daemon, page, accept=None):
    """(type, text)"""
    request = urllib.request.Request(f"http://{daemon.address}{page}",
                                     headers={"Accept": accept} if accept else {})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def parsed(text):
    return list(text_string_to_metric_families(text))


@pytest.mark.parametrize("page", ["/metrics", "/metrics/processes"])
def test_a_strict_reader_takes_openmetrics(stack, daemon, page):
    kind, text = asked(daemon, page, "application/openmetrics-text; version=1.0.0")
    assert kind == OPENMETRICS
    families = {family.name: family for family in parsed(text)}
    assert len(families) >= 10
    assert text.endswith("\n# EOF\n")
    if page == "/metrics":
        cpu = families["tierwatch_tier_cpu_seconds"]
        assert (cpu.type, cpu.unit) == ("counter", "seconds")
        assert {sample.name for sample in cpu.samples} == {"tierwatch_tier_cpu_seconds_total"}
        began = [sample.value for sample in families["tierwatch_samples"].samples
                 if sample.name.endswith("_created")]
        assert 0 < time.time() - began[0] < 600


def test_both_formats_say_the_same(stack, daemon):
    """But for when counters began, which the older one cannot say."""
    def names(text):
        return {(name, tuple(sorted(labels.items()))) for name, labels, _ in Metrics(text).samples
                if not name.endswith("_created")}

    def same():
        plain, opened = (names(asked(daemon, "/metrics", accept)[1])
                         for accept in (None, "application/openmetrics-text"))
        return plain == {(name, labels) for name, labels in opened}
    opened = asked(daemon, "/metrics", "application/openmetrics-text")[1].replace("# EOF\n", "")
    assert Metrics(opened).has("tierwatch_build_info")
    wait_until(same, "one sample in both formats")


@pytest.mark.parametrize("accept,kind", [
    (None, PLAIN), ("*/*", PLAIN), ("text/html,*/*;q=0.8", PLAIN),
    ("application/openmetrics-text;q=0.3, text/plain;q=0.9", PLAIN),
    ("application/openmetrics-text;q=0, */*", PLAIN),
    ("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4", OPENMETRICS),
])
def test_the_better_liked_format_is_served(daemon, accept, kind):
    assert asked(daemon, "/metrics", accept)[0] == kind


def test_prometheus_scrapes_openmetrics(home, daemon):
    """It asks for it by itself, and without knowing that a counter's `_created` is none of ours."""
    server = Prometheus(home / "prometheus-open", daemon.address)
    try:
        wait_until(lambda: query(server, "tierwatch_samples_created"), "a scrape of OpenMetrics", 30)
        assert query(server, 'up{job="tierwatch"} == 1')
        assert query(server, "tierwatch_samples_total")
        assert query(server, "tierwatch_build_info")
    finally:
        server.stop()


def series_of(text):
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_five_tiers_stay_within_the_budget(home, stack, daemon, isolated):
    """With everything busy; whoever scrapes takes the longer format, with its times of creation."""
    with ExitStack() as cleanup:
        for server in (Pgbouncer(home / "pgbouncer", stack.postgres, 5),
                       Gunicorn(home / "gunicorn", APPS)):
            cleanup.callback(server.stop)
        names = {"nginx", "uwsgi", "postgres", "redis", "pgbouncer", "gunicorn"}
        wait_until(lambda: names <= {tier["name"] for tier in daemon.snapshot()["tiers"]}, "all tiers")
        wrk(stack.nginx.url, seconds=4)
        six = series_of(asked(daemon, "/metrics", "application/openmetrics-text")[1])
    five = [line for line in six if 'tier="gunicorn"' not in line and 'to="gunicorn"' not in line]
    by_name = sorted(((sum(line.startswith((name + "{", name + " ")) for line in five), name)
                      for name in {re.split("[{ ]", line)[0] for line in five}), reverse=True)
    assert BUDGET / 2 < len(five) <= BUDGET, "\n".join(f"{count} {name}" for count, name in by_name)


def test_the_configuration_chooses_what_is_served(service):
    daemon = service().wait_ready().settle()
    few = daemon.metrics()
    assert few.has("tierwatch_host_load1") and not few.has("tierwatch_snapshot_age_seconds")
    daemon.write_config('[sampling]\ninterval = "250ms"\n'
                        "[metrics]\nhost = false\ndetail = true\nold_names = true\n")
    daemon.child.signal(signal.SIGHUP)
    wait_until(lambda: daemon.metrics().has("tierwatch_snapshot_age_seconds"), "old names")
    after = daemon.metrics()
    assert not [name for name, _, _ in after.samples if name.startswith("tierwatch_host_")]


def test_the_history_tells_its_size_and_age(service, home):
    began = time.time()
    daemon = service(f'[history]\npath = "{home}/of-metrics.db"\n').wait_ready()
    oldest = "tierwatch_history_oldest_sample_timestamp_seconds"
    wait_until(lambda: daemon.metrics().has(oldest), "the first transaction")
    metrics = daemon.metrics()
    assert began - 1 <= metrics.sum(oldest) <= time.time()
    assert metrics.sum("tierwatch_history_size_bytes") >= 4096


def test_requests_and_scrapes_are_counted(service):
    daemon = service().wait_ready()
    before = daemon.metrics().sum("tierwatch_http_requests_total", code="200", handler="/metrics") \
        if daemon.metrics().has("tierwatch_http_requests_total", handler="/metrics") else 0
    with pytest.raises(urllib.error.HTTPError):
        daemon.get("/no/such/page")
    after = daemon.metrics()
    assert after.sum("tierwatch_http_requests_total", code="404", handler="other") == 1
    assert after.sum("tierwatch_http_requests_total", code="200", handler="/metrics") > before
    assert 0 < after.sum("tierwatch_scrape_duration_seconds") < 1


def test_times_states_and_ranks_are_those_of_the_machine(stack, service):
    metrics = service("[metrics]\ndetail = true\n").wait_ready().settle(3).metrics()
    assert abs(time.time() - metrics.sum("tierwatch_snapshot_timestamp_seconds")) < 5
    assert 0 <= time.time() - metrics.sum("tierwatch_verdict_start_timestamp_seconds") < 3600
    for tier in ("nginx", "uwsgi"):
        assert metrics.sum("tierwatch_tier_state_processes", tier=tier) == metrics.sum(
            "tierwatch_tier_processes", tier=tier)
        ranks = [labels["rank"] for labels, _ in metrics.select("tierwatch_tier_busiest_process_cores",
                                                                tier=tier)]
        assert ranks == [str(i + 1) for i in range(len(ranks))] and ranks


@pytest.mark.parametrize("configuration", ["", "[metrics]\ndetail = true\nold_names = true\n"])
def test_promtool_has_no_complaint(service, configuration):
    daemon = service(configuration).wait_ready().settle()
    done = subprocess.run(["promtool", "check", "metrics"], input=daemon.get("/metrics"),
                          capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
