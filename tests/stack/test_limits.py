# SPDX-License-Identifier: MIT
"""Limits at which servers refuse work while nothing else of them is full: they are named, or it is
said that they were not seen. "Nothing is full" is never certain then."""

import itertools
import socket
import sys
from contextlib import ExitStack, contextmanager
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

import cgroup
from daemon import Tierwatch
from loads import Wrk
from processes import Child, accepts, account, free_port, is_root, wait_until
from servers import Haproxy, Nginx, Redis

PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
IP_BIND_ADDRESS_NO_PORT = 24  # linux/in.h; Python 3.12 has it
REQUEST = b"GET / HTTP/1.0\r\n\r\n"


@contextmanager
def clients(port, how_many, say=b"", source="127.0.0.1"):
    """Connections that stay; some may have been refused."""
    with ExitStack() as stack:
        connected = []
        for _ in range(how_many):
            client = stack.enter_context(socket.socket())
            client.settimeout(20)
            client.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            client.bind((source, 0))
            client.connect(("127.0.0.1", port))
            client.sendall(say)
            connected.append(client)
        yield connected


@contextmanager
def mute_server(backlog=512):
    """Accepts (in the kernel) and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(backlog)
        yield listener.getsockname()[1]


@contextmanager
def running(server):
    try:
        yield server
    finally:
        server.stop()


def spots(watch, words):
    return [spot for spot in watch.snapshot()["verdict"]["blind_spots"] if words in spot]


def is_certain(watch):
    """"Nothing is full", with high confidence."""
    verdict = watch.snapshot()["verdict"]
    return verdict["state"] == "clear" and verdict["confidence"] == "high"


def stays_a_guess(watch):
    """"Nothing is full", with low confidence."""
    for _ in range(8):
        watch.settle(1)
        verdict = watch.snapshot()["verdict"]
        assert (verdict["state"], verdict["confidence"]) == ("clear", "low"), verdict


def stays_uncertain(watch):
    for _ in range(8):
        watch.settle(1)
        assert not is_certain(watch), watch.snapshot()["verdict"]


def names_connections(watch, tier):
    verdict = watch.snapshot()["verdict"]
    return verdict["state"] == "saturated" and (verdict["tier"], verdict["resource"]) == (
        tier, "connections")


numbers = itertools.count(1)


@pytest.fixture
def place(home):
    """A directory for this test's servers, with a short name: a socket's path has at most 107 bytes."""
    directory = home / f"place-{next(numbers)}"
    directory.mkdir()
    directory.chmod(0o755)
    return directory


@pytest.fixture
def watch(home, request):
    with running(Tierwatch(home, name=f"watch-{request.node.name}")) as daemon:
        yield daemon


def test_an_unwatched_program_at_a_whole_core_is_said(place, watch):
    with running(Redis(place / "redis")):
        spinner = Child("spinner", [sys.executable, "-c", "while True: pass"], place)
        with running(spinner):
            group = Path(f"/proc/{spinner.pid}/autogroup")
            if is_root() and group.exists():
                group.write_text("-20")  # others shall leave it a whole core
            watch.wait_ready()
            spot = wait_until(lambda: spots(watch, f"(pid {spinner.pid})"), "the spinner", 60)
            assert "which no tier takes" in spot[0]
            stays_uncertain(watch)


SPINNING = """
import time
async def asgi(scope, receive, send):
    if scope["type"] != "http":
        return
    end = time.thread_time() + 0.02
    while time.thread_time() < end:
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x"})
"""


def test_uvicorn_alone_at_a_whole_core_is_named(place, watch, isolated):
    """One process, one loop: its own core is all it can have. Where others leave it none, that is said of it."""
    if PathFinder.find_spec("uvicorn", ["/usr/lib/python3/dist-packages"]) is None:
        pytest.skip("no uvicorn here")
    (place / "app.py").write_text(SPINNING)
    port = free_port()
    argv = ["/usr/bin/python3", "-m", "uvicorn", "app:asgi", "--port", str(port), "--no-access-log"]
    with running(Child("uvicorn", argv, place, cwd=place)) as server:
        server.wait_ready(lambda: accepts(("127.0.0.1", port)))
        group = Path(f"/proc/{server.pid}/autogroup")
        if is_root() and group.exists():
            group.write_text("-20")  # others shall leave it a whole core
        watch.wait_ready()
        wrk = Wrk(f"http://127.0.0.1:{port}/", 8, 90)
        try:
            def is_named():
                verdict = watch.snapshot()["verdict"]
                starved = verdict.get("tier") == "other" and "uvicorn waits for a cpu" in verdict["sentence"]
                return starved or (verdict.get("tier"), verdict.get("resource")) == ("uvicorn", "thread")
            wait_until(is_named, lambda: watch.snapshot()["verdict"], 60)
        finally:
            wrk.stop()
            wrk.wait()


def test_a_node_that_changed_its_title_is_recognised_by_nobody(home, place):
    if not is_root():
        pytest.skip("needs root to become another user")
    script = place / "server.js"
    script.write_text("process.title = 'next-server (v14.2.3)';\n"
                      "require('http').createServer().listen(0);\n")
    with running(Child("next", ["node", script], place, user=account("www-data"))) as next_server:
        comm = Path(f"/proc/{next_server.pid}/comm")
        wait_until(lambda: comm.read_text().startswith("next-server"), "the title")
        with running(Tierwatch(home, user="nobody").wait_ready()) as watch:
            watch.settle()
            assert watch.metrics().sum("tierwatch_tier_processes", tier="node") == 1


def test_redis_that_refuses_clients_is_never_fine(place, watch):
    """Its command line is gone, and no file tells maxclients."""
    with running(Redis(place / "redis", ["--maxclients", "40"])) as redis:
        watch.wait_ready()
        with clients(redis.port, 80, b"PING\r\n") as connected:
            assert sum(client.recv(4) == b"-ERR" for client in connected) >= 40
            wait_until(lambda: spots(watch, "maxclients"), "the blind spot")
            stays_a_guess(watch)


def test_redis_of_few_clients_lacks_nothing(place, watch):
    with running(Redis(place / "redis")) as redis:
        watch.wait_ready()
        with clients(redis.port, 5, b"PING\r\n"):
            watch.settle(8)
            assert not spots(watch, "redis")


def test_redis_by_its_descriptors(place, watch):
    """It raised its limit of open files for 10000 clients: that is how many it lets in, unless CONFIG SET said otherwise
    later."""
    with running(Redis(place / "redis", before=["prlimit", "--nofile=1024:20000"])) as redis:
        watch.wait_ready()
        with clients(redis.port, 60, b"PING\r\n"):
            line = 'tierwatch_tier_connections_limit{tier="redis"} 10000'
            wait_until(lambda: line in watch.get("/metrics"), "its maxclients")
            def sure_but_for_that():
                verdict = watch.snapshot()["verdict"]
                return verdict["state"] == "clear" and verdict["confidence"] == "medium" and spots(watch, "maxclients")
            wait_until(sure_but_for_that, lambda: watch.snapshot()["verdict"])


def names_a_pool(watch, tier):
    verdict = watch.snapshot()["verdict"]
    return (verdict.get("tier"), verdict.get("resource")) == (tier, "pool")


def test_haproxy_whose_server_takes_no_more_is_named_or_said(place, watch):
    """Whose its connections are is known to root."""
    with mute_server() as upstream, running(Haproxy(place / "haproxy", upstream, server="maxconn 2")) as proxy:
        watch.wait_ready()
        with clients(proxy.port, 20, REQUEST):
            if is_root():
                wait_until(lambda: names_a_pool(watch, "haproxy"), "the verdict")
            else:
                wait_until(lambda: spots(watch, "maxconn"), "the blind spot")
                stays_uncertain(watch)


def test_haproxy_without_limits_lacks_nothing(place, watch):
    with mute_server() as upstream, running(Haproxy(place / "haproxy", upstream)) as proxy:
        watch.wait_ready()
        with clients(proxy.port, 20, REQUEST):
            watch.settle(8)
            assert not spots(watch, "haproxy")


def test_haproxy_with_all_its_clients_is_named(place, watch):
    with mute_server() as upstream, running(Haproxy(place / "haproxy", upstream, globally="maxconn 10")) as proxy:
        watch.wait_ready()
        with clients(proxy.port, 20, REQUEST):
            wait_until(lambda: names_connections(watch, "haproxy"), "its connections to be named")


def test_a_cgroup_without_room_for_a_process_is_said(place, watch):
    if not cgroup.available() or "pids" not in cgroup.trees():
        pytest.skip("needs a writable cgroup tree that limits processes")
    group = cgroup.ControlGroup("tasks")
    try:
        with running(Redis(place / "redis", cgroup=group)) as redis:
            watch.wait_ready()
            with clients(redis.port, 3):
                watch.settle(8)
                assert not spots(watch, "pids.max")
                group.limit_tasks_to_those_of_now()
                wait_until(lambda: spots(watch, "pids.max"), "the blind spot")
                stays_uncertain(watch)
    finally:
        group.close()


def test_local_ports_that_are_used_up_are_said(place, watch, isolated):
    """nginx has 200 ports to reach its upstream by, and 250 clients."""
    before = PORT_RANGE.read_text()
    try:
        PORT_RANGE.write_text("40000 40199")
    except OSError as refused:
        pytest.skip(f"cannot limit local ports: {refused}")
    try:
        with mute_server() as upstream:
            nginx = Nginx(place / "nginx", f"proxy_pass http://127.0.0.1:{upstream};")
            with running(nginx):
                watch.wait_ready().settle(4)
                assert not spots(watch, "ip_local_port_range")
                with clients(nginx.port, 190, REQUEST), \
                     clients(nginx.port, 60, REQUEST, "127.0.0.2") as late:
                    assert late[-1].recv(12).endswith(b" 502")
                    wait_until(lambda: spots(watch, "ip_local_port_range"), "the blind spot")
                    stays_uncertain(watch)
    finally:
        PORT_RANGE.write_text(before)
