# SPDX-License-Identifier: MIT
"""What Postgres was told by its environment, its image or its titles, and what of that can be read."""

import os
import sys
import threading
from pathlib import Path

import psycopg2
import pytest

from processes import OWN_MOUNTS, wait_until
from servers import Postgres
from test_settings import daemons, full_of, needs_root, running_daemons, unseen  # noqa: F401

IMAGE_DATA = "/var/lib/postgresql/18/docker"  # PGDATA of the official image since 18
SOMAXCONN = Path("/proc/sys/net/core/somaxconn")  # of the network namespace of these tests


def running(request, home, **options):
    postgres = Postgres(home / request.node.name, port=5432, **options)
    request.addfinalizer(postgres.stop)
    return postgres


def connect(postgres, request, number, **options):
    found = []
    for _ in range(number):
        found.append(psycopg2.connect(postgres.dsn, **options))
        request.addfinalizer(found[-1].close)
    return found


def refuse_more(postgres, request):
    """Somebody asks for one connection more, again and again."""
    over = threading.Event()

    def ask():
        while not over.wait(0.05):
            try:
                psycopg2.connect(postgres.dsn).close()
            except psycopg2.OperationalError:
                pass
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    request.addfinalizer(asking.join)
    request.addfinalizer(over.set)  # called first


@needs_root
def test_postgres_by_its_environment(home, daemons, isolated, request):
    """As in its container image: 17 of 17 connections, and others refused."""
    def by_environment(programs, data):
        return ["env", f"PGDATA={data}", programs / "postgres"]
    postgres = running(request, home, max_connections=20, start=by_environment)
    connect(postgres, request, 17)
    refuse_more(postgres, request)
    for daemon in daemons.values():  # for nobody, the listen backlog of Postgres 15 tells
        full_of(daemon, "postgres", "connections")


@pytest.fixture
def short_backlogs():
    """The backlog that Postgres asks for is cut to what the kernel allows: only its file has the limit."""
    before = SOMAXCONN.read_text()
    SOMAXCONN.write_text("16")
    yield
    SOMAXCONN.write_text(before)


@needs_root
def test_postgres_as_the_image_of_18_starts_it(home, daemons, isolated, short_backlogs, request):
    """A root of its own, with its data where the host has none, or another's."""
    image, data = home / "image", home / request.node.name / "data"
    image.mkdir()
    script = (f"mount --rbind / {image} && mount -t tmpfs none {image}/var/lib/postgresql && "
              f"mkdir -p {image}{IMAGE_DATA} && mount --bind {data} {image}{IMAGE_DATA} && "
              f'exec chroot {image} "$@"')
    postgres = running(request, home, max_connections=20, before=[*OWN_MOUNTS, "sh", "-c", script, "sh"],
                       start=lambda programs, _: ["env", f"PGDATA={IMAGE_DATA}", programs / "postgres"])
    connect(postgres, request, 17)
    refuse_more(postgres, request)
    full_of(daemons["root"], "postgres", "connections")
    unseen(daemons["nobody"], "how many connections it allows")


@needs_root
def test_postgres_whose_backlog_tells_nothing(home, daemons, isolated, short_backlogs, request):
    postgres = running(request, home, max_connections=20,
                       start=lambda programs, data: ["env", f"PGDATA={data}", programs / "postgres"])
    connect(postgres, request, 17)
    refuse_more(postgres, request)
    full_of(daemons["root"], "postgres", "connections")


def wait_for_one_row(postgres, request, number):
    """A connection that holds a row, and others that want it."""
    postgres.query("create table t as select 1 as n; grant all on t to app")
    holder, *others = connect(postgres, request, number + 1)
    holder.cursor().execute("update t set n = 2")
    for other in others:
        threading.Thread(target=want_row, args=[other], daemon=True).start()
    request.addfinalizer(postgres.stop)  # first of all: who waits cannot be closed
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
    wait_until(lambda: postgres.query(waiting) == str(number), "waiting backends")


def want_row(connection):
    try:
        connection.cursor().execute("update t set n = 3")
    except psycopg2.Error:
        pass  # the test is over


@needs_root
def test_backends_whose_titles_are_off_may_wait(home, daemons, isolated, request):
    postgres = running(request, home, settings={"update_process_title": "off"})
    wait_for_one_row(postgres, request, 12)
    for daemon in daemons.values():
        unseen(daemon, "update_process_title")


CUT = """import os, sys
os.chdir(os.path.dirname(sys.argv[2]))
os.execve(sys.argv[1], ["postgres", "-D", sys.argv[2]], {"PATH": os.path.dirname(sys.argv[1])})
"""


@needs_root
def test_titles_cut_short_hide_backends(home, daemons, isolated, request):
    def with_little_room(programs, data):
        return [sys.executable, "-c", CUT, programs / "postgres", data]
    postgres = running(request, home, start=with_little_room)
    role = "application_" * 5
    postgres.query(f"create role {role} login superuser")
    postgres.query(f"create database {role}")
    for _ in range(12):
        one = psycopg2.connect(f"host=127.0.0.1 port={postgres.port} user={role} dbname={role}")
        request.addfinalizer(one.close)
    for daemon in daemons.values():
        unseen(daemon, "whether it waits for locks or is out of connections is not seen")
