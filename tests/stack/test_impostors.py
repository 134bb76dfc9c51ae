# SPDX-License-Identifier: MIT
"""Another user's process that is called like a watched server, or stands where the daemon should: it forges no
verdict, is never summed with the server of that name, and hides nothing of it."""

from contextlib import contextmanager

import pytest

import daemon as tierwatch
from daemon import Tierwatch
from processes import is_root, wait_until
from servers import Redis
from test_hostile import Neighbour

pytestmark = pytest.mark.skipif(not is_root(), reason="needs root to be other users")

PERSON = 4242  # a uid of people, without a name


@contextmanager
def neighbour(home, *kinds, name=None):
    """Of the service's user `name`, or of a person."""
    before = [] if name else ["setpriv", f"--reuid={PERSON}", f"--regid={PERSON}", "--clear-groups"]
    one = Neighbour(home, *kinds, user=name, before=before)
    try:
        yield one
    finally:
        one.stop()


@pytest.fixture(scope="module")
def redis(home):
    server = Redis(home / "redis")
    yield server
    server.stop()


@pytest.fixture(scope="module", params=["root", "nobody"])
def watch(request, home, redis):
    user = None if request.param == "root" else request.param
    daemon = Tierwatch(home, user=user, name=f"watch-{request.param}").wait_ready()
    yield daemon.settle()
    daemon.stop()


def instances(watch):
    return {one["name"]: one for one in watch.snapshot()["facts"]["instances"]
            if one["name"].startswith("redis")}


def foreign(watch):
    return {one["comm"] for one in watch.snapshot()["facts"]["host"]["foreign"]}


def verdicts(watch, ticks=20):
    """What is said meanwhile."""
    for _ in range(ticks):
        yield watch.settle(1).snapshot()["verdict"]


@pytest.mark.parametrize("name", ["games", None], ids=["service", "person"])
def test_an_impostor_without_sockets_is_no_server(home, watch, name):
    whose = f"redis-server (user {name or PERSON})"
    with neighbour(home, "impostor", name=name):
        wait_until(lambda: whose in foreign(watch), lambda: f"{whose}: {watch.snapshot()['facts']['host']['foreign']}, "
                   f"{instances(watch)}")
        assert instances(watch)["redis"]["cpu_cores"] < 0.5
        assert all(verdict.get("tier") != "redis" for verdict in verdicts(watch))
        seen = " ".join(watch.snapshot()["verdict"]["blind_spots"])
        assert "redis" not in seen or whose in seen


def test_one_that_listens_is_a_server_of_its_own(home, watch):
    whose = f"redis (user {PERSON})"
    with neighbour(home, "listening_impostor"):
        wait_until(lambda: whose in instances(watch), whose)
        for verdict in verdicts(watch):
            assert verdict.get("tier") != "redis" or f"user {PERSON}" in verdict["instance"]
            assert verdict.get("tier") != "redis" or whose in verdict["sentence"]
        seen = instances(watch)
        assert seen["redis"]["cpu_cores"] < 0.5 and seen["redis"]["processes"] == 1
        assert seen["redis"].get("connections") == 0, "the impostor's client is not the server's"
        # The second one is tied to no socket where descriptors can be read, and else may have that one.
        assert seen[whose]["processes"] == (1 if watch.child.name == "watch-root" else 2)


def test_tools_with_a_servers_beginning_are_none(home, watch):
    with neighbour(home, "exporters", name="games"):
        watch.settle(4)
        names = {one["comm"]: one.get("member") for one in watch.snapshot()["processes"]}
        exporters = [name for name in names if "export" in name]
        assert len(exporters) == 4
        assert not [name for name in exporters if names[name]]


def test_a_crowd_of_listeners_hides_no_server_that_starts_later(home, watch):
    with neighbour(home, "listeners"):
        wait_until(lambda: any("addresses are listened on" in note for note in watch.snapshot()["notes"]), "the crowd")
        late = Redis(home / f"late-{watch.child.name}")
        try:
            def is_watched():
                return any(one["address"].endswith(f":{late.port}") and one.get("owner")
                           for one in watch.snapshot()["listeners"])
            wait_until(is_watched, "the late server's listener", seconds=60)
        finally:
            late.stop()


def attach(home, *command, user=None):
    return tierwatch.run(home, *command, user=user, seconds=60)


@pytest.mark.parametrize("command", [["verdict"], ["top", "--once"]], ids=" ".join)
def test_who_took_the_daemons_port_is_not_asked(home, isolated, command):
    with neighbour(home, "port") as stranger:
        refused = attach(home, *command, "--attach")
        assert refused.returncode == 1 and f"user {PERSON} listens there" in refused.stderr
        by_itself = attach(home, *command)
        assert f"user {PERSON} listens there" in by_itself.stderr
        assert "sampling by itself" in by_itself.stdout
        assert "asked" not in stranger.said()
        attach(home, *command, "--url", "http://127.0.0.1:9718")
        assert "asked" in stranger.said(), "whoever names it gets it"
