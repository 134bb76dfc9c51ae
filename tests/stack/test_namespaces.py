# SPDX-License-Identifier: MIT
"""Servers in network namespaces of their own, as containers are: nginx in the host's, the application
in one, what it waits for in another. One daemon as root, one as nobody, both in the host's."""

import itertools
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

import cgroup
from daemon import Tierwatch
from loads import Wrk
from namespaces import Container, Space, program_called, run
from processes import Child, accepts, wait_until
from servers import Gunicorn, Nginx, Postgres
from verdict_watch import said
from web_stack import APPS

MAIL_PORT = 2525
USERS = {"root": None, "nobody": "nobody"}
numbers = itertools.count(1)
pytestmark = pytest.mark.usefixtures("isolated")


@pytest.fixture(scope="module")
def watchers(home, bridge):
    daemons = {name: Tierwatch(home, interval="500ms", user=user, name=name).wait_ready()
               for name, user in USERS.items()}
    yield daemons
    for daemon in daemons.values():
        daemon.stop()


@pytest.fixture
def place(home, watchers):
    path = home / f"stack-{next(numbers)}"
    path.mkdir()
    path.chmod(0o755)
    shutil.copytree(APPS, path / "apps")
    for daemon in watchers.values():
        wait_until(lambda daemon=daemon: said(verdict_of(daemon)) in (None, "unknown"), "calm", 30)
    return path


@pytest.fixture
def cleanup():
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def spaces(place, cleanup):
    """Two namespaces beside the host's."""
    made = []
    for number, name in ((2, "a"), (3, "b")):
        made.append(Space(place, name, f"10.91.0.{number}"))
        cleanup.callback(made[-1].close)
    return made


def verdict_of(daemon):
    return daemon.snapshot()["verdict"]


def kept(cleanup, server):
    cleanup.callback(server.stop)
    return server


def mail_in(cleanup, place, space, seconds=0.4):
    """A slow server that no tier knows, in a namespace of its own."""
    child = kept(cleanup, Child("mail", [sys.executable, Path(__file__).parent / "mail_server.py",
                                         MAIL_PORT, seconds, space.address], place,
                                before=space.entry))
    child.wait_ready(lambda: accepts((space.address, MAIL_PORT)))
    return f"{space.address}:{MAIL_PORT}"


# Namespaces of its own of every other kind.
BOX = ["unshare", "--pid", "--fork", "--kill-child", "--cgroup", "--mount", "--propagation", "private", "--mount-proc"]


def gunicorn_in(cleanup, place, space, name="gunicorn", before=(), inside=(), **options):
    env = {"APP_REDIS_PORT": "1", **options.pop("env", {})}
    return kept(cleanup, Gunicorn(place / name, place / "apps", host=space.address, env=env,
                                  before=[*before, *space.entry, *inside], **options))


def nginx_before(cleanup, place, address):
    return kept(cleanup, Nginx(place / "nginx", f"proxy_pass http://{address};", port=80))


def named_within(daemon, expected, waiting_on=None, seconds=20):
    """The verdict, once it names that, and the address or tier that is waited for."""
    def right():
        verdict = verdict_of(daemon)
        waiting = verdict["waiting_on"] or {}
        return said(verdict) == expected and (
            waiting_on in (None, waiting.get("address"), waiting.get("tier"))) and verdict
    return wait_until(right, lambda: f"{expected}: {verdict_of(daemon)}", seconds)


def steps(verdict):
    return [step["name"] for step in verdict["path"]]


def test_held_workers_and_what_they_wait_for_two_namespaces_away(watchers, place, cleanup, spaces):
    mail = mail_in(cleanup, place, spaces[1])
    gunicorn = gunicorn_in(cleanup, place, spaces[0], processes=4, env={"APP_MAIL": mail})
    nginx = nginx_before(cleanup, place, gunicorn.address)
    cleanup.callback(Wrk(nginx.url + "/mail", 12, 30).wait)
    for daemon in watchers.values():
        verdict = named_within(daemon, ("gunicorn", "workers"), mail)
        assert "4 workers busy" in verdict["sentence"]  # "3 of 4" while others fill the processors
        assert steps(verdict) == ["nginx", "gunicorn", mail]


def test_a_database_in_another_namespace_is_named(watchers, place, cleanup, spaces):
    postgres = kept(cleanup, Postgres(place / "postgres", host=spaces[1].address, port=5432,
                                      before=spaces[1].entry))
    gunicorn = gunicorn_in(cleanup, place, spaces[0], processes=4,
                           env={"APP_DATABASE": postgres.dsn})
    nginx = nginx_before(cleanup, place, gunicorn.address)
    cleanup.callback(Wrk(nginx.url + "/sleeping-query/300", 12, 30).wait)
    for daemon in watchers.values():
        verdict = named_within(daemon, ("gunicorn", "workers"), "postgres")
        assert steps(verdict) == ["nginx", "gunicorn", "postgres"]


def test_a_queue_that_overflows_in_a_namespace(watchers, place, cleanup, spaces):
    mail = mail_in(cleanup, place, spaces[1])
    gunicorn = gunicorn_in(cleanup, place, spaces[0], processes=2, env={"APP_MAIL": mail},
                           options=("--backlog", "8"))
    cleanup.callback(Wrk(f"http://{gunicorn.address}/mail", 40, 30).wait)
    for name, daemon in watchers.items():
        verdict = named_within(daemon, ("gunicorn", "workers"), mail)
        queue = next(one for one in verdict["evidence"] if "accept queue of" in one)
        assert f"{gunicorn.address} in the network of pid" in queue
        assert ("of 8" in queue) == (name == "root"), queue
        wait_until(lambda: daemon.metrics().sum("tierwatch_listener_dropped_connections_total",
                                                tier="gunicorn") > 0, "drops")


def test_one_port_in_two_containers_is_two_servers(watchers, place, cleanup, spaces):
    """The workers of one wait, the other is idle: told apart, and by the containers' names."""
    mail = mail_in(cleanup, place, spaces[1])
    for name, space in zip(("shop", "blog"), spaces):
        container = Container(name)
        cleanup.callback(container.close)
        gunicorn_in(cleanup, place, space, name=name, before=container.entry, processes=4,
                    env={"APP_MAIL": mail})
    cleanup.callback(Wrk(f"http://{spaces[1].address}:8000/mail", 12, 30).wait)
    for daemon in watchers.values():
        named_within(daemon, ("gunicorn", "workers"), mail)
        verdict = wait_until(lambda daemon=daemon: (one := verdict_of(daemon)).get(
            "instance") == "container blog" and one, lambda daemon=daemon: verdict_of(daemon))
        assert verdict["sentence"].startswith("gunicorn (container blog) is full: ")
        listeners = {(one["address"], one["network"]) for one in daemon.snapshot()["listeners"]
                     if one["port"] == 8000}
        assert listeners == {("10.91.0.2:8000", "container shop"), ("10.91.0.3:8000", "container blog")}


def test_a_quota_of_a_container_before_a_database_in_another(watchers, place, cleanup, spaces):
    """Each in namespaces of its own of all kinds, and in a control group of its own."""
    if not cgroup.available():
        pytest.skip("needs control groups")
    groups = [cgroup.ControlGroup(name) for name in ("app", "database")]
    for group in groups:
        cleanup.callback(group.close)
    postgres = kept(cleanup, Postgres(place / "postgres", host=spaces[1].address, port=5432,
                                      before=[*groups[1].entry(), *spaces[1].entry, *BOX]))
    gunicorn = gunicorn_in(cleanup, place, spaces[0], before=groups[0].entry(), inside=BOX, processes=4,
                           env={"APP_DATABASE": postgres.dsn})
    nginx = nginx_before(cleanup, place, gunicorn.address)
    groups[0].limit_cpu(0.3)
    cleanup.callback(Wrk(nginx.url + "/cpu/10", 12, 20).wait)
    for daemon in watchers.values():
        verdict = named_within(daemon, ("gunicorn", "quota"))
        assert "(quota 0.3 core)" in verdict["sentence"]
        assert steps(verdict) == ["nginx", "gunicorn"]


def test_a_published_port_leads_to_its_container(watchers, place, cleanup, spaces):
    """docker-proxy stands between."""
    mail = mail_in(cleanup, place, spaces[1])
    gunicorn = gunicorn_in(cleanup, place, spaces[0], processes=4, env={"APP_MAIL": mail})
    relay = kept(cleanup, Child("docker-proxy", [
        program_called(place, "docker-proxy"), place / "apps/relay.py", "-proto", "tcp", "-host-ip",
        "127.0.0.1", "-host-port", "8080", "-container-ip", spaces[0].address, "-container-port",
        "8000"], place))
    relay.wait_ready(lambda: accepts(("127.0.0.1", 8080)))
    nginx = nginx_before(cleanup, place, "127.0.0.1:8080")
    cleanup.callback(Wrk(nginx.url + "/mail", 12, 30).wait)
    for daemon in watchers.values():
        verdict = named_within(daemon, ("gunicorn", "workers"), mail)
        assert steps(verdict) == ["nginx", "gunicorn", mail]
        assert gunicorn.address.startswith("10.91.0.2")


@pytest.mark.skipif(not shutil.which("nft"), reason="needs nft")
def test_a_rewritten_destination_leads_to_its_container(watchers, place, cleanup, spaces):
    """nftables' DNAT, as a published port or a service of Kubernetes has it."""
    mail = mail_in(cleanup, place, spaces[1])
    gunicorn = gunicorn_in(cleanup, place, spaces[0], processes=4, env={"APP_MAIL": mail})
    run("nft", "add table ip tierwatch-test")
    cleanup.callback(run, "nft", "delete table ip tierwatch-test")
    run("nft", "add chain ip tierwatch-test out { type nat hook output priority -100 ; }")
    run("nft", f"add rule ip tierwatch-test out ip daddr 10.96.0.10 tcp dport 80 dnat to {gunicorn.address}")
    run("ip", "route", "add", "10.96.0.10/32", "via", spaces[0].address)
    cleanup.callback(run, "ip", "route", "del", "10.96.0.10/32")
    nginx = nginx_before(cleanup, place, "10.96.0.10:80")
    cleanup.callback(Wrk(nginx.url + "/mail", 12, 30).wait)
    for daemon in watchers.values():
        verdict = named_within(daemon, ("gunicorn", "workers"), mail)
        assert steps(verdict) == ["nginx", "gunicorn", mail]


def test_who_may_not_enter_says_what_it_misses(watchers, place, cleanup, spaces):
    gunicorn_in(cleanup, place, spaces[0])
    gunicorn_in(cleanup, place, spaces[1], name="other")
    told = "of 2 other network namespaces"
    for name, daemon in watchers.items():
        wait_until(lambda daemon=daemon: len({
            one["network"] for one in daemon.snapshot()["listeners"] if one["port"] == 8000}) == 2, "both")
        daemon.settle()
        notes = [note for note in daemon.snapshot()["notes"] if told in note]
        assert bool(notes) == (name == "nobody"), notes


def test_a_namespace_that_goes_is_let_go(watchers, place, cleanup, spaces):
    """Nobody's sockets keep it: its end of the cable goes with its last process."""
    gunicorn = gunicorn_in(cleanup, place, spaces[0])
    for daemon in watchers.values():
        wait_until(lambda daemon=daemon: any(
            one["port"] == 8000 for one in daemon.snapshot()["listeners"]), "seen")
    gunicorn.stop()
    spaces[0].close()
    wait_until(lambda: not Path("/sys/class/net", spaces[0].cable).exists(), "the cable is gone", 5)
    for daemon in watchers.values():
        wait_until(lambda daemon=daemon: not any(
            one["port"] == 8000 for one in daemon.snapshot()["listeners"]), "gone")
