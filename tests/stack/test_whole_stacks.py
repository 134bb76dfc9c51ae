# SPDX-License-Identifier: MIT
"""Stacks of other kinds than nginx → uWSGI → Postgres: two hops, pools of connections, work in the
background, idle connections, limits that nobody asks for. One daemon as root, one as nobody."""

import itertools
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from daemon import Tierwatch, verdict_with
from debian_layout import debian_stack
from judge_runs import FOLDER
from loads import Paced, Poisson, Program, Together, Wrk
from processes import Child, accepts, wait_until
from scenarios import burners
from servers import Gunicorn, Node, Pgbouncer
from verdict_watch import said
from web_stack import APPS

MAIL_PORT, SLOW_PORT, NODE_PORT = 2525, 2600, 3000
USERS = {"root": None, "nobody": "nobody"}
numbers = itertools.count(1)
pytestmark = pytest.mark.usefixtures("isolated")


@pytest.fixture(scope="module")
def watchers(home):
    daemons = {name: Tierwatch(home, interval="500ms", user=user, name=name).wait_ready()
               for name, user in USERS.items()}
    yield daemons
    for daemon in daemons.values():
        daemon.stop()


@pytest.fixture(autouse=True)
def calm(watchers):
    """What the test before filled is over."""
    for daemon in watchers.values():
        wait_until(lambda daemon=daemon: said(verdicts(daemon)) in (None, "unknown"), "calm", 30)


@pytest.fixture
def place(home):
    """A folder with a short name: a socket's path has at most 107 bytes."""
    path = home / f"stack-{next(numbers)}"
    path.mkdir()
    path.chmod(0o755)
    return path


@pytest.fixture
def cleanup():
    with ExitStack() as stack:
        yield stack


def started(cleanup, server):
    cleanup.callback(server.stop)
    return server


def script(cleanup, place, name, port, *arguments):
    """A server of ours that no tier knows."""
    child = started(cleanup, Child(Path(name).stem, [sys.executable, Path(__file__).parent / name,
                                                     port, *arguments], place))
    child.wait_ready(lambda: accepts(("127.0.0.1", port)))
    return port


def web_stack(cleanup, place, **options):
    stack = debian_stack(place, **options)
    cleanup.callback(stack.close)
    return stack


def page(stack, path, connections):
    return lambda seconds: Wrk(stack.nginx.url + path, connections, seconds)


def more_workers(stack, place, processes, **env):
    """uWSGI anew, with that environment beside the stack's own."""
    stack.uwsgi.stop()
    stack.uwsgi.__init__(place / "uwsgi2", place / "apps", processes=processes, socket=stack.uwsgi.socket, env={
        "APP_DATABASE": stack.postgres.dsn, "APP_REDIS_PORT": str(stack.redis.port), **env})


def verdicts(daemon):
    return daemon.snapshot()["verdict"]


def named_within(daemon, expected, waiting_on=None, seconds=15):
    """The verdict, once it names that, and the address or tier that is waited for."""
    def right():
        verdict = verdicts(daemon)
        waiting = verdict["waiting_on"] or {}
        return said(verdict) == expected and (
            waiting_on in (None, waiting.get("address"), waiting.get("tier"))) and verdict
    return wait_until(right, lambda: f"{expected}: {verdicts(daemon)}", seconds)


def stays_clear(daemons, seconds=10):
    """Names nothing for so long, once it is sure that nothing is full."""
    for daemon in daemons.values():
        wait_until(lambda daemon=daemon: said(verdicts(daemon)) is None, "clear")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for name, daemon in daemons.items():
            verdict = verdicts(daemon)
            assert said(verdict) is None, (name, verdict["sentence"], verdict["evidence"])
        time.sleep(0.25)


def steps(verdict):
    return [step["name"] for step in verdict["path"]]


def test_held_by_something_two_hops_away(watchers, place, cleanup, kept_run):
    slow = script(cleanup, place, "apps/slow_web.py", SLOW_PORT, 0.3)
    node = started(cleanup, Node(place / "node", APPS, slow, port=NODE_PORT))
    stack = web_stack(cleanup, place, uwsgi={
        "processes": 4, "env": {"APP_SERVICE": f"http://127.0.0.1:{node.port}/"}})
    way = ["nginx", "uwsgi", "node", f"127.0.0.1:{slow}"]
    with kept_run("held by something two hops away", "uwsgi workers", path=way, waiting_on=way[-1],
                  helps=["more workers"], made_on="nginx → uWSGI → node → a slow server") as run:
        run.load(page(stack, "/service", 12))
        for daemon in watchers.values():
            verdict = named_within(daemon, ("uwsgi", "workers"), way[-1])
            assert verdict["waiting_on"]["through"] == ["node"]
            assert steps(verdict) == way
    if FOLDER:
        more_workers(stack, place, 12, APP_SERVICE=f"http://127.0.0.1:{node.port}/")
    run.relief(page(stack, "/service", 12))


def test_the_pool_of_a_pooler(watchers, place, cleanup, kept_run):
    stack = web_stack(cleanup, place, uwsgi={"processes": 12})
    pooler = started(cleanup, Pgbouncer(place / "pgbouncer", stack.postgres, most=4))
    more_workers(stack, place, 12, APP_DATABASE=pooler.dsn)
    way = ["nginx", "uwsgi", "pgbouncer", "postgres"]
    with kept_run("the pool of a pooler", "pgbouncer pool", path=way, helps=["a larger pool"],
                  made_on="nginx → uWSGI → PgBouncer → Postgres") as run:
        run.load(page(stack, "/sleeping-query/300", 24))
        for daemon in watchers.values():
            verdict = named_within(daemon, ("pgbouncer", "pool"))
            assert "all 4 connections to postgres in use (its pool)" in verdict["sentence"]
            assert steps(verdict) == way
    if FOLDER:
        pooler.stop()
        started(cleanup, Pgbouncer(place / "pgbouncer2", stack.postgres, most=12))
        more_workers(stack, place, 12, APP_DATABASE=pooler.dsn)  # with connections to it
    run.relief(page(stack, "/sleeping-query/300", 24))


def test_the_pool_of_an_application(watchers, place, cleanup, kept_run):
    slow = script(cleanup, place, "apps/slow_web.py", SLOW_PORT, 0.2)
    node = started(cleanup, Node(place / "node", APPS, slow, most=4, port=NODE_PORT))
    url = f"http://127.0.0.1:{node.port}/"
    with kept_run("the pool of an application", "node pool", path=["node", f"127.0.0.1:{slow}"],
                  helps=["a larger pool"], made_on="node → a slow server") as run:
        run.load(lambda seconds: Wrk(url, 16, seconds))
        for daemon in watchers.values():
            verdict = named_within(daemon, ("node", "pool"))
            assert f"all 4 connections to 127.0.0.1:{slow} in use" in verdict["sentence"]
    if FOLDER:
        node.stop()
        started(cleanup, Node(place / "node2", APPS, slow, most=16, port=NODE_PORT))
    run.relief(lambda seconds: Wrk(url, 16, seconds))


def test_background_work_is_not_what_requests_wait_for(watchers, place, cleanup, kept_run):
    """A helper thread in each worker that waits for jobs: neither a worker nor a wait."""
    mail = script(cleanup, place, "mail_server.py", MAIL_PORT, 0.4)
    stack = web_stack(cleanup, place, uwsgi={
        "processes": 4, "options": ("--enable-threads",),
        "env": {"APP_MAIL": f"127.0.0.1:{mail}", "APP_HELPER_THREAD": "1"}})
    Wrk(stack.nginx.url + "/cpu/1", 8, 1).wait()  # each has started its helper
    stays_clear(watchers, 6)
    with kept_run("background work beside slow mail", "uwsgi workers", waiting_on=f"127.0.0.1:{mail}",
                  path=["nginx", "uwsgi", f"127.0.0.1:{mail}"], helps=["more workers"]) as run:
        run.load(page(stack, "/mail", 12))
        for daemon in watchers.values():
            verdict = named_within(daemon, ("uwsgi", "workers"), f"127.0.0.1:{mail}")
            assert "all 4 workers busy" in verdict["sentence"]
    if FOLDER:
        more_workers(stack, place, 12, APP_MAIL=f"127.0.0.1:{mail}")
    run.relief(page(stack, "/mail", 12))


def test_kept_connections_without_requests_hold_no_worker(watchers, place, cleanup, kept_run):
    """A gunicorn of four threads with many idle connections, and a few requests."""
    started(cleanup, Gunicorn(place / "gunicorn", APPS, processes=1, threads=4, port=8000,
                              options=("--keep-alive", "75"), env={"APP_REDIS_PORT": "1"}))
    for _ in range(20):
        client = cleanup.enter_context(socket.create_connection(("127.0.0.1", 8000)))
        client.sendall(b"GET /cpu/1 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(4096)
    with kept_run("idle connections", "clear", made_on="gunicorn with 4 threads") as run:
        run.load(lambda seconds: Paced("http://127.0.0.1:8000/cpu/5", 10, seconds), 10)
        stays_clear(watchers)
    run.kept_up(10)


def test_one_of_two_servers_of_a_tier(watchers, place, cleanup, kept_run):
    """The workers of one wait for mail, the other is idle. Who may read descriptors tells which."""
    mail = script(cleanup, place, "mail_server.py", MAIL_PORT, 0.4)
    env = {"APP_REDIS_PORT": "1", "APP_MAIL": f"127.0.0.1:{mail}"}
    for port in (8000, 8001):
        busy = started(cleanup, Gunicorn(place / f"gunicorn-{port}", APPS, processes=4, port=port, env=env))
    with kept_run("one of two servers of a tier", "gunicorn workers", waiting_on=f"127.0.0.1:{mail}",
                  path=["gunicorn", f"127.0.0.1:{mail}"], helps=["more workers"], made_on="two gunicorns") as run:
        run.load(lambda seconds: Wrk("http://127.0.0.1:8001/mail", 12, seconds))
        for name, daemon in watchers.items():
            verdict = named_within(daemon, ("gunicorn", "workers"), f"127.0.0.1:{mail}")
            if name == "root":
                assert verdict["instance"] == "port 8001", verdict
                full = "gunicorn (port 8001) is full: all 4 workers busy"
                verdict_with(daemon, lambda verdict: full in verdict["sentence"], full)
    if FOLDER:
        busy.stop()
        started(cleanup, Gunicorn(place / "gunicorn-12", APPS, processes=12, port=8001, env=env))
    run.relief(lambda seconds: Wrk("http://127.0.0.1:8001/mail", 12, seconds))


def test_a_session_that_waits_for_a_lock_alone(watchers, place, cleanup, kept_run):
    """Nobody else wants the lock: requests go on."""
    stack = web_stack(cleanup, place, uwsgi={"processes": 4})
    stack.postgres.query("create table ledger (n int); insert into ledger values (1)")
    psql = ["psql", "-XAtq", stack.postgres.dsn.replace("user=app", "user=postgres")]
    holder = subprocess.Popen(psql, stdin=subprocess.PIPE, text=True)
    holder.stdin.write("begin; lock table ledger;\n")
    holder.stdin.flush()
    wait_until(lambda: stack.postgres.query(
        "select count(*) from pg_locks where relation = 'ledger'::regclass") != "0", "the lock")
    waiter = subprocess.Popen([*psql, "-c", "update ledger set n = 2"], stdin=subprocess.DEVNULL)
    with kept_run("a session that waits for a lock alone", "clear") as run:
        run.load(lambda seconds: Paced(stack.nginx.url + "/", 20, seconds), 11)
        stays_clear(watchers)
    run.kept_up(20)
    assert run.rate > 18
    holder.communicate("commit;\n")
    waiter.wait()


def test_a_limit_of_connections_that_nobody_asks_beyond(watchers, place, cleanup, kept_run):
    """Every connection is taken, none refused: the application's CPU is full."""
    stack = web_stack(cleanup, place, uwsgi={"processes": 4}, postgres={"max_connections": 20})
    Wrk(stack.nginx.url + "/working-query/10", 8, 1).wait()  # one each
    def taken():  # a parallel worker is no connection
        return int(stack.postgres.query("select count(*) from pg_stat_activity where usename = 'app'"
                                        " and backend_type = 'client backend'"))
    def one_more():  # refused while the superuser's own session, which asked, still ends
        before = taken()
        session = started(cleanup, Child("psql", ["psql", "-XAtq", stack.postgres.dsn, "-c", "select pg_sleep(60)"],
                                         place))
        wait_until(lambda: taken() > before or not session.running(), "one more connection, or its refusal")

    wait_until(lambda: taken() == 17 or one_more(), "17 connections")
    with kept_run("a limit of connections that nobody asks beyond", "uwsgi cpu", path=["nginx", "uwsgi"],
                  helps=["cheaper requests"]) as run:
        run.load(page(stack, "/cpu/20", 12))
        for daemon in watchers.values():
            named_within(daemon, ("uwsgi", "cpu"))
    run.relief(page(stack, "/cpu/10", 12))


def test_a_cache_that_fills_its_memory_on_purpose(watchers, place, cleanup, kept_run):
    stack = web_stack(cleanup, place, redis={"settings": ("--maxmemory", "95mb")})
    if not stack.cgroups:
        pytest.skip("no control groups here")
    stack.cgroups["redis"].limit_memory(100 << 20)
    subprocess.run(["redis-cli", "-p", str(stack.redis.port), "debug", "populate", "900", "k",
                    "100000"], check=True, stdout=subprocess.DEVNULL)
    with kept_run("a cache that fills its memory on purpose", "clear") as run:
        run.load(lambda seconds: Paced(stack.nginx.url + "/", 20, seconds), 10)
        stays_clear(watchers)
    run.kept_up(20)


def test_a_busy_program_beside_the_one_that_all_wait_for(watchers, place, cleanup, kept_run):
    """A batch fills a core of its own; requests wait for mail."""
    mail = script(cleanup, place, "mail_server.py", MAIL_PORT, 0.4)
    stack = web_stack(cleanup, place, uwsgi={
        "processes": 4, "env": {"APP_MAIL": f"127.0.0.1:{mail}"}})
    subprocess.run(["redis-cli", "-p", str(stack.redis.port), "ping"], check=True,
                   stdout=subprocess.DEVNULL)
    def load(seconds):
        batch = Program("timeout", seconds + 2, "redis-benchmark", "-p", stack.redis.port, "-c", 4, "-n",
                        10**8, "-q", "-t", "ping_mbulk")
        return Together(Wrk(stack.nginx.url + "/mail", 12, seconds), batch)

    with kept_run("a busy program beside the one that all wait for", "uwsgi workers", helps=["more workers"],
                  path=["nginx", "uwsgi", f"127.0.0.1:{mail}"], waiting_on=f"127.0.0.1:{mail}") as run:
        run.load(load)
        for daemon in watchers.values():
            named_within(daemon, ("uwsgi", "workers"), f"127.0.0.1:{mail}")
    if FOLDER:
        more_workers(stack, place, 12, APP_MAIL=f"127.0.0.1:{mail}")
    run.relief(load)


def test_strangers_starve_the_database(watchers, place, cleanup, kept_run):
    """Its backends get no CPU; the workers only wait for them."""
    stack = web_stack(cleanup, place, uwsgi={"processes": 6})

    def load(seconds):
        return Together(Wrk(stack.nginx.url + "/working-query/100000", 12, seconds), *burners(8, seconds, "setsid"))

    with kept_run("strangers starve the database", "other cpu", helps=["less of sh"]) as run:
        run.load(load)
        for daemon in watchers.values():
            verdict = named_within(daemon, ("other", "cpu"))
            assert "postgres waits for a cpu" in verdict["sentence"], verdict
    run.relief(page(stack, "/working-query/100000", 12))


QUEUE_INSIDE = """
const waiting = [];
let free = 2;
function next() {
  if (free === 0 || waiting.length === 0) return;
  free--;
  const answer = waiting.shift();
  setTimeout(() => { answer.end('x'); free++; next(); }, 100);
}
require('http').createServer((_, answer) => { waiting.push(answer); next(); }).listen(process.argv[2], '127.0.0.1');
"""


def test_requests_that_wait_inside_an_event_loop_are_a_blind_spot(watchers, place, cleanup):
    """Two at a time are worked on, by its own choice."""
    program = place / "queue.js"
    program.write_text(QUEUE_INSIDE)
    node = started(cleanup, Child("node", ["node", program, NODE_PORT], place))
    node.wait_ready(lambda: accepts(("127.0.0.1", NODE_PORT)))
    load = started(cleanup, Wrk(f"http://127.0.0.1:{NODE_PORT}/", 16, 20))
    spot = "node: what many of its requests wait for is not seen"

    def is_said(daemon):
        verdict = verdicts(daemon)
        return said(verdict) is None and verdict["confidence"] == "medium" and any(
            one.startswith(spot) for one in verdict["blind_spots"])
    for daemon in watchers.values():
        wait_until(lambda daemon=daemon: is_said(daemon), lambda daemon=daemon: f"{spot}: {verdicts(daemon)}")
    load.stop()


def test_one_worker_at_half_of_its_time(watchers, place, cleanup, kept_run):
    """Somebody waits now and then, by chance."""
    stack = web_stack(cleanup, place, uwsgi={"processes": 1})
    with kept_run("one worker at half of its time", "clear") as run:
        run.load(lambda seconds: Poisson(stack.nginx.url + "/sleeping-query/50", 11, seconds), 14)
        stays_clear(watchers, 13)
    run.kept_up()
