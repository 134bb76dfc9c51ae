# SPDX-License-Identifier: MIT
"""Debian's Apache with each of its MPMs: its processes have their roles, its workers a limit."""

import socket
from collections import Counter
from contextlib import ExitStack

import pytest

from daemon import Tierwatch, run, verdict_with
from processes import Child, accepts, account, descendants, free_port, is_root, own_directory

MODULES = "/usr/lib/apache2/modules"
WORKERS = 8

CONFIGURATION = """
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {home}/apache.pid
DefaultRuntimeDir {home}
ErrorLog {home}/error.log
DocumentRoot {home}/pages
KeepAliveTimeout 60
{user}
IncludeOptional mods-enabled/*.load
IncludeOptional mods-enabled/*.conf
<IfModule mod_cgid.c>
  ScriptSock {home}/cgid.sock
</IfModule>
ProxyPass /slow http://127.0.0.1:{backend}/
"""
POOLS = {"prefork": "StartServers 2\nMinSpareServers 1\nMaxSpareServers 2\n",
         "worker": "StartServers 1\nThreadsPerChild 4\nMinSpareThreads 1\nMaxSpareThreads 8\n",
         "event": "StartServers 1\nThreadsPerChild 4\nMinSpareThreads 1\nMaxSpareThreads 8\n"}


class Apache:
    """At most `workers` requests at a time; what asks for /slow gets no answer, or that of the port `upstream`."""

    def __init__(self, home, mpm, workers=WORKERS, upstream=None):
        user = account("www-data")
        own_directory(home, user)
        (home / "pages").mkdir()
        (home / "pages" / "index.html").write_text("a page")
        self.backend = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = 80 if is_root() else free_port()  # by which it is known without privilege
        modules = {f"mpm_{mpm}": f"mpm_{mpm}_module", "authz_core": "authz_core_module",
                   "dir": "dir_module", "proxy": "proxy_module", "proxy_http": "proxy_http_module"}
        if mpm != "prefork":
            modules["cgid"] = "cgid_module"
        enabled = home / "mods-enabled"
        enabled.mkdir()
        for file, name in modules.items():
            (enabled / f"{file}.load").write_text(f"LoadModule {name} {MODULES}/mod_{file}.so\n")
        other = "worker" if mpm == "prefork" else "prefork"
        (enabled / f"mpm_{mpm}.conf").write_text(
            f"<IfModule mpm_{mpm}_module>\n{POOLS[mpm]}MaxRequestWorkers {workers}\n</IfModule>\n"
            f"<IfModule mpm_{other}_module>\nMaxRequestWorkers 100\n</IfModule>\n")
        (home / "apache2.conf").write_text(CONFIGURATION.format(
            home=home, port=self.port, backend=upstream or self.backend.getsockname()[1],
            user=f"User {user.pw_name}\nGroup #{user.pw_gid}" if user else ""))
        self.child = Child("apache", ["apache2", "-d", home, "-DFOREGROUND", "-k", "start"], home)
        self.child.wait_ready(lambda: accepts(("127.0.0.1", self.port)))

    def ask(self, stack, how_many, page="/", wait=True):
        """Connections that stay."""
        for _ in range(how_many):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", self.port)))
            client.sendall(f"GET {page} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            if wait:
                client.settimeout(20)
                assert b"200 OK" in client.recv(4096)

    def stop(self):
        self.backend.close()
        self.child.stop()


@pytest.fixture(scope="module")
def daemons(home):
    """One that may look into every process, and one that may not."""
    both = [Tierwatch(home, name="root"), Tierwatch(home, user="nobody", name="nobody")]
    for daemon in both:
        daemon.wait_ready()
    yield both
    for daemon in both:
        daemon.stop()


@pytest.fixture(params=POOLS)
def mpm(request):
    return request.param


@pytest.fixture
def apache(home, mpm):
    server = Apache(home / mpm, mpm)
    yield server
    server.stop()


def roles_by_match(home, pids):
    done = run(home, "match")
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.split("\n\n")[0].splitlines()]
    return Counter(row[2] for row in rows
                   if row and row[0].isdigit() and int(row[0]) in pids and row[1] == "apache")


def test_its_workers_have_a_limit(home, mpm, apache, daemons, isolated):
    with ExitStack() as clients:
        apache.ask(clients, 1)
        for daemon in daemons:
            verdict_with(daemon, lambda said: said["state"] == "clear" and
                         not any("apache" in spot and "file" not in spot
                                 for spot in said["blind_spots"]), "clear while it is idle")
        roles = roles_by_match(home, descendants(apache.child.pid))
        assert roles["master"] == 1 and roles["worker"] >= 1
        assert (roles["cgid"] == 1) == (mpm != "prefork")
        assert sum(roles.values()) == len(descendants(apache.child.pid))
        if mpm == "event":
            idle_connections_hold_no_worker(apache, daemons)
        if mpm == "prefork":
            apache.ask(clients, WORKERS - 1)  # idle ones hold its workers
            apache.ask(clients, WORKERS, wait=False)
        else:
            apache.ask(clients, 2 * WORKERS, "/slow", wait=False)
        for daemon in daemons:
            verdict_with(daemon, lambda said: said["sentence"].startswith(
                f"apache is full: all {WORKERS} workers busy"), "all workers busy")


def has_free_workers(verdict):
    """All of them, as far as the window's mean has come down."""
    in_use = [one["used"] for one in verdict["saturations"]
              if (one["tier"], one["resource"]) == ("apache", "workers")]
    return verdict["state"] == "clear" and max(in_use, default=WORKERS) < 1


def idle_connections_hold_no_worker(apache, daemons):
    """Its listener keeps them, so that it has more of them than workers."""
    with ExitStack() as idle:
        apache.ask(idle, WORKERS + 1)
        for daemon in daemons:
            verdict_with(daemon, has_free_workers, "free workers")
