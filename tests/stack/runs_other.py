# SPDX-License-Identifier: MIT
"""Stacks that run out of one thing, only to be kept for tests/judge/ (scripts/accuracy --record): limits of connections,
other servers, several culprits. Each is followed by the same load with the one limit lifted."""

import socket

import psycopg2
import pytest

from loads import Knocking, Paced, Poisson, Together, Wrk
from processes import Child, accepts
from servers import Gunicorn, Haproxy, Nginx, Node, Pgbouncer, Redis
from test_apache import POOLS, Apache
from test_whole_stacks import (APPS, MAIL_PORT, NODE_PORT, SLOW_PORT, calm, cleanup, more_workers,  # noqa: F401
                               page, place, script, started, watchers, web_stack)

pytestmark = pytest.mark.usefixtures("isolated")
PORT = 8080


def load_on(port, connections, path="/"):
    return lambda seconds: Wrk(f"http://127.0.0.1:{port}{path}", connections, seconds)


# ---- limits of connections

def test_redis_refuses_clients(place, cleanup, kept_run):  # noqa: F811
    redis = started(cleanup, Redis(place / "redis", ["--maxclients", "40"], port=6379))
    for _ in range(40):
        client = cleanup.enter_context(socket.create_connection(("127.0.0.1", redis.port)))
        client.sendall(b"PING\r\n")
        client.recv(7)

    def is_refused():
        with socket.create_connection(("127.0.0.1", redis.port)) as client:
            client.sendall(b"PING\r\n")
            return client.recv(4) == b"-ERR"

    with kept_run("Redis refuses clients", "redis connections", path=["redis"],
                  helps=["raise its limit of connections"], made_on="Redis") as run:
        knocks = run.load(lambda seconds: Knocking(is_refused, seconds))
    run.counted("refused", knocks.refused)


def test_postgres_refuses_clients(place, cleanup, kept_run):  # noqa: F811
    stack = web_stack(cleanup, place, postgres={"max_connections": 20}, uwsgi={"processes": 2})
    for _ in range(17):
        cleanup.callback(psycopg2.connect(stack.postgres.dsn).close)

    def is_refused():
        try:
            psycopg2.connect(stack.postgres.dsn).close()
        except psycopg2.OperationalError:
            return True
        return False

    with kept_run("Postgres refuses clients", "postgres connections", path=["postgres"],
                  helps=["raise its limit of connections"]) as run:
        knocks = run.load(lambda seconds: Knocking(is_refused, seconds))
    run.counted("refused", knocks.refused)


def test_haproxy_takes_no_more_clients(place, cleanup, kept_run):  # noqa: F811
    slow = script(cleanup, place, "apps/slow_web.py", SLOW_PORT, 0.2)
    proxy = started(cleanup, Haproxy(place / "haproxy", slow, port=PORT, globally="maxconn 10"))
    with kept_run("HAProxy takes no more clients", "haproxy connections", helps=["raise its limit of connections"],
                  path=["haproxy"], made_on="HAProxy → a slow server") as run:
        run.load(load_on(PORT, 40))
    proxy.stop()
    started(cleanup, Haproxy(place / "haproxy2", slow, port=PORT))
    run.relief(load_on(PORT, 40))


def test_haproxy_lets_its_server_have_no_more(place, cleanup, kept_run):  # noqa: F811
    slow = script(cleanup, place, "apps/slow_web.py", SLOW_PORT, 0.2)
    proxy = started(cleanup, Haproxy(place / "haproxy", slow, port=PORT, server="maxconn 4"))
    with kept_run("HAProxy lets its server have no more", "haproxy pool", helps=["a larger pool"],
                  path=["haproxy", f"127.0.0.1:{slow}"], made_on="HAProxy → a slow server") as run:
        run.load(load_on(PORT, 24))
    proxy.stop()
    started(cleanup, Haproxy(place / "haproxy2", slow, port=PORT))
    run.relief(load_on(PORT, 24))


def test_nginx_without_a_place_for_connections(place, cleanup, kept_run):  # noqa: F811
    slow = script(cleanup, place, "apps/slow_web.py", SLOW_PORT, 0.3)

    def nginx(name, connections):
        return started(cleanup, Nginx(place / name, f"proxy_pass http://127.0.0.1:{slow};", workers=1, port=80,
                                      connections=connections))

    small = nginx("nginx", 64)
    with kept_run("nginx has no place for connections", "nginx connections", path=["nginx"],
                  helps=["raise its limit of connections"], made_on="nginx → a slow server") as run:
        run.load(load_on(80, 60))
    small.stop()
    nginx("nginx2", 512)
    run.relief(load_on(80, 60))


# ---- other servers

@pytest.mark.parametrize("mpm", POOLS)
def test_apache(place, cleanup, kept_run, mpm):  # noqa: F811
    slow = script(cleanup, place, "apps/slow_web.py", SLOW_PORT, 0.3)
    small = started(cleanup, Apache(place / "apache", mpm, upstream=slow))
    with kept_run(f"Apache with the {mpm} MPM", "apache workers", path=["apache", f"127.0.0.1:{slow}"],
                  waiting_on=f"127.0.0.1:{slow}", helps=["more workers"], made_on="Apache → a slow server") as run:
        run.load(load_on(small.port, 24, "/slow/"))
    small.stop()
    large = started(cleanup, Apache(place / "apache2", mpm, upstream=slow, workers=24))
    run.relief(load_on(large.port, 24, "/slow/"))


def test_gunicorn_with_threads(place, cleanup, kept_run):  # noqa: F811
    mail = script(cleanup, place, "mail_server.py", MAIL_PORT, 0.3)
    env = {"APP_REDIS_PORT": "1", "APP_MAIL": f"127.0.0.1:{mail}"}
    small = started(cleanup, Gunicorn(place / "gunicorn", APPS, processes=1, threads=8, env=env))
    with kept_run("gunicorn with threads and slow mail", "gunicorn workers", waiting_on=f"127.0.0.1:{mail}",
                  path=["gunicorn", f"127.0.0.1:{mail}"], helps=["more workers"], made_on="gunicorn") as run:
        run.load(load_on(8000, 32, "/mail"))
    small.stop()
    started(cleanup, Gunicorn(place / "gunicorn2", APPS, processes=1, threads=32, env=env))
    run.relief(load_on(8000, 32, "/mail"))


def test_one_event_loop(place, cleanup, kept_run):  # noqa: F811
    """It spins for each request; two of them are twice as fast."""
    program = place / "spin.js"
    program.write_text(
        "require('http').createServer((request, response) => {\n"
        "  const end = process.cpuUsage().user + 10000;\n"
        "  while (process.cpuUsage().user < end);\n"
        "  response.end('x');\n"
        "}).listen(process.argv[2], '127.0.0.1', 511);\n")

    def node(port):
        child = started(cleanup, Child(f"node-{port}", ["node", program, port], place))
        return child.wait_ready(lambda: accepts(("127.0.0.1", port)))

    node(NODE_PORT)
    with kept_run("one event loop computes", "node thread", path=["node"], helps=["several of it"],
                  made_on="node") as run:
        run.load(load_on(NODE_PORT, 16))
    if run.is_kept:
        node(NODE_PORT + 1)
        run.relief(lambda seconds: Together(*(
            Wrk(f"http://127.0.0.1:{port}/", 8, seconds) for port in (NODE_PORT, NODE_PORT + 1)), added=True))


# ---- several culprits, of which one holds the others up

def two_sites(place, cleanup, first, second, env):  # noqa: F811
    """Two applications that know nothing of each other."""
    return [started(cleanup, Gunicorn(place / f"gunicorn-{port}", APPS, processes=processes, port=port, env=env))
            for port, processes in ((8000, first), (8001, second))]


def test_one_site_waits_beside_one_that_works(place, cleanup, kept_run):  # noqa: F811
    mail = script(cleanup, place, "mail_server.py", MAIL_PORT, 0.3)
    env = {"APP_REDIS_PORT": "1", "APP_MAIL": f"127.0.0.1:{mail}"}
    waits, _ = two_sites(place, cleanup, 4, 3, env)

    def load(seconds):
        return Together(Wrk("http://127.0.0.1:8000/mail", 16, seconds),
                        Poisson("http://127.0.0.1:8001/cpu/10", 20, seconds))

    with kept_run("one site waits beside one that works", "gunicorn workers", waiting_on=f"127.0.0.1:{mail}",
                  path=["gunicorn", f"127.0.0.1:{mail}"], helps=["more workers"], made_on="two gunicorns") as run:
        run.load(load)
    waits.stop()
    started(cleanup, Gunicorn(place / "gunicorn-16", APPS, processes=16, port=8000, env=env))
    run.relief(load)


def test_a_lock_behind_a_pooler_of_connections(place, cleanup, kept_run):  # noqa: F811
    stack = web_stack(cleanup, place, uwsgi={"processes": 8})
    stack.postgres.query("create table counters (id int primary key, n int); insert into counters values (1, 0); "
                         "grant all on counters to app")
    pooler = started(cleanup, Pgbouncer(place / "pgbouncer", stack.postgres, most=8))
    more_workers(stack, place, 8, APP_DATABASE=pooler.dsn)
    with kept_run("a lock behind a pooler", "postgres lock", helps=["shorter transactions"],
                  path=["nginx", "uwsgi", "pgbouncer", "postgres"],
                  made_on="nginx → uWSGI → PgBouncer → Postgres") as run:
        run.load(page(stack, "/locked-row/30", 12))
    run.relief(page(stack, "/locked-row/10", 12))


def test_slow_queries_behind_a_large_pooler(place, cleanup, kept_run):  # noqa: F811
    """Everybody has a connection: the application's workers are what there is too little of."""
    stack = web_stack(cleanup, place, uwsgi={"processes": 4})
    pooler = started(cleanup, Pgbouncer(place / "pgbouncer", stack.postgres, most=30))
    more_workers(stack, place, 4, APP_DATABASE=pooler.dsn)
    with kept_run("slow queries behind a large pooler", "uwsgi workers", waiting_on="postgres",
                  path=["nginx", "uwsgi", "pgbouncer", "postgres"], helps=["more workers"],
                  made_on="nginx → uWSGI → PgBouncer → Postgres") as run:
        run.load(page(stack, "/sleeping-query/300", 16))
    more_workers(stack, place, 16, APP_DATABASE=pooler.dsn)
    run.relief(page(stack, "/sleeping-query/300", 16))


def test_two_kinds_of_requests(place, cleanup, kept_run):  # noqa: F811
    """Three quarters of the load wait for mail, one asks the database: the workers are held by the first."""
    mail = script(cleanup, place, "mail_server.py", MAIL_PORT, 0.5)
    env = {"APP_MAIL": f"127.0.0.1:{mail}"}
    stack = web_stack(cleanup, place, uwsgi={"processes": 4, "env": env})

    def load(seconds):
        return Together(Wrk(stack.nginx.url + "/mail", 12, seconds), Wrk(stack.nginx.url + "/", 4, seconds))

    with kept_run("two kinds of requests", "uwsgi workers", waiting_on=f"127.0.0.1:{mail}",
                  path=["nginx", "uwsgi", f"127.0.0.1:{mail}"], helps=["more workers"]) as run:
        run.load(load)
    more_workers(stack, place, 16, **env)
    run.relief(load)


def test_node_before_a_small_pool(place, cleanup, kept_run):  # noqa: F811
    """node asks a gunicorn of two workers, which wait for mail: node passes on."""
    mail = script(cleanup, place, "mail_server.py", MAIL_PORT, 0.3)
    env = {"APP_REDIS_PORT": "1", "APP_MAIL": f"127.0.0.1:{mail}"}
    small = started(cleanup, Gunicorn(place / "gunicorn", APPS, processes=2, port=8000, env=env))
    node = started(cleanup, Node(place / "node", APPS, 8000, port=NODE_PORT))
    with kept_run("node before a small pool", "gunicorn workers", waiting_on=f"127.0.0.1:{mail}",
                  path=["node", "gunicorn", f"127.0.0.1:{mail}"], helps=["more workers"],
                  made_on="node → gunicorn") as run:
        run.load(load_on(node.port, 12, "/mail"))
    small.stop()
    started(cleanup, Gunicorn(place / "gunicorn2", APPS, processes=12, port=8000, env=env))
    run.relief(load_on(node.port, 12, "/mail"))


def test_a_quota_beside_a_little_mail(place, cleanup, kept_run):  # noqa: F811
    """Some requests wait for mail, but the quota of the application is what is used up."""
    mail = script(cleanup, place, "mail_server.py", MAIL_PORT, 0.3)
    stack = web_stack(cleanup, place, uwsgi={"processes": 8, "env": {"APP_MAIL": f"127.0.0.1:{mail}"}})
    if not stack.cgroups:
        pytest.skip("no control groups here")
    stack.cgroups["uwsgi"].limit_cpu(0.5)

    def load(seconds):
        return Together(Wrk(stack.nginx.url + "/cpu/20", 12, seconds), Paced(stack.nginx.url + "/mail", 2, seconds))

    with kept_run("a quota beside a little mail", "uwsgi quota", path=["nginx", "uwsgi"],
                  helps=["raise its CPU quota"]) as run:
        run.load(load)
    stack.cgroups["uwsgi"].limit_cpu(2)
    run.relief(load)
