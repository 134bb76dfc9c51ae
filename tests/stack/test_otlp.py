# SPDX-License-Identifier: MIT
"""Samples that are pushed: what arrives, through an outage, and where to by the environment."""

import os
import subprocess

import pytest

from processes import free_port, wait_until
from push_receiver import PushReceiver, series, times
from servers import Prometheus
from test_prometheus import query

OUTCOME = "tierwatch_otlp_pushes_total"


@pytest.fixture
def receiver():
    receiver = PushReceiver()
    yield receiver
    receiver.close()


def otlp(port, more=""):
    return f'[otlp]\nendpoint = "http://127.0.0.1:{port}/api"\ninterval = "5s"\n{more}'


def test_what_is_pushed_is_what_is_scraped(stack, service, receiver):
    daemon = service(otlp(receiver.port, 'headers = {X-Scope-OrgID = "shop"}\n')).wait_ready()
    wait_until(lambda: len(receiver.requests) >= 2, "two pushes", seconds=30)
    path, headers, request = receiver.requests[1]
    assert path == "/api/v1/metrics"
    assert headers["X-Scope-OrgID"] == "shop" and headers["Content-Type"] == "application/json"
    assert headers["Content-Encoding"] == "gzip"
    pushed = series(request)
    scraped = {(name, tuple(sorted(labels.items()))) for name, labels, _ in daemon.metrics().samples}
    of_scrapes = ("tierwatch_scrape_duration_seconds", "tierwatch_http_requests_total")
    assert {key for key in scraped if key[0] not in of_scrapes} <= set(pushed)
    tiers = {dict(labels)["tier"] for name, labels in pushed if name == "tierwatch_tier_info"}
    assert {"nginx", "uwsgi", "postgres", "redis"} <= tiers


def test_an_outage_loses_nothing(service):
    """Nobody listens for a while; then all come, in their order, and the daemon says so."""
    port = free_port()
    daemon = service(otlp(port)).wait_ready()
    wait_until(lambda: daemon.metrics().sum("tierwatch_otlp_queue_bytes") > 0, "a sample to wait")
    first = daemon.metrics().sum("tierwatch_otlp_queue_bytes")
    wait_until(lambda: daemon.metrics().sum("tierwatch_otlp_queue_bytes") > 1.5 * first,
               "another one", seconds=30)
    assert first * 3600 / 5 < 16 << 20, "an hour of them"
    wait_until(lambda: "cannot push samples" in daemon.log(), "the complaint")
    receiver = PushReceiver(port)
    try:
        wait_until(lambda: daemon.metrics().sum("tierwatch_otlp_queue_bytes") == 0, "all sent", 60)
        taken = times(receiver.requests)
        assert len(taken) >= 2 and taken == sorted(set(taken))
        assert all(4 <= later - earlier <= 7 for earlier, later in zip(taken, taken[1:]))
        assert daemon.metrics().sum(OUTCOME, outcome="dropped") == 0
        wait_until(lambda: "again" in daemon.log(), "the daemon to say so")
    finally:
        receiver.close()


def test_the_environment_turns_it_on_and_off(service, receiver):
    variables = {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": f"http://127.0.0.1:{receiver.port}/whole",
                 "OTEL_EXPORTER_OTLP_HEADERS": "X-Scope-OrgID=a%20b", "OTEL_SERVICE_NAME": "shop",
                 "OTEL_EXPORTER_OTLP_COMPRESSION": "none", "OTEL_METRIC_EXPORT_INTERVAL": "5000"}
    off = service(env={**variables, "OTEL_METRICS_EXPORTER": "none"}).wait_ready().settle()
    assert not off.metrics().has(OUTCOME)
    service(env=variables).wait_ready()
    wait_until(lambda: receiver.requests, "a push", seconds=30)
    path, headers, request = receiver.requests[0]
    assert path == "/whole" and headers["X-Scope-OrgID"] == "a b"
    assert "Content-Encoding" not in headers
    resource = request["resourceMetrics"][0]["resource"]["attributes"]
    assert {"key": "service.name", "value": {"stringValue": "shop"}} in resource


def test_by_default_nothing_is_pushed(service):
    daemon = service().wait_ready().settle()
    assert not daemon.metrics().has(OUTCOME)
    with open(f"/proc/{daemon.child.pid}/maps", encoding="utf-8") as maps:
        assert "libcurl" not in maps.read()


def takes_otlp():
    """How this Prometheus is told to take OTLP; 2.47 was the first that did."""
    text = subprocess.run(["prometheus", "--help"], capture_output=True, text=True, timeout=20)
    text = text.stdout + text.stderr
    if "web.enable-otlp-receiver" in text:
        return "--web.enable-otlp-receiver"
    return "--enable-feature=otlp-write-receiver" if "otlp-write-receiver" in text else None


def test_prometheus_takes_it_under_the_names_that_are_scraped(home, service):
    flag = takes_otlp()
    if not flag:
        pytest.skip("this Prometheus takes no OTLP")
    server = Prometheus(home / "prometheus-otlp", "127.0.0.1:1", options=[flag])
    try:
        daemon = service(f'[otlp]\nendpoint = "http://127.0.0.1:{server.port}/api/v1/otlp"\n'
                         'interval = "5s"\n').wait_ready()
        wait_until(lambda: daemon.metrics().sum(OUTCOME, outcome="sent") >= 1, "a push", seconds=30)
        pushed = query(server, 'count by (__name__) ({job="tierwatch", __name__=~"(tierwatch|process)_.*"})')
        scraped = {name for name, _, _ in daemon.metrics().samples}
        missing = scraped - {name for name, in pushed}
        assert not {name for name in missing if not name.startswith(("tierwatch_http", "tierwatch_scrape"))}
        assert query(server, f'target_info{{instance="{os.uname().nodename}"}}')
    finally:
        server.stop()
