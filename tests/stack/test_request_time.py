# SPDX-License-Identifier: MIT
"""Requests in flight and where their time goes, beside what the load tool and nginx' access log say."""

import statistics
import time
from contextlib import ExitStack

import pytest

from daemon import Tierwatch
from debian_layout import debian_stack
from loads import Wrk

WORKERS = 8
WAITING, WORKING = 0.080, 0.010  # seconds in the database, of CPU
LOG_FORMAT = "log_format times '$request_time $upstream_response_time';"
USERS = {"root": None, "nobody": "nobody"}
WINDOW = 5.0  # the verdict's
pytestmark = pytest.mark.usefixtures("isolated")


@pytest.fixture(scope="module")
def log(home):
    path = home / "times.log"
    path.touch()
    path.chmod(0o666)
    return path


@pytest.fixture(scope="module")
def stack(home, log):
    running = debian_stack(home, uwsgi={"processes": WORKERS}, nginx={
        "http": LOG_FORMAT, "server": f"access_log {log} times;"})
    Wrk(running.nginx.url + "/order/1/1", WORKERS, 1).wait()  # all have their connections
    yield running
    running.close()


@pytest.fixture(scope="module")
def watchers(home, stack):
    with ExitStack() as cleanup:
        daemons = {}
        for name, user in USERS.items():
            daemons[name] = Tierwatch(home, user=user, name=name)
            cleanup.callback(daemons[name].stop)
        for daemon in daemons.values():
            daemon.wait_ready()
        yield daemons


def in_flight(snapshot, tier):
    return sum(one["in_flight"] for one in snapshot["verdict"]["in_flight"] if one["tier"] == tier)


def share(snapshot, tier):
    return sum(place["share"] for place in snapshot["verdict"]["request_time"]
               if place["name"] == tier)


def unexplained(snapshot, tier):
    return sum(part["share"] for place in snapshot["verdict"]["request_time"] if place["name"] == tier
               for part in place["of"] if part["on"] == "unknown")


def logged(log, offset):
    """Mean seconds of a request, and of it at the upstream, from there on."""
    rows = [line.split() for line in log.read_text()[offset:].splitlines()]
    return tuple(statistics.mean(float(row[column]) for row in rows) for column in (0, 1))


@pytest.mark.parametrize("users", [1, 4, WORKERS - 1, WORKERS, 3 * WORKERS])
def test_the_sum_closes(stack, watchers, log, users):
    """A closed loop: each user has one request under way all the time. From a tenth of the ceiling
    to three times as many users as workers."""
    url = f"{stack.nginx.url}/order/{WAITING * 1000:.0f}/{WORKING * 1000:.0f}"
    load = Wrk(url, users, 16)
    time.sleep(1)
    offset = log.stat().st_size
    time.sleep(WINDOW)  # the first verdict is of requests from here on, as the log is
    seen = {name: [] for name in watchers}
    end = time.monotonic() + 8
    while time.monotonic() < end:
        for name, daemon in watchers.items():
            seen[name].append(daemon.snapshot())
        time.sleep(0.5)
    request, upstream = logged(log, offset)
    load.wait()
    for name, snapshots in seen.items():
        def mean(value, tier, snapshots=snapshots):
            return statistics.mean(value(snapshot, tier) for snapshot in snapshots)

        words = (name, snapshots[-1]["verdict"]["evidence"][0], request, upstream)
        print(*words)
        assert mean(in_flight, "nginx") == pytest.approx(users, rel=0.1), words
        assert mean(in_flight, "uwsgi") == pytest.approx(users * upstream / request, rel=0.1), words
        # nginx looks at the clock after it got a CPU: for how long it waited for one is not in its log.
        assert mean(share, "nginx") == pytest.approx(1 - upstream / request, abs=0.10), words
        # The query sleeps that long at the least; the rest of the way there and back is uwsgi's. Waits that
        # begin within the clock tick of the last answer are not seen: they are unexplained, and nobody else's.
        seen_of_query = mean(share, "postgres")
        assert WAITING / request - 0.25 <= seen_of_query <= WAITING / request + 0.10, words
        assert seen_of_query + mean(unexplained, "uwsgi") == pytest.approx(WAITING / request, abs=0.10), words
        times = [snapshot["verdict"]["request_time"] for snapshot in snapshots]
        first = [tuple(place["name"] for place in places[:2]) for places in times]
        assert statistics.mode(first) == ("nginx", "uwsgi"), words  # five looks may find uwsgi's few ms in no request
        for places in times:
            assert sum(place["share"] for place in places) == pytest.approx(1, abs=0.03)


def test_it_is_exported_and_shown(stack, watchers):
    load = Wrk(f"{stack.nginx.url}/order/80/10", 2 * WORKERS, 12)
    time.sleep(WINDOW + 1)
    daemon = watchers["nobody"]
    metrics, snapshot = daemon.metrics(), daemon.snapshot()
    name = "tierwatch_tier_in_flight_requests"
    assert metrics.sum(name, tier="uwsgi") == pytest.approx(2 * WORKERS, rel=0.2)
    assert metrics.sum(name, tier="uwsgi", spent="queued") > 0
    assert metrics.sum(name, tier="uwsgi", spent="peer") > 0
    line = snapshot["verdict"]["evidence"][0]
    assert line.startswith("a request in flight: nginx ") and " → uwsgi " in line
    load.stop()
    load.wait()
