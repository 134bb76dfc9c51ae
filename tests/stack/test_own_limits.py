# SPDX-License-Identifier: MIT
"""Limits that servers set themselves: of clients, of sessions, of memory. What their files tell is judged, and what nothing
tells is said."""

import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg2
import pytest

from daemon import Tierwatch
from loads import Knocking, Wrk
from processes import OWN_MOUNTS, Child, accepts, free_port, is_root, own_directory, wait_until
from servers import Haproxy, Nginx, Pgbouncer, Postgres
from test_limits import (REQUEST, clients, mute_server, names_a_pool, names_connections, place, running, spots,  # noqa: F401
                         stays_a_guess, stays_uncertain, watch)


APPS = Path(__file__).parent / "apps"


def is_clear(watch):
    return watch.snapshot()["verdict"]["state"] == "clear"


@contextmanager
def redis_with_a_file(place, *settings):  # noqa: F811
    """As Debian starts it, with a configuration of its own in a mount namespace of its own."""
    if not is_root():
        pytest.skip("needs root to lay another file over /etc/redis")
    folder, port = own_directory(place / "etc", None), free_port()
    lines = [f"port {port}", "bind 127.0.0.1", "save \"\"", f"dir {folder}", f"pidfile {folder}/redis.pid", *settings]
    (folder / "redis.conf").write_text("\n".join(lines) + "\n")
    start = f"mount --bind {folder} /etc/redis && exec redis-server /etc/redis/redis.conf --daemonize no"
    redis = Child("redis", [*OWN_MOUNTS, "sh", "-c", start], place)
    with running(redis.wait_ready(lambda: accepts(("127.0.0.1", port)))):
        wait_until((folder / "redis.pid").exists, "the pidfile")
        yield port


def test_redis_that_refuses_clients_is_named_by_its_file(place, watch):  # noqa: F811
    with redis_with_a_file(place, "maxclients 40") as port:
        watch.wait_ready()
        with clients(port, 80, b"PING\r\n") as connected:
            assert sum(client.recv(4) == b"-ERR" for client in connected) >= 40
            wait_until(lambda: names_connections(watch, "redis"), "the verdict")


def fill(port, megabytes):
    """The last answer of as many SETs of a megabyte."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        answers = client.makefile("rb")
        for number in range(megabytes):
            name = str(number).encode()
            client.sendall(b"*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n" % (len(name), name, 1 << 20) + b"x" * (1 << 20)
                           + b"\r\n")
            answer = answers.readline()
        return answer


@pytest.mark.parametrize("policy", ["noeviction", "allkeys-lru"])
def test_redis_at_maxmemory(place, watch, policy):  # noqa: F811
    """It refuses to write, or makes room as it shall."""
    with redis_with_a_file(place, "maxmemory 24mb", f"maxmemory-policy {policy}") as port:
        watch.wait_ready()
        with clients(port, 1):
            if policy == "noeviction":
                assert fill(port, 30).startswith(b"-OOM")
                wait_until(lambda: spots(watch, "maxmemory"), "the blind spot", 60)
                stays_uncertain(watch)
            else:
                assert fill(port, 30).startswith(b"+OK")
                watch.settle(8)
                assert not spots(watch, "maxmemory")


def test_a_role_of_postgres_with_a_limit_of_its_own(place, watch):  # noqa: F811
    """ALTER ROLE … CONNECTION LIMIT stands in a table that only a query shows."""
    with running(Postgres(place / "postgres", max_connections=30)) as postgres, ExitStack() as sessions:
        postgres.query("alter role app connection limit 3")
        for _ in range(3):
            sessions.callback(psycopg2.connect(postgres.dsn).close)

        def is_refused():
            try:
                psycopg2.connect(postgres.dsn).close()
            except psycopg2.OperationalError:
                return True
            return False

        watch.wait_ready()
        wait_until(lambda: is_clear(watch) and not spots(watch, "CONNECTION LIMIT"), "the first verdict")
        knocks = Knocking(is_refused, 60)
        try:
            wait_until(lambda: spots(watch, "CONNECTION LIMIT"), "the blind spot")
            stays_uncertain(watch)
        finally:
            knocks.stop()
            knocks.wait()
        assert knocks.refused > 20


@pytest.mark.parametrize("backlog", ["tells", "differs"])
def test_what_alter_system_may_have_set(home, place, backlog):  # noqa: F811
    """postgresql.auto.conf lies where Postgres alone may look. Up to version 15 the length of the accept queue shows the
    number of connections in force, by the other limits as they are by default."""
    if not is_root():
        pytest.skip("needs root to become another user")
    settings = {} if backlog == "tells" else {"max_worker_processes": 20}

    def start(programs, data):
        (place / "postgresql.conf").write_text((data / "postgresql.conf").read_text())
        (place / "postgresql.conf").chmod(0o644)
        return [programs / "postgres", "-D", data, "-c", f"config_file={place}/postgresql.conf"]

    with running(Postgres(place / "postgres", settings=settings, start=start)) as postgres:
        if int(postgres.query("show server_version_num")) >= 160000 and backlog == "tells":
            pytest.skip("PostgreSQL 16 and newer count otherwise")
        with psycopg2.connect(postgres.dsn), running(Tierwatch(home, user="nobody")) as watch:
            watch.wait_ready()
            wait_until(lambda: is_clear(watch), "the first verdict")
            if backlog == "differs":
                wait_until(lambda: spots(watch, "ALTER SYSTEM"), "the blind spot")
            else:
                watch.settle(8)
                assert not spots(watch, "ALTER SYSTEM") and not spots(watch, "connections it allows")


@contextmanager
def mariadb(place, connections):  # noqa: F811
    """Its own port, with an option file as an administrator writes it."""
    data, port, user = own_directory(place / "data", None), free_port(), ["--user=root"] if is_root() else []
    (place / "my.cnf").write_text(f"[mysqld]\nmax-connections = {connections}\nconnect_timeout = 600\n")
    subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db",
                    "--auth-root-authentication-method=normal", *user], check=True, capture_output=True, timeout=120)
    server = Child("mariadbd", ["mariadbd", f"--defaults-file={place}/my.cnf", *user, f"--datadir={data}",
                                f"--socket={place}/mysqld.sock", "--bind-address=127.0.0.1", f"--port={port}"], place)
    with running(server.wait_ready(lambda: accepts(("127.0.0.1", port)))):
        yield port


def is_turned_away(client):
    """By an error packet in place of the greeting."""
    return client.recv(5)[4:] == b"\xff"


def is_refused_by_mysql(port):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        return is_turned_away(client)


def test_mysql_that_refuses_clients_is_named(place, watch):  # noqa: F811
    with mariadb(place, 20) as port:
        watch.wait_ready()
        with clients(port, 2):
            wait_until(lambda: is_clear(watch) and not spots(watch, "max_connections"), "the limit to be read")
            with clients(port, 24) as connected:
                assert any(is_turned_away(client) for client in connected)
                knocks = Knocking(lambda: is_refused_by_mysql(port), 60)
                try:
                    wait_until(lambda: names_connections(watch, "mysql"), lambda: watch.snapshot()["verdict"])
                finally:
                    knocks.stop()
                    knocks.wait()
                # Nobody comes any more: those who are there need no more.
                wait_until(lambda: is_clear(watch), lambda: watch.snapshot()["verdict"])


def test_a_limit_of_mysql_that_was_set_since_it_started_is_not_certain(place, watch):  # noqa: F811
    with mariadb(place, 151) as port:
        watch.wait_ready()
        subprocess.run(["mariadb", f"--socket={place}/mysqld.sock", "-e", "set global max_connections = 12"], check=True)
        with clients(port, 2):
            wait_until(lambda: is_clear(watch) and not spots(watch, "max_connections"), "the limit to be read")
            with clients(port, 24) as connected:
                assert any(is_turned_away(client) for client in connected)
                wait_until(lambda: spots(watch, "max_connections"), "the blind spot")
                stays_uncertain(watch)


@contextmanager
def load_on(port, connections=20):
    load = Wrk(f"http://127.0.0.1:{port}/", connections, 100)
    try:
        yield
    finally:
        load.stop()
        load.wait()


def test_short_connections_of_a_server_of_root_are_known_for_its_own(place, watch):  # noqa: F811
    """Each request has one of its own, and root has many processes: nothing but descriptors tells whose it is."""
    if not is_root():
        pytest.skip("needs root to run HAProxy as root")
    upstream = free_port()
    slow = Child("slow", [sys.executable, APPS / "slow_web.py", upstream, 0.7], place)
    with running(slow.wait_ready(lambda: accepts(("127.0.0.1", upstream)))), running(
            Haproxy(place / "haproxy", upstream, server="maxconn 3\n  option http-server-close")) as haproxy:
        watch.wait_ready()
        with load_on(haproxy.port):
            wait_until(lambda: names_a_pool(watch, "haproxy"), "the verdict")


@pytest.mark.parametrize("proxy", ["haproxy", "nginx"])
def test_an_upstream_that_is_down_is_said(place, watch, proxy):  # noqa: F811
    """Which one it is no socket tells: a connection that is refused is gone at once."""
    upstream = free_port()
    server = (Haproxy(place / proxy, upstream) if proxy == "haproxy"
              else Nginx(place / proxy, f"proxy_pass http://127.0.0.1:{upstream};"))
    with running(server):
        watch.wait_ready()
        with load_on(server.port):
            def is_told():
                return any("that processes here open fail" in line for line in watch.snapshot()["verdict"]["evidence"])
            wait_until(is_told, "the evidence")


@pytest.mark.parametrize("sessions", ["at work", "idle"])
def test_a_pooler_that_sends_its_clients_away_one_at_a_time_is_named(place, watch, sessions):  # noqa: F811
    """Session pooling: a client keeps its connection to the database whether it asks for anything or not. Who finds none
    free waits for a second and is sent away, one at a time."""
    more = "pool_mode = session\nquery_wait_timeout = 1\n"
    with running(Postgres(place / "postgres")) as postgres, \
         running(Pgbouncer(place / "pgbouncer", postgres, most=4, port=free_port(), more=more)) as pooler:
        watch.wait_ready()
        kept = [Session(pooler.dsn, "select pg_sleep(60)" if sessions == "at work" else "select 1") for _ in range(4)]
        knocks = Knocking(lambda: is_sent_away(pooler.dsn), 60)
        try:
            wait_until(lambda: names_a_pool(watch, "pgbouncer"), "the verdict")
            said = "all 4 connections to postgres in use" if sessions == "at work" else "none of its 4 connections"
            assert said in watch.snapshot()["verdict"]["sentence"]
        finally:
            knocks.stop()
            knocks.wait()
            for session in kept:
                session.close()
        assert knocks.refused > 3


class Session:
    """One that stays, at work on `statement` or done with it."""

    def __init__(self, dsn, statement):
        self._connection = psycopg2.connect(dsn)
        self._thread = threading.Thread(target=self._ask, args=(statement,), daemon=True)
        self._thread.start()

    def _ask(self, statement):
        try:
            self._connection.cursor().execute(statement)
        except psycopg2.Error:
            pass  # it is closed while it waits

    def close(self):
        self._connection.cancel()
        self._thread.join(20)
        self._connection.close()


def is_sent_away(dsn):
    try:
        connection = psycopg2.connect(dsn)
        connection.cursor().execute("select 1")
        connection.close()
    except psycopg2.OperationalError:
        return True
    return False


HAPROXY = """
global
  maxconn 4
defaults
  mode http
  timeout connect 60s
  timeout client 60s
  timeout server 60s
listen web
  bind 127.0.0.1:{port} backlog 64
  server app 127.0.0.1:{upstream}
"""


def test_haproxy_of_which_nothing_is_seen_is_hardly_fine(home, place):  # noqa: F811
    """Root's, on a port that is not its usual one, with a file that only root may read: for nobody, its clients wait at a
    listener of somebody's."""
    if not is_root():
        pytest.skip("needs root to become another user")
    port, file = free_port(), place / "haproxy.cfg"
    with mute_server() as upstream:
        file.write_text(HAPROXY.format(port=port, upstream=upstream))
        file.chmod(0o600)
        haproxy = Child("haproxy", ["haproxy", "-W", "-db", "-f", file], place)
        with running(haproxy.wait_ready(lambda: accepts(("127.0.0.1", port)))), \
             running(Tierwatch(home, user="nobody", name="watch-haproxy")) as watch, clients(port, 12, REQUEST):
            watch.wait_ready()
            wait_until(lambda: spots(watch, f"accept queue of 127.0.0.1:{port}"), "the blind spot")
            assert spots(watch, "haproxy: which listeners")
            stays_a_guess(watch)
