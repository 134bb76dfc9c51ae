# SPDX-License-Identifier: MIT
"""Limits that lie between servers, or around several: clients that read slowly, a quota that is shared, connections of
which nobody's user tells whose they are. Seen by root and by nobody."""

import pytest

import cgroup
from loads import Together, Wrk, slow_readers
from processes import wait_until
from scenarios import burners
from servers import Gunicorn, Haproxy, Nginx
from test_whole_stacks import (APPS, MAIL_PORT, calm, cleanup, named_within, place, script, started,  # noqa: F401
                               steps, watchers)

pytestmark = pytest.mark.usefixtures("isolated")
PORT = 8000


def gunicorn(cleanup, place, processes=3, **options):  # noqa: F811
    env = {"APP_REDIS_PORT": "1", "APP_MAIL": f"127.0.0.1:{MAIL_PORT}"}
    return started(cleanup, Gunicorn(place / "gunicorn", APPS, processes=processes, port=PORT, env=env, **options))


def test_clients_that_read_slowly_hold_workers(watchers, place, cleanup, kept_run):  # noqa: F811
    gunicorn(cleanup, place)

    def load(port):
        return lambda seconds: Together(Wrk(f"http://127.0.0.1:{port}/cpu/1", 4, seconds),
                                        slow_readers(port, "/big/6", 4, seconds))

    with kept_run("clients that read slowly hold workers", "gunicorn workers", waiting_on="clients",
                  path=["gunicorn", "clients"], helps=["a proxy before it"], made_on="gunicorn") as run:
        run.load(load(PORT))
        for daemon in watchers.values():
            verdict = named_within(daemon, ("gunicorn", "workers"), "clients")
            assert "waiting on slow clients" in verdict["sentence"]
            assert steps(verdict) == ["gunicorn", "clients"]
    nginx = started(cleanup, Nginx(place / "nginx", f"proxy_pass http://127.0.0.1:{PORT};"))
    run.relief(load(nginx.port))


class SharedQuota:
    """A control group with a quota, and two below it."""

    def __init__(self, name, cores):
        tree = cgroup.trees()["cpu"]
        if cgroup.is_unified():
            (tree / "cgroup.subtree_control").write_text("+cpu")
        self.top = tree / f"tierwatch-test-{name}"
        self.below = [self.top / part for part in ("app", "batch")]
        for path in (self.top, *self.below):
            path.mkdir(exist_ok=True)
        self.allow(cores)

    def allow(self, cores):
        quota = int(cores * 100_000)
        if cgroup.is_unified():
            (self.top / "cpu.max").write_text(f"{quota} 100000")
        else:
            (self.top / "cpu.cfs_quota_us").write_text(str(quota))

    def entry_of(self, number):
        return ["sh", "-c", 'echo 0 > "$0/cgroup.procs"; exec "$@"', str(self.below[number])]

    def close(self):
        for path in (*self.below, self.top):
            wait_until(lambda path=path: cgroup.removed(path), f"{path} to be empty", 5)


def test_a_quota_that_another_program_uses_up_as_well(watchers, place, cleanup, kept_run):  # noqa: F811
    if not cgroup.available():
        pytest.skip("needs control groups")
    shared = SharedQuota(place.name, 0.3)
    cleanup.callback(shared.close)
    gunicorn(cleanup, place, before=shared.entry_of(0))

    def load(seconds):
        return Together(Wrk(f"http://127.0.0.1:{PORT}/cpu/10", 10, seconds),
                        *burners(1, seconds, *shared.entry_of(1)))

    with kept_run("a quota that another program uses up as well", "gunicorn quota", path=["gunicorn"],
                  helps=["raise its CPU quota"], made_on="gunicorn") as run:
        run.load(load)
        for daemon in watchers.values():
            assert "(quota 0.3 core)" in named_within(daemon, ("gunicorn", "quota"))["sentence"]
    shared.allow(2)
    run.relief(load)


def test_workers_behind_a_proxy_of_which_several_may_be_the_client(watchers, place, cleanup, kept_run):  # noqa: F811
    """nginx and gunicorn run under one user: what nginx waits for is not gunicorn's."""
    mail = script(cleanup, place, "mail_server.py", MAIL_PORT, 0.5)
    small = gunicorn(cleanup, place, 4)
    proxy = started(cleanup, Haproxy(place / "haproxy", PORT))
    nginx = started(cleanup, Nginx(place / "nginx", f"proxy_pass http://127.0.0.1:{proxy.port};"))
    way = ["nginx", "haproxy", "gunicorn", f"127.0.0.1:{mail}"]
    with kept_run("workers wait behind two proxies", "gunicorn workers", waiting_on=way[-1], path=way,
                  helps=["more workers"], made_on="nginx → HAProxy → gunicorn") as run:
        run.load(lambda seconds: Wrk(nginx.url + "/mail", 12, seconds))
        for name, daemon in watchers.items():
            verdict = named_within(daemon, ("gunicorn", "workers"), way[-1])
            assert name != "root" or steps(verdict) == way
    small.stop()
    gunicorn(cleanup, place, 12)
    run.relief(lambda seconds: Wrk(nginx.url + "/mail", 12, seconds))
