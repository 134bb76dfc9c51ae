# SPDX-License-Identifier: MIT
"""The daemon's addresses: sockets that systemd passes (made here as it makes them), several at once, and who may
connect to a Unix socket."""

import grp
import signal
import stat
import subprocess
import sys
import urllib.request
from contextlib import contextmanager

from conftest import needs_root
from daemon import installed, run
from processes import Child, free_port, http_status, own_directory, wait_until

# Binds what it is told, in the order of descriptors from 3 on, and becomes the program: sd_listen_fds(3).
PASS = """
import os, socket, sys
made = []
for address in sys.argv[1].split(","):
    family = socket.AF_UNIX if address.startswith("/") else socket.AF_INET
    one = socket.socket(family)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(address if family == socket.AF_UNIX else ("127.0.0.1", int(address)))
    one.listen(64)
    made.append(one)
for target, one in enumerate(made, 3):
    assert one.fileno() == target
    os.set_inheritable(target, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(made)))
os.execv(sys.argv[2], sys.argv[2:])
"""


class Passed:
    def __init__(self, home, addresses, configuration="", more=()):
        self.home = own_directory(home / f"passed-{addresses[0]}", None)
        self.config = self.home / "tierwatch.toml"
        self.config.write_text('[sampling]\ninterval = "200ms"\n' + configuration)
        self.child = Child("passed", [sys.executable, "-I", "-c", PASS, ",".join(map(str, addresses)), installed(home),
                                      "daemon", "--config", self.config, *more], self.home)

    def log(self):
        return self.child.log.read_text(errors="replace")


@contextmanager
def passed(home, *arguments, **options):
    daemon = Passed(home, *arguments, **options)
    try:
        yield daemon
    finally:
        daemon.child.stop()


def ask_unix(path, *arguments):
    done = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket", str(path),
                           *arguments, "http://localhost/-/ready"], capture_output=True, text=True, timeout=20)
    return done.stdout


def test_passed_sockets_are_served_in_place_of_configured_ones(home):
    port, other, path = free_port(), free_port(), home / "passed.sock"
    with passed(home, [port, path], f'[web]\nlisten = ["127.0.0.1:{other}"]\n') as daemon:
        daemon.child.wait_ready(lambda: http_status(f"http://127.0.0.1:{port}/-/ready") == 200)
        assert ask_unix(path) == "200"
        assert http_status(f"http://127.0.0.1:{other}/-/ready") != 200
        assert f"serving 127.0.0.1:{port} and unix:{path}" in daemon.log().replace(", ", " and ")
        assert "; sockets from systemd" in daemon.log()
        assert "[web] listen is ignored: systemd passed the sockets" in daemon.log()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            assert "\ntierwatch_http_sockets_passed 1\n" in answer.read().decode()
        daemon.child.signal(signal.SIGHUP)
        wait_until(lambda: "configuration reloaded" in daemon.log(), "the reload")
        assert http_status(f"http://127.0.0.1:{port}/-/ready") == 200 and ask_unix(path) == "200"
    assert path.exists(), "the file is systemd's"


def test_a_reload_that_asks_for_passwords_keeps_the_passed_sockets(home):
    port = free_port()
    with passed(home, [port]) as daemon:
        url = f"http://127.0.0.1:{port}/-/ready"
        daemon.child.wait_ready(lambda: http_status(url) == 200)
        users = '[web]\nbasic_auth_users = {me = "$2b$04$7EIwwdMRdAdDMCv.voHMiO6DrsRMAwzoh8/iYvnFDWGq3H0lfhVf2"}\n'
        daemon.config.write_text('[sampling]\ninterval = "200ms"\n' + users)
        daemon.child.signal(signal.SIGHUP)
        wait_until(lambda: http_status(url) == 401, "passwords to be asked for")


def test_without_sockets_it_does_not_start_where_they_are_demanded(home):
    done = run(home, "daemon", "--web.systemd-socket")
    assert done.returncode == 1
    assert "systemd passed no socket" in done.stderr and "enable --now tierwatch.socket" in done.stderr


def test_several_addresses_of_each_kind_are_served(home, service):
    first, second, path = free_port(), free_port(), home / "several.sock"
    service(port=first, more=["--web.listen-address", f"[::1]:{second}", "--web.listen-address", f"unix:{path}"]).wait_ready()
    assert http_status(f"http://[::1]:{second}/-/ready") == 200
    assert ask_unix(path) == "200"


def mode_of(path):
    status = path.stat()
    return stat.S_IMODE(status.st_mode), grp.getgrgid(status.st_gid).gr_name


@needs_root
def test_who_may_connect_to_the_unix_socket_is_configured_and_reloaded(home, service):
    path = home / "access.sock"
    web = '[web]\nsocket_mode = "{}"\nsocket_group = "{}"\n'
    more = ["--web.listen-address", f"unix:{path}"]
    daemon = service(web.format("0600", "daemon"), more=more).wait_ready()
    assert mode_of(path) == (0o600, "daemon")
    for mode, group in (("0660", "games"), ("0666", "daemon")):
        daemon.write_config('[sampling]\ninterval = "250ms"\n' + web.format(mode, group))
        daemon.child.signal(signal.SIGHUP)
        wait_until(lambda: mode_of(path) == (int(mode, 8), group), "the new mode and group")
    daemon.write_config(web.format("0660", "no-such-group"))
    daemon.child.signal(signal.SIGHUP)
    wait_until(lambda: 'there is no group "no-such-group"' in daemon.log(), "the complaint")
    assert mode_of(path) == (0o666, "daemon"), "all stays as it was"
