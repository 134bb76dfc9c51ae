# SPDX-License-Identifier: MIT
"""Healthy stacks, only to be kept for tests/judge/ (scripts/accuracy --record): whatever is named here is a false
alarm. That all that is asked for is answered in time proves it."""

import socket
import subprocess

import pytest

from loads import Bursts, Paced, Poisson, Program, Together
from servers import Gunicorn, Node
from test_whole_stacks import (APPS, MAIL_PORT, NODE_PORT, SLOW_PORT, calm, cleanup, place,  # noqa: F401
                               script, started, watchers, web_stack)

pytestmark = pytest.mark.usefixtures("isolated")
FOUR = {"uwsgi": {"processes": 4}}


def url_of(stack, path="/"):
    return stack.nginx.url + path


def healthy(kept_run, name, start, **more):
    with kept_run(name, "clear", **more) as run:
        run.load(start)
    run.kept_up()


def test_poisson(place, cleanup, kept_run):  # noqa: F811
    stack = web_stack(cleanup, place, **FOUR)
    healthy(kept_run, "requests at random moments", lambda seconds: Poisson(url_of(stack), 20, seconds))


def test_bursts(place, cleanup, kept_run):  # noqa: F811
    stack = web_stack(cleanup, place, **FOUR)
    healthy(kept_run, "a burst of 12 every two seconds",
            lambda seconds: Bursts(url_of(stack, "/cpu/5"), 12, 2, seconds))


def test_waiting_requests(place, cleanup, kept_run):  # noqa: F811
    """Half of the workers wait, none for long."""
    mail = script(cleanup, place, "mail_server.py", MAIL_PORT, 0.3)
    stack = web_stack(cleanup, place, uwsgi={"processes": 8, "env": {"APP_MAIL": f"127.0.0.1:{mail}"}})
    healthy(kept_run, "half of the workers wait for mail",
            lambda seconds: Poisson(url_of(stack, "/mail"), 12, seconds))


def test_keep_alive(place, cleanup, kept_run):  # noqa: F811
    stack = web_stack(cleanup, place, **FOUR)
    for _ in range(100):
        client = cleanup.enter_context(socket.create_connection(("127.0.0.1", stack.nginx.port)))
        client.sendall(b"GET /cpu/1 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(4096)
    healthy(kept_run, "100 idle clients", lambda seconds: Poisson(url_of(stack), 10, seconds))


def test_cron_job(place, cleanup, kept_run):  # noqa: F811
    """A job of a second's CPU time every five, beside requests."""
    stack = web_stack(cleanup, place, **FOUR)
    job = "while :; do sleep 4; timeout 1 sh -c 'while :; do :; done'; done"
    healthy(kept_run, "a cron job every five seconds", lambda seconds: Together(
        Poisson(url_of(stack), 10, seconds), Program("timeout", seconds, "sh", "-c", job)))


def test_backup(place, cleanup, kept_run):  # noqa: F811
    """A dump of the database, compressed, again and again: a core of it, no tier's."""
    stack = web_stack(cleanup, place, **FOUR)
    stack.postgres.query("create table big as select n, md5(n::text) from generate_series(1, 300000) n")
    dsn = stack.postgres.dsn.replace("user=app", "user=postgres")
    job = f"while :; do pg_dump '{dsn}' | gzip -9 > {place}/dump.gz; sleep 1; done"
    healthy(kept_run, "a backup of the database", lambda seconds: Together(
        Poisson(url_of(stack), 10, seconds), Program("timeout", seconds, "sh", "-c", job)))


def test_idle(place, cleanup, kept_run):  # noqa: F811
    stack = web_stack(cleanup, place, **FOUR)
    healthy(kept_run, "hardly any request", lambda seconds: Poisson(url_of(stack), 0.5, seconds))


def test_two_applications(place, cleanup, kept_run):  # noqa: F811
    env = {"APP_REDIS_PORT": "1"}
    for port in (8000, 8001):
        started(cleanup, Gunicorn(place / f"gunicorn-{port}", APPS, processes=3, port=port, env=env))
    healthy(kept_run, "two applications", lambda seconds: Together(
        Poisson("http://127.0.0.1:8000/cpu/10", 15, seconds), Paced("http://127.0.0.1:8001/cpu/5", 5, seconds)),
        made_on="two gunicorns")


def test_event_loop(place, cleanup, kept_run):  # noqa: F811
    """Many requests under way in a loop that does little: they wait for another."""
    slow = script(cleanup, place, "apps/slow_web.py", SLOW_PORT, 0.5)
    node = started(cleanup, Node(place / "node", APPS, slow, port=NODE_PORT))
    healthy(kept_run, "an event loop whose requests wait",
            lambda seconds: Poisson(f"http://127.0.0.1:{node.port}/", 30, seconds), made_on="node → a slow server")


def test_a_save_of_the_cache(place, cleanup, kept_run):  # noqa: F811
    """Its child fills a core for a while, requests go on."""
    stack = web_stack(cleanup, place, **FOUR)
    cli = ["redis-cli", "-p", str(stack.redis.port)]
    subprocess.run([*cli, "debug", "populate", "300000", "k", "100"], check=True, stdout=subprocess.DEVNULL)
    job = f"while :; do {' '.join(cli)} bgsave > /dev/null; sleep 3; done"
    healthy(kept_run, "saves of the cache", lambda seconds: Together(
        Poisson(url_of(stack), 10, seconds), Program("timeout", seconds, "sh", "-c", job)))
