# SPDX-License-Identifier: MIT
"""Servers with a fixed number of threads, and with connections to another server that these share: which of the two there
is too little of. Seen by root and by nobody."""

import sys

import pytest

from daemon import Tierwatch
from loads import Wrk
from processes import Child, accepts, account, own_directory
from test_whole_stacks import (APPS, SLOW_PORT, USERS, calm, cleanup, named_within, place, script, started,  # noqa: F401
                               steps)

pytestmark = pytest.mark.usefixtures("isolated")
PORT, VARNISH_PORT = 8080, 6081
SHOP = """
[[tier]]
preset = "varnish"
[[tier]]
name = "shop"
match = [{cmdline = "thread_pool[.]py"}]
listen = ["tcp:8080"]
roles = [{name = "main", kind = "threaded"}]
"""


@pytest.fixture(scope="module")
def watchers(home):
    daemons = {name: Tierwatch(home, SHOP, interval="500ms", user=user, name=name).wait_ready()
               for name, user in USERS.items()}
    yield daemons
    for daemon in daemons.values():
        daemon.stop()


def shop(cleanup, place, threads, connections):  # noqa: F811
    user = account("www-data")
    folder = own_directory(place / f"shop-{threads}-{connections}", user)
    argv = [sys.executable, APPS / "thread_pool.py", PORT, threads, connections, SLOW_PORT]
    server = started(cleanup, Child("shop", argv, folder, user=user))
    return server.wait_ready(lambda: accepts(("127.0.0.1", PORT)))


def load(seconds):
    return Wrk(f"http://127.0.0.1:{PORT}/", 40, seconds)


def test_threads_that_share_few_connections(watchers, place, cleanup, kept_run):  # noqa: F811
    """None of them is free, and more of them would only wait for these connections as well."""
    slow = script(cleanup, place, "apps/slow_web.py", SLOW_PORT, 0.2)
    small = shop(cleanup, place, 12, 4)
    way = ["shop", f"127.0.0.1:{slow}"]
    with kept_run("threads that share few connections", "shop pool", path=way, helps=["a larger pool"],
                  made_on="a server with 12 threads → a slow server") as run:
        run.load(load)
        for daemon in watchers.values():
            verdict = named_within(daemon, ("shop", "pool"))
            assert f"all 4 connections to {way[-1]} in use (its pool)" in verdict["sentence"]
            assert steps(verdict) == way
    small.stop()
    shop(cleanup, place, 12, 12)
    run.relief(load)


def test_few_threads(watchers, place, cleanup, kept_run):  # noqa: F811
    """There are more connections than threads that could use them."""
    slow = script(cleanup, place, "apps/slow_web.py", SLOW_PORT, 0.2)
    small = shop(cleanup, place, 4, 20)
    way = ["shop", f"127.0.0.1:{slow}"]
    with kept_run("few threads", "shop workers", path=way, waiting_on=way[-1], helps=["more workers"],
                  made_on="a server with 4 threads → a slow server") as run:
        run.load(load)
        for daemon in watchers.values():
            assert "no thread of it is free" in named_within(daemon, ("shop", "workers"), way[-1])["sentence"]
    small.stop()
    shop(cleanup, place, 16, 20)
    run.relief(load)


def varnish(cleanup, place, name, threads):  # noqa: F811
    folder = own_directory(place / name, None)
    (folder / "shop.vcl").write_text(f'''vcl 4.0;
backend shop {{ .host = "127.0.0.1"; .port = "{SLOW_PORT}"; }}
sub vcl_recv {{ return (pass); }}
''')
    limits = ["thread_pools=1", f"thread_pool_min={threads}", f"thread_pool_max={threads}", "thread_pool_reserve=1"]
    server = started(cleanup, Child("varnish", [
        "varnishd", "-F", "-a", f"127.0.0.1:{VARNISH_PORT}", "-f", folder / "shop.vcl", "-n", folder / "n", "-s", "malloc,16m",
        *(part for limit in limits for part in ("-p", limit))], folder))
    return server.wait_ready(lambda: accepts(("127.0.0.1", VARNISH_PORT)))


def test_threads_that_wait_for_others_that_fetch(watchers, place, cleanup, kept_run):  # noqa: F811
    """Varnish fetches in a thread of its own for each request: the connections in use are as many as these."""
    script(cleanup, place, "apps/slow_web.py", SLOW_PORT, 0.3)
    small = varnish(cleanup, place, "small", 10)

    def load(seconds):
        return Wrk(f"http://127.0.0.1:{VARNISH_PORT}/", 40, seconds)

    with kept_run("few threads of Varnish", "varnish workers", path=["varnish"], helps=["more workers"],
                  made_on="Varnish → a slow server") as run:
        run.load(load)
        for daemon in watchers.values():
            named_within(daemon, ("varnish", "workers"))
    small.stop()
    varnish(cleanup, place, "large", 100)
    run.relief(load)
