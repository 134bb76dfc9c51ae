# SPDX-License-Identifier: MIT
"""Statements and waits of a real Postgres, read from outside, beside what the server says itself."""

import json
import os
import re
import subprocess
import time
from pathlib import Path

import psycopg2
import pytest

from conftest import needs_root
from daemon import run
from processes import Child, wait_until
from servers import Postgres

pytestmark = needs_root  # the server has a user of its own

LOOKER = Path(os.environ["TIERWATCH_BUILD"]) / "tests/stack/look_at_backends"
CONFIG = "[[tier]]\nname = 'db'\npreset = 'postgres'\n"


class Looker:
    """One look at a moment of our choice: {pid: (wait class, activity, blocker, statement)}."""

    def __init__(self):
        self._child = subprocess.Popen([LOOKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                       errors="replace")

    def __call__(self, pids):
        self._child.stdin.write(" ".join(map(str, pids)) + "\n")
        self._child.stdin.flush()
        seen = {}
        while (line := self._child.stdout.readline()) not in ("\n", ""):
            pid, *rest = line.rstrip("\n").split("\t", 4)
            seen[int(pid)] = tuple(rest)
        return seen

    def close(self):
        self._child.stdin.close()
        self._child.wait()


@pytest.fixture(scope="module")
def postgres(home):
    server = Postgres(home / "postgres", max_connections=20)
    server.query("create table stock(id int primary key, n int); insert into stock select i, 0 from "
                 "generate_series(1, 20) i; grant all on stock to app")
    yield server
    server.stop()


@pytest.fixture
def looker():
    looker = Looker()
    yield looker
    looker.close()


@pytest.fixture
def clients(postgres):
    """Connections, each with what it is at; all end with the test."""
    open_ones = []

    def connect(statement=None, commit=True):
        connection = psycopg2.connect(postgres.dsn)
        connection.autocommit = commit
        open_ones.append(connection)
        if statement:
            connection.cursor().execute(statement)
        return connection
    yield connect
    for connection in open_ones:
        connection.cancel()
        connection.close()


def background(postgres, *statements):
    """psql, whose last statement does not end by itself."""
    argv = [postgres._programs / "psql", "-XAtq", postgres.dsn]
    for statement in statements:
        argv += ["-c", statement]
    return subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


ACTIVITY = """select pid, query, coalesce(wait_event_type, ''), state, query_start, state_change, xact_start
from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"""


@pytest.mark.parametrize("protocol", ("simple", "extended", "prepared"))
def test_text_and_wait_are_those_of_pg_stat_activity(home, postgres, looker, protocol):
    script = home / "work.sql"
    script.write_text("\\set id random(1, 20)\nselect pg_sleep(0.003) /* größe */;\n"
                      "begin;\nupdate stock set n = n + 1 where id = :id;\nselect sum(n) from stock;\n"
                      "commit;\nselect count(*) from generate_series(1, 20000) s(i) where i % 7 = :id;\n")
    load = Child("pgbench", ["pgbench", "-n", "-M", protocol, "-c", "6", "-T", "60", "-f", script,
                             f"host=127.0.0.1 port={postgres.port} user=app dbname=postgres"], home)
    watcher = psycopg2.connect(postgres.dsn.replace("user=app", "user=postgres"))
    watcher.autocommit = True
    cursor = watcher.cursor()

    def says():
        cursor.execute(ACTIVITY)
        return {row[0]: row[1:] for row in cursor.fetchall()}
    try:
        wait_until(lambda: len(says()) == 6, "six backends")
        looks = equal = active = 0
        wrong = []
        deadline = time.monotonic() + 45
        while looks < 1000 and time.monotonic() < deadline:
            before = says()
            seen = looker(before)
            after = says()
            for pid, row in before.items():
                if after.get(pid) != row or pid not in seen:
                    continue  # it went on meanwhile: there is no one instant
                query, wait, state = row[:3]
                if state != "active":
                    continue
                looks += 1
                if seen[pid][0] == wait and seen[pid][3] == query:
                    equal += 1
                else:
                    wrong.append((row, seen[pid]))
        print(f"{protocol}: {equal} of {looks} equal", wrong[:5])
        assert looks >= 300
        assert equal >= 0.99 * looks, wrong[:10]
    finally:
        watcher.close()
        load.stop()


def test_locks_name_who_holds_them_and_who_is_idle(home, postgres, looker, clients):
    holder = clients(commit=False)
    holder.cursor().execute("update stock set n = n + 1 where id = 1")
    waiting = [background(postgres, "update stock set n = 4711 where id = 1") for _ in range(3)]
    idle = clients("select 'done'")
    sql = "select pid from pg_stat_activity where wait_event_type = 'Lock'"
    try:
        wait_until(lambda: len((postgres.query(sql) or "").split()) == 3, "three that wait")
        blocked = list(map(int, postgres.query(sql).split()))
        pids = [*blocked, holder.info.backend_pid, idle.info.backend_pid]
        looker(pids)
        seen = looker(pids)
        for pid in blocked:
            assert seen[pid] == ("Lock", "waiting", str(holder.info.backend_pid),
                                 "update stock set n = 4711 where id = 1")
        assert seen[holder.info.backend_pid][1] == "idle-in-transaction"
        assert seen[holder.info.backend_pid][3] == "update stock set n = n + 1 where id = 1"
        assert seen[idle.info.backend_pid][1] == "idle"
        config = home / "db.toml"
        config.write_text(CONFIG)
        done = run(home, "inside", "db", "--standalone", "--config", config, "--for", "1s", "--json", seconds=60)
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        row = answer["statements"][0]
        assert row["statement"] == "update stock set n = ? where id = ?"
        assert row["ratio"] == pytest.approx(0.75, abs=0.02)
        assert row["held_up_by"][0]["pid"] == holder.info.backend_pid
        assert row["held_up_by"][0]["idle_in_transaction"] is True
        assert {wait["class"] for wait in row["waits"]} == {"Lock"}
        assert {wait["event"] for wait in row["waits"]} == {"transactionid", "tuple"}
        assert "4711" not in done.stdout
    finally:
        for one in waiting:
            one.kill()
            one.wait()


def test_it_works_with_no_slot_left_and_hides_values(home, postgres):
    config = home / "db.toml"
    config.write_text(CONFIG)
    others = "select count(*) from pg_stat_activity where usename = 'app'"
    wait_until(lambda: postgres.query(others) == "0", "clients of other tests to end")
    sleeping = others + " and wait_event = 'PgSleep'"
    busy = []
    try:
        while len(busy) < 17:  # one after the other: who counts them takes a slot, too
            busy.append(background(postgres, f"select pg_sleep(600), 'secret{len(busy)}'"))

            def all_sleep():
                if busy[-1].poll() is not None:  # refused: who counted before had not left yet
                    busy[-1] = background(postgres, f"select pg_sleep(600), 'secret{len(busy) - 1}'")
                return postgres.query(sleeping) == str(len(busy))
            wait_until(all_sleep, f"{len(busy)} sleepers", seconds=60)
        with pytest.raises(psycopg2.OperationalError, match="connection slots"):
            psycopg2.connect(postgres.dsn).close()
        done = run(home, "inside", "db", "--standalone", "--config", config, "--for", "1s", seconds=60)
        assert done.returncode == 0, done.stderr
        wait = re.search(r" in select pg_sleep\(\?\), \?, waiting for Timeout( PgSleep)? 100 % of that", done.stdout)
        assert wait and (wait[1] or "(version 15)" not in done.stdout), done.stdout
        assert "secret" not in done.stdout
        shown = run(home, "inside", "db", "--standalone", "--config", config, "--for", "1s", "--literals", "--json",
                    seconds=60)
        assert "pg_sleep(600), 'secret16'" in shown.stdout
    finally:
        for one in busy:
            one.kill()
            one.wait()


def test_without_the_right_it_says_which(home, postgres):
    config = home / "db.toml"
    config.write_text(CONFIG)
    done = run(home, "inside", "db", "--standalone", "--config", config, user="games", seconds=60)
    assert done.returncode == 1 and done.stdout == ""
    assert "postgres" in done.stderr and "CAP_SYS_PTRACE" in done.stderr
