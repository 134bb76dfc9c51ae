# SPDX-License-Identifier: MIT
"""What servers set themselves, in files that their titles name: read where that is safe, and where
it was not read, that is said."""

import os
import select
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from daemon import Tierwatch, verdict_with
from processes import OWN_MOUNTS, Child, accepts, account, is_root, own_directory, wait_until


def pretender(home, name, path, user="nobody"):
    """A program of any user whose title looks like that of a php-fpm that was given `path`."""
    directory = own_directory(home / name, None)
    directory.chmod(0o777)
    program = directory / "php-fpm8.2"
    shutil.copy(shutil.which("sleep"), program)
    script = f'exec -a "php-fpm: master process ({path})" {program} 1000'
    return Child(name, ["bash", "-c", script], directory, user=account(user))


def make_fifo(path):
    os.mkfifo(path, 0o666)
    return path


def make_snake(path):
    """Each reading asks for two more."""
    path.write_text(f"[www]\npm.max_children = 1\ninclude={path}\ninclude={path}\n" * 20)
    path.chmod(0o644)
    return path


FOREIGN_FILES = {
    "a fifo": lambda home: make_fifo(home / "fifo"),
    "a device without end": lambda home: "/dev/zero",
    "a terminal": lambda home: "/dev/tty",
    "a text of the kernel": lambda home: "/proc/kmsg",
    "a file that includes itself": lambda home: make_snake(home / "snake.conf"),
    "a directory": lambda home: home,
}


@pytest.mark.parametrize("who", ["root", "nobody"])
def test_a_title_makes_the_daemon_open_nothing_strange(home, who):
    """It becomes ready, goes on sampling, and ends when it is asked to."""
    if who == "nobody" and not is_root():
        pytest.skip("needs root to become another user")
    (home / who).mkdir()
    pretenders = [pretender(home, f"{who}-{i}", make(home / who))
                  for i, make in enumerate(FOREIGN_FILES.values())]
    daemon = Tierwatch(home, user=None if who == "root" else who, name=f"tw-{who}").wait_ready()
    try:
        daemon.settle(8)
        assert daemon.metrics().sum("tierwatch_tier_processes", tier="php-fpm") == len(pretenders)
        assert daemon.stop() == 0
    finally:
        daemon.stop()
        for one in pretenders:
            one.stop()


needs_root = pytest.mark.skipif(not is_root(), reason="needs root to become other users")


@pytest.fixture
def daemons(running_daemons):
    """Those that have forgotten the servers of the test before."""
    for daemon in running_daemons.values():
        verdict_with(daemon, lambda verdict: verdict["state"] != "saturated" and not verdict["blind_spots"], "calm")
    return running_daemons


@pytest.fixture(scope="module")
def running_daemons(home):
    """One that may look into every process, and one that may not."""
    both = {"root": Tierwatch(home, name="root"),
            "nobody": Tierwatch(home, user="nobody", name="nobody")}
    for daemon in both.values():
        daemon.wait_ready()
    yield both
    for daemon in both.values():
        daemon.stop()


def full_of(daemon, tier, resource):
    return verdict_with(daemon, lambda verdict: (verdict.get("tier"), verdict.get("resource")) ==
                        (tier, resource), f"{tier} full of {resource}")


def unseen(daemon, text):
    """Nothing is full as far as is seen; and what is not seen is said."""
    verdict = verdict_with(daemon, lambda verdict: verdict["state"] == "clear" and any(
        text in spot for spot in verdict["blind_spots"]), f"a blind spot: {text}")
    assert verdict["confidence"] != "high"


CONFIGURATION = """
user www-data;
worker_processes 1;
pid {home}/nginx.pid;
error_log {home}/error.log;
{events}
http {{
  access_log off;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
  server {{
    listen 127.0.0.1:80;
    location / {{ proxy_pass http://127.0.0.1:{upstream}; }}
  }}
}}
"""
def titles():
    """Of all processes of this namespace."""
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield file.read_text(errors="replace")
        except OSError:
            pass  # it ended


EVENTS = "events { worker_connections 64; }"


class HungNginx:
    """One worker that may hold 64 connections, before an application that never answers. `start`
    gives its command line, and the file that it reads."""

    def __init__(self, home, start, events=EVENTS):
        own_directory(home, account("www-data"))
        self.application = socket.create_server(("127.0.0.1", 0), backlog=1024)
        argv, conf = start(home)
        conf.parent.mkdir(parents=True, exist_ok=True)
        conf.write_text(CONFIGURATION.format(
            home=home, events=events, upstream=self.application.getsockname()[1]))
        self.clients = []
        self.child = Child("nginx", [*argv, "-g", "daemon off;"], home)
        self.child.wait_ready(lambda: accepts(("127.0.0.1", 80)))

    def ask(self, requests):
        """Each holds two connections: the client's, and the application's."""
        for _ in range(requests):
            client = socket.create_connection(("127.0.0.1", 80))
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            self.clients.append(client)
        return self

    def reload(self):
        """Returns when a new worker accepts and the old one only finishes what it has."""
        before = self.workers("is shutting down")
        self.child.signal(signal.SIGHUP)
        wait_until(lambda: self.workers("is shutting down") == before + 1 and self.workers("") == before + 2,
                   "a reload")

    def has_refused(self):
        """Nobody is ever answered: what a client gets is an error, or the end."""
        return select.select(self.clients, [], [], 0)[0]

    def workers(self, ending):
        """Of this namespace."""
        return sum("nginx: worker process" in title and ending in title for title in titles())

    def stop(self):
        for one in (*self.clients, self.application):
            one.close()
        self.child.stop()


def below_a_prefix(home):
    prefix = home / "app"
    return ["nginx", "-p", prefix, "-c", "conf/my.conf"], prefix / "conf" / "my.conf"


def by_a_path(home):
    return ["nginx", "-c", home / "nginx.conf"], home / "nginx.conf"


def in_a_container(home):
    """Another file where the host has one of the same path."""
    root, conf = home / "root", home / "conf" / "nginx.conf"
    root.mkdir()
    script = (f"mount --rbind / {root} && mount -t tmpfs none {root}/etc/nginx && "
              f"cp {conf} {root}/etc/nginx/ && exec chroot {root} nginx \"$@\"")
    return [*OWN_MOUNTS, "sh", "-c", script, "sh"], conf


def hung(home, request, start, events=EVENTS):
    nginx = HungNginx(home / request.node.name, start, events)
    request.addfinalizer(nginx.stop)
    return nginx


@needs_root
def test_nginx_below_a_prefix_is_read(home, daemons, isolated, request):
    hung(home, request, below_a_prefix).ask(40)
    for daemon in daemons.values():
        full_of(daemon, "nginx", "connections")


@pytest.fixture
def as_built_from_source(isolated):
    """Debian's nginx with its built-in prefix and path as in a build of its own, below which OpenResty lies, too."""
    program = Path("/usr/sbin/nginx").read_bytes()
    for ours, theirs in ((b"/etc/nginx/nginx.conf\0", b"conf/nginx.conf\0"), (b"/usr/share/nginx/\0", b"/usr/local/nginx/\0")):
        assert program.count(ours) == 1
        program = program.replace(ours, theirs.ljust(len(ours), b"\0"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "none", "/usr/local"], check=True)
    built = Path("/usr/local/nginx/sbin/nginx")
    built.parent.mkdir(parents=True)
    built.write_bytes(program)
    built.chmod(0o755)
    yield built
    subprocess.run(["umount", "--lazy", "/usr/local"], check=True)


@needs_root
def test_nginx_that_is_told_nothing_is_read_where_it_was_built_for(home, daemons, as_built_from_source, request):
    def start(_):
        return [as_built_from_source], Path("/usr/local/nginx/conf/nginx.conf")
    hung(home, request, start).ask(40)
    for daemon in daemons.values():
        full_of(daemon, "nginx", "connections")


@needs_root
def test_events_in_an_included_file_are_read(home, daemons, isolated, request):
    folder = home / request.node.name
    own_directory(folder, None)
    (folder / "events.conf").write_text(EVENTS)
    hung(home, request, by_a_path, "include events.conf;").ask(40)
    for daemon in daemons.values():
        full_of(daemon, "nginx", "connections")


@needs_root
def test_an_include_that_is_not_read_is_said(home, daemons, isolated, request):
    """The program's own user may read all; the file belongs to a third."""
    folder = home / request.node.name
    own_directory(folder, None)
    (folder / "events.conf").write_text(EVENTS)
    os.chown(folder / "events.conf", account("nobody").pw_uid, -1)
    hung(home, request, by_a_path, "include events.conf;").ask(40)
    for daemon in daemons.values():
        unseen(daemon, "worker_connections")


@needs_root
def test_workers_that_shut_down_are_no_room(home, daemons, isolated, request):
    """After each reload the worker before only finishes what it has: three of four have no room."""
    nginx = hung(home, request, by_a_path)
    for _ in range(3):
        nginx.ask(20).reload()
    nginx.ask(40)  # the only one that accepts may hold 64 connections, so it refuses some
    wait_until(nginx.has_refused, "a client that is refused")
    for name, daemon in daemons.items():
        verdict_with(daemon, is_no_all_clear, f"doubt as {name}")
        daemon.settle(20)  # the window holds nothing from before
        for _ in range(5):
            daemon.settle(1)
            verdict = daemon.snapshot()["verdict"]
            assert is_no_all_clear(verdict), f"{name}: {verdict}"


def is_no_all_clear(verdict):
    full = (verdict.get("tier"), verdict.get("resource")) == ("nginx", "connections")
    return full or any("worker_connections" in spot for spot in verdict["blind_spots"])


@needs_root
def test_the_hosts_file_is_not_taken_for_a_containers(home, daemons, isolated, request):
    assert "worker_connections 768" in open("/etc/nginx/nginx.conf").read()
    hung(home, request, in_a_container).ask(40)
    full_of(daemons["root"], "nginx", "connections")
    unseen(daemons["nobody"], "worker_connections")
