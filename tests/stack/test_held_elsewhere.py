# SPDX-License-Identifier: MIT
"""What holds requests where little shows it: the disk under a server with threads, lookups of names, files that do not
fit into a memory limit. Seen by root and by nobody."""

import os
import socket
import subprocess
import threading
import time
from contextlib import contextmanager

import pytest

import cgroup
from loads import Wrk
from processes import OWN_MOUNTS, Child, accepts, is_root, own_directory
from servers import Gunicorn
from test_whole_stacks import (APPS, calm, cleanup, named_within, place, started, steps, watchers)  # noqa: F401

pytestmark = [pytest.mark.usefixtures("isolated"),
              pytest.mark.skipif(not is_root(), reason="needs root for mounts and control groups")]
PORT, MYSQL_PORT = 8000, 3306
NAMES = "127.0.0.53"


def gunicorn(cleanup, place, processes=4, env=None, **options):  # noqa: F811
    return started(cleanup, Gunicorn(place / "gunicorn", APPS, processes=processes, port=PORT, app="held:app",
                                     env={"PYTHONDONTWRITEBYTECODE": "1", **(env or {})}, **options))


def page(path, connections=12):
    return lambda seconds: Wrk(f"http://127.0.0.1:{PORT}{path}", connections, seconds)


def group_of(cleanup, name):
    if not cgroup.available():
        pytest.skip("needs control groups")
    group = cgroup.ControlGroup(name)
    cleanup.callback(group.close)
    return group


def mariadb(cleanup, place, group):  # noqa: F811
    data, socket_file = own_directory(place / "data", None), place / "mysqld.sock"
    subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db", "--user=root",
                    "--auth-root-authentication-method=normal"], check=True, capture_output=True, timeout=120)
    server = started(cleanup, Child("mariadbd", [
        "mariadbd", "--no-defaults", "--user=root", f"--datadir={data}", f"--socket={socket_file}",
        "--bind-address=127.0.0.1", f"--port={MYSQL_PORT}"], place, cgroup=group))
    server.wait_ready(lambda: accepts(("127.0.0.1", MYSQL_PORT)))
    subprocess.run(["mariadb", f"--socket={socket_file}", "-e",
                    "create database shop; create table shop.orders (id int auto_increment primary key, n int);"
                    "create user app@'127.0.0.1' identified by ''; grant all on shop.* to app@'127.0.0.1'"], check=True)


def test_a_slow_disk_under_a_server_with_threads(watchers, place, cleanup, kept_run):  # noqa: F811
    """One thread after the other writes, the rest wait for it; the main thread only sleeps."""
    disk = cgroup.disk_of(place)
    if not disk:
        pytest.skip("needs a disk that a control group can slow down")
    group = group_of(cleanup, "mariadb")
    mariadb(cleanup, place, group)
    gunicorn(cleanup, place, 8, {"HELD_MYSQL_PORT": str(MYSQL_PORT)})
    group.limit_writes(20, disk)
    with kept_run("a slow disk under a server with threads", "mysql disk", path=["gunicorn", "mysql"],
                  helps=["a faster disk"], made_on="gunicorn → MariaDB") as run:
        run.load(page("/stored", 16))
        for daemon in watchers.values():
            verdict = named_within(daemon, ("mysql", "disk"))
            assert "busy threads wait for a disk" in verdict["sentence"]
            assert steps(verdict) == ["gunicorn", "mysql"]
    group.limit_writes(0, disk)  # no limit
    run.relief(page("/stored", 16))


@contextmanager
def name_server(seconds):
    """Knows no name, and takes its time to say so."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((NAMES, 53))

        def answer(question, client):
            time.sleep(seconds[0])
            server.sendto(question[:2] + b"\x81\x83" + question[4:6] + bytes(6) + question[12:], client)

        def serve():
            while True:
                try:
                    question, client = server.recvfrom(2048)
                except OSError:
                    return
                threading.Thread(target=answer, args=(question, client), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield


def test_lookups_of_names(watchers, place, cleanup, kept_run):  # noqa: F811
    (place / "resolv.conf").write_text(f"nameserver {NAMES}\n")
    seconds = [0.4]
    cleanup.enter_context(name_server(seconds))
    gunicorn(cleanup, place, before=[*OWN_MOUNTS, "sh", "-c",
                                     f'mount --bind {place}/resolv.conf /etc/resolv.conf && exec "$@"', "sh"])
    with kept_run("lookups of names", "gunicorn workers", path=["gunicorn", f"{NAMES}:53"], waiting_on=f"{NAMES}:53",
                  helps=["faster answers"], made_on="gunicorn → a name server") as run:
        run.load(page("/name"))
        for daemon in watchers.values():
            verdict = named_within(daemon, ("gunicorn", "workers"), f"{NAMES}:53")
            assert steps(verdict) == ["gunicorn", f"{NAMES}:53"]
    seconds[0] = 0.1
    run.relief(page("/name"))


def test_files_that_do_not_fit_into_a_memory_limit(watchers, place, cleanup, kept_run):  # noqa: F811
    group = group_of(cleanup, "files")
    file = place / "large"
    with open(file, "wb") as large:
        for _ in range(300):
            large.write(os.urandom(1 << 20))
        large.flush()
        os.fsync(large.fileno())
        os.posix_fadvise(large.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # else it is cached, and charged to us
    gunicorn(cleanup, place, 4, {"HELD_FILE": str(file)}, cgroup=group)
    group.limit_memory(150 << 20)
    with kept_run("files that do not fit into a memory limit", "gunicorn memory", path=["gunicorn"],
                  helps=["raise its memory limit"], made_on="gunicorn") as run:
        run.load(page("/files"))
        for daemon in watchers.values():
            verdict = named_within(daemon, ("gunicorn", "memory"))
            assert "beside cached files that do not fit" in verdict["sentence"]
    group.limit_memory(1 << 30)
    run.relief(page("/files"))
