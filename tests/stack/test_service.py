# SPDX-License-Identifier: MIT
"""The daemon as a service: a sampler that hangs is seen, requests are understood as they come, reloads
are whole or nothing, and who is in its group may mark."""

import os
import pwd
import signal
import socket
import subprocess
import urllib.error
import urllib.request

import pytest

from conftest import GROUP_MEMBER, SERVICE, needs_root
from daemon import Tierwatch, installed, run
from history_file import rows
from notify_socket import NotifySocket
from processes import Child, free_port, http_status, wait_until
from ptrace_stop import stopped_thread


def answer(daemon, path):
    try:
        with urllib.request.urlopen(f"http://{daemon.address}{path}", timeout=5) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


# A hung sampler ----------------------------------------------------------------------------------


def test_a_hung_sampler_is_neither_healthy_nor_ready(service):
    daemon = service(interval="200ms").wait_ready()
    with stopped_thread(daemon.child.pid):  # the main thread samples
        for path in ("/-/healthy", "/-/ready"):
            wait_until(lambda path=path: answer(daemon, path)[0] == 503, f"{path} to fail")
            status, body = answer(daemon, path)
            assert status == 503 and "newest sample is" in body and "interval of 0.2 s" in body
        assert answer(daemon, "/metrics")[0] == 200, "what is known is still told"
    wait_until(lambda: answer(daemon, "/-/healthy") == (200, "Healthy.\n"), "health to come back")
    wait_until(lambda: answer(daemon, "/-/ready") == (200, "Ready.\n"), "readiness to come back")


def test_only_the_sampler_feeds_the_watchdog(service, home):
    manager = NotifySocket(home / "notify-hang")
    daemon = service(interval="200ms", env=manager.environment(20)).wait_ready()
    heard = []
    wait_until(lambda: heard.extend(manager.listen()) or heard.count("WATCHDOG=1") >= 3, "food")
    assert heard[0].startswith("READY=1") or heard[1].startswith("READY=1"), heard
    with stopped_thread(daemon.child.pid):
        manager.listen()
        wait_until(lambda: answer(daemon, "/-/healthy")[0] == 503, "the hang to be seen")
        assert manager.listen() == [], "HTTP answers, and yet the watchdog goes hungry"
    wait_until(lambda: "WATCHDOG=1" in manager.listen(), "food after the hang")
    manager.close()


def test_a_long_interval_does_not_starve_the_watchdog(service, home):
    manager = NotifySocket(home / "notify-long")
    service(interval="30s", env=manager.environment(2)).wait_ready()
    heard = []
    wait_until(lambda: heard.extend(manager.listen()) or heard.count("WATCHDOG=1") >= 6, "food")
    manager.close()


def test_without_a_watchdog_systemd_is_not_bothered(service, home):
    manager = NotifySocket(home / "notify-none")
    service(interval="100ms", env=manager.environment()).wait_ready().settle(5)
    assert not [text for text in manager.listen() if "WATCHDOG" in text]
    manager.close()


# Requests as they come ---------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["/metrics", "/metrics/", "//metrics",
                                    "http://{address}/metrics", "http://{address}/metrics/"])
def test_metrics_are_found(service_daemon, target):
    target = target.format(address=service_daemon.address)
    done = subprocess.run(
        ["curl", "-sS", "-w", "\n%{http_code}", "--path-as-is", "--request-target", target,
         f"http://{service_daemon.address}/"], capture_output=True, text=True, timeout=20)
    assert done.stdout.endswith("\n200") and "tierwatch_build_info" in done.stdout, done


def test_a_proxy_in_between_finds_them(service_daemon):
    """curl speaks to a proxy in the absolute form."""
    done = subprocess.run(
        ["curl", "-sS", "--proxy", f"http://{service_daemon.address}", "-w", "\n%{http_code}",
         "http://any.example:9718/metrics"], capture_output=True, text=True, timeout=20,
        env={**os.environ, "no_proxy": ""})
    assert done.stdout.endswith("\n200"), done


def test_paths_lead_nowhere_else(service_daemon):
    for target in ("/x/../metrics", "/../../etc/passwd", "//etc/passwd", "/%2e%2e/metrics"):
        done = subprocess.run(
            ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--path-as-is",
             f"http://{service_daemon.address}{target}"], capture_output=True, text=True, timeout=20)
        assert done.stdout == "404", target


@pytest.fixture(scope="module")
def service_daemon(home):
    daemon = Tierwatch(home, name="service-plain").wait_ready()
    yield daemon
    daemon.stop()


# Reloads -----------------------------------------------------------------------------------------


class Reloaded:
    """A daemon that listens where its file says."""

    def __init__(self, home, name):
        self.port = free_port()
        self.file = home / f"{name}.toml"
        self.write([f"127.0.0.1:{self.port}"], "nginx")
        self.daemon = Tierwatch.__new__(Tierwatch)
        self.daemon.home, self.daemon.port, self.daemon.config = home, self.port, self.file
        self.daemon.child = Child(name, [installed(home), "daemon", "--config", self.file], home)
        self.daemon.wait_ready()

    def write(self, listen, tier, more=""):
        addresses = ", ".join(f'"{one}"' for one in listen)
        self.file.write_text(f'[sampling]\ninterval = "200ms"\n[web]\nlisten = [{addresses}]\n{more}'
                             f'[[tier]]\nname = "{tier}"\nmatch = [{{comm = "{tier}"}}]\n')

    def reload(self, words):
        before = self.daemon.log().count(words)
        self.daemon.child.signal(signal.SIGHUP)
        wait_until(lambda: self.daemon.log().count(words) > before, words)

    def tiers(self):
        self.daemon.settle(1)
        return [tier["name"] for tier in self.daemon.snapshot()["tiers"]]


@pytest.fixture
def reloaded(home, request):
    made = Reloaded(home, f"reload-{request.node.name}")
    yield made
    made.daemon.stop()


def test_a_reload_that_cannot_listen_leaves_everything(reloaded):
    old = f"127.0.0.1:{reloaded.port}"
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        taken = f"127.0.0.1:{stranger.getsockname()[1]}"
        other = f"127.0.0.1:{free_port()}"
        for addresses in ([taken], [old, taken], [other, taken], [f":{reloaded.port}", taken],
                          ["192.0.2.1:9718"], ["unix:/nowhere/at/all.sock"]):
            reloaded.write(addresses, "redis-server")
            reloaded.reload("configuration not reloaded")
            assert reloaded.tiers() == ["nginx"], "nothing of the new file is in force"
            assert http_status(f"http://{other}/metrics") == 0
        metrics = reloaded.daemon.metrics()
    assert metrics.sum("tierwatch_config_last_reload_successful") == 0
    assert "address already in use" in reloaded.daemon.log()
    reloaded.write([old], "redis-server")
    reloaded.reload("configuration reloaded")
    assert reloaded.tiers() == ["redis-server"]
    assert reloaded.daemon.metrics().sum("tierwatch_config_last_reload_successful") == 1


def test_addresses_of_one_port_follow_each_other(reloaded):
    port = reloaded.port
    for addresses in ([f":{port}"], [f"127.0.0.1:{port}"], [f"[::1]:{port}", f"127.0.0.1:{port}"]):
        reloaded.write(addresses, "nginx")
        reloaded.reload("configuration reloaded")
        assert http_status(f"http://127.0.0.1:{port}/-/healthy") == 200


def test_no_request_is_refused_during_reloads(reloaded):
    """ab opens a connection for each request; an address that stays is never closed."""
    address = f"127.0.0.1:{reloaded.port}"
    load = subprocess.Popen(["ab", "-q", "-r", "-n", "2000", "-c", "2", f"http://{address}/-/healthy"],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for number in range(8):
        extra = [f"127.0.0.1:{free_port()}"] if number % 2 == 0 else []
        reloaded.write([address, *extra], "nginx")
        reloaded.reload("configuration reloaded")
    output, _ = load.communicate(timeout=120)
    assert "Connect: 0" in output or "Failed requests:        0" in output, output


def test_a_bad_certificate_leaves_everything(reloaded):
    reloaded.write([f"127.0.0.1:{reloaded.port}"], "redis-server",
                   'cert_file = "no.pem"\nkey_file = "no.pem"\n')
    reloaded.reload("configuration not reloaded")
    assert reloaded.tiers() == ["nginx"]


# Marks -------------------------------------------------------------------------------------------


@pytest.fixture
def private_run(isolated):
    """A /run of our own, in our mount namespace: the machine's may be in use."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", "/run"], check=True, timeout=20)
    yield
    subprocess.run(["umount", "--lazy", "/run"], check=True, timeout=20)


@needs_root
def test_root_and_the_group_mark_in_the_service(service, home, private_run):
    """As systemd runs it: RuntimeDirectory= belongs to the service's user."""
    account, member = pwd.getpwnam(SERVICE), pwd.getpwnam(GROUP_MEMBER)
    runtime = "/run/tierwatch"
    os.mkdir(runtime)
    os.chown(runtime, account.pw_uid, account.pw_gid)
    os.chmod(runtime, 0o755)
    file = home / "marked" / "history.db"
    file.parent.mkdir()
    os.chown(file.parent, account.pw_uid, account.pw_gid)
    service(f'[history]\npath = "{file}"\n', interval="200ms", user=SERVICE,
            env={"RUNTIME_DIRECTORY": runtime}).wait_ready()
    as_root = run(home, "mark", "by root")
    assert (as_root.returncode, as_root.stdout) == (0, f"marked in {file}\n"), as_root.stderr

    def mark(text, groups):
        return subprocess.run(
            ["setpriv", "--reuid", str(member.pw_uid), "--regid", str(member.pw_gid), *groups,
             installed(home), "mark", text], capture_output=True, text=True, timeout=20, cwd="/")
    of_group = mark("by a member", ["--groups", str(account.pw_gid)])
    assert (of_group.returncode, of_group.stdout) == (0, f"marked in {file}\n"), of_group.stderr
    other = mark("by a stranger", ["--clear-groups"])
    assert other.returncode == 1 and "for root and the group" in other.stderr, other.stderr

    def texts():
        return [text for (text,) in rows(file, "SELECT text FROM mark ORDER BY wall_seconds")]
    wait_until(lambda: texts() == ["by root", "by a member"], "both marks")


# The log -----------------------------------------------------------------------------------------


@needs_root
def test_a_note_whose_number_changes_is_logged_once(service, home):
    """The sockets of others' processes: their number changes with every child."""
    tier = '[[tier]]\nname = "sleepers"\nmatch = [{comm = "sleep"}]\n'
    daemon = service(tier, interval="200ms", user=SERVICE).wait_ready()
    sleepers = []
    try:
        for count in range(6):
            sleepers.append(subprocess.Popen(["sleep", "300"]))
            daemon.settle(2)
        assert daemon.metrics().sum("tierwatch_tier_processes", tier="sleepers") >= 5
    finally:
        for sleeper in sleepers:
            sleeper.kill()
            sleeper.wait()
    assert daemon.log().count("cannot be tied to them") == 1, daemon.log()
