# SPDX-License-Identifier: MIT
"""TLS and passwords as others make and use them: openssl, htpasswd, mkpasswd's yescrypt, curl and
Debian's Prometheus."""

import itertools
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.parse
import urllib.request

import pytest

import daemon as program
from daemon import Tierwatch
from metrics import Metrics
from processes import free_port, wait_until
from servers import Prometheus
from terminal import Terminal

PASSWORD = "correct horse"


def make_certificate(folder, name):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder / "key.pem", "-out",
         folder / "cert.pem"], check=True, capture_output=True, timeout=20)


def htpasswd_hash(password):
    done = subprocess.run(["htpasswd", "-nbB", "-C", "10", "scraper", password], check=True,
                          capture_output=True, text=True, timeout=20)
    return done.stdout.strip().split(":", 1)[1]


class Secured(Tierwatch):
    """Speaks https on its port, and plain HTTP on a Unix socket."""

    def __init__(self, home):
        self.socket = home / "secured.sock"
        port = free_port()
        folder = home / "tierwatch-secured"
        folder.mkdir()
        make_certificate(folder, "first")
        super().__init__(
            home, name="tierwatch-secured", port=port,
            configuration=f'[web]\ncert_file = "cert.pem"\nkey_file = "key.pem"\n'
            f'basic_auth_users = {{scraper = "{htpasswd_hash(PASSWORD)}"}}\n',
            more=("--web.listen-address", f"unix:{self.socket}"))

    def wait_ready(self):
        self.child.wait_ready(lambda: curl("--unix-socket", self.socket,
                                           "http://localhost/-/ready").stdout.endswith("200"))
        return self


def curl(*arguments):
    return subprocess.run(["curl", "-sS", "-w", "%{http_code}", *map(str, arguments)],
                          capture_output=True, text=True, timeout=20)


def status_of(port, line):
    """Of the answer to a request line of bytes, as they are."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(line + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return int(client.makefile("rb").readline().split()[1])


@pytest.fixture(scope="module")
def secured(home):
    daemon = Secured(home).wait_ready()
    yield daemon
    daemon.stop()


def ask(secured, path, *arguments):
    return curl(f"https://localhost:{secured.port}{path}", "--cacert", secured.home / "cert.pem",
                *arguments)


def test_curl_is_answered_with_the_password_only(secured):
    assert ask(secured, "/-/healthy").stdout.endswith("401")
    assert ask(secured, "/metrics", "-u", "scraper:wrong").stdout.endswith("401")
    assert ask(secured, "/-/healthy", "-u", f"scraper:{PASSWORD}").stdout == "Healthy.\n200"
    untrusted = curl(f"https://localhost:{secured.port}/-/healthy")
    assert untrusted.returncode == 60, "peer certificate cannot be authenticated"
    plain = curl(f"http://localhost:{secured.port}/-/healthy")
    assert plain.stdout == "000" and plain.returncode in (52, 56), "connected, and hung up on"
    old = ask(secured, "/-/healthy", "--tls-max", "1.1")
    assert old.returncode == 35, "no handshake by TLS 1.1"


def test_refused_requests_and_the_certificates_end_are_told(secured):
    failures = "tierwatch_http_authentication_failures_total"

    def told():
        text = ask(secured, "/metrics", "-u", f"scraper:{PASSWORD}").stdout
        return Metrics(text.removesuffix("200"))
    wait_until(lambda: told().has(failures), "an answer")
    before = {labels["reason"]: count for labels, count in told().select(failures)}
    assert ask(secured, "/metrics").stdout.endswith("401")
    assert ask(secured, "/metrics", "-u", "scraper:wrong").stdout.endswith("401")
    after = {labels["reason"]: count for labels, count in told().select(failures)}
    assert {reason: after[reason] - before[reason] for reason in after} == {
        "no_password": 1, "wrong_password": 1, "too_many": 0, "certificate": 0}
    left = told().sum("tierwatch_http_certificate_expiry_timestamp_seconds") - time.time()
    assert 86_400 < left < 3 * 86_400, "it was made for two days"


def test_prometheus_scrapes_it(secured, home):
    more = (f"    scheme: https\n    tls_config: {{ca_file: {secured.home}/cert.pem}}\n"
            f"    basic_auth: {{username: scraper, password: '{PASSWORD}'}}\n")
    prometheus = Prometheus(home / "prometheus-tls", secured.address, more)
    try:
        url = (f"http://127.0.0.1:{prometheus.port}/api/v1/query?"
               + urllib.parse.urlencode({"query": "up == 1 and on() tierwatch_build_info"}))

        def result():
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]["result"]
        wait_until(result, "Prometheus to scrape over https", seconds=30)
    finally:
        prometheus.stop()


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        user, system = file.read().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def test_a_remembered_password_costs_no_hashing(secured):
    """100 scrapes take less CPU than hashing each fifth password would."""
    arguments = ["-u", f"scraper:{PASSWORD}"]
    ask(secured, "/-/healthy", *arguments)
    before = cpu_seconds(secured.child.pid)
    ask(secured, "/-/healthy", "-u", "scraper:never heard")
    hashing = cpu_seconds(secured.child.pid) - before
    before = cpu_seconds(secured.child.pid)
    answers = subprocess.run(
        ["curl", "-s", "--cacert", secured.home / "cert.pem", *arguments, "-w", "%{http_code}\n",
         "-o", "/dev/null", f"https://localhost:{secured.port}/-/healthy?[1-100]"],
        capture_output=True, text=True, timeout=20).stdout.split()
    assert answers == ["200"] * 100
    assert cpu_seconds(secured.child.pid) - before < 20 * hashing


def view(home, secured, *arguments, **environment):
    return subprocess.run([program.installed(home), *map(str, arguments)], capture_output=True,
                          text=True, timeout=30, cwd=home, start_new_session=True,
                          env=os.environ | {"HOME": str(home)} | environment)


def test_top_and_verdict_attach_with_the_password_of_the_environment(secured, home):
    url = f"https://scraper@localhost:{secured.port}"
    ca = ("--ca", secured.home / "cert.pem")
    done = view(home, secured, "top", "--once", "--url", url, *ca, TIERWATCH_PASSWORD=PASSWORD)
    assert done.returncode == 0, done.stderr
    assert f"attached to https://localhost:{secured.port}" in done.stdout
    assert PASSWORD not in done.stdout
    done = view(home, secured, "verdict", "--url", url, "--insecure", TIERWATCH_PASSWORD=PASSWORD)
    assert done.returncode in (0, 3, 4), done.stderr


def test_top_takes_the_password_from_netrc(secured, home):
    netrc = home / ".netrc"
    netrc.write_text(f"machine localhost login scraper password \"{PASSWORD}\"\n")
    netrc.chmod(0o600)
    done = view(home, secured, "top", "--once", "-k", "--url", f"https://localhost:{secured.port}")
    netrc.unlink()
    assert done.returncode == 0, done.stderr


def test_top_asks_for_the_password_and_does_not_show_it(secured, home):
    argv = [program.installed(home), "top", "-k", "--url",
            f"https://scraper@localhost:{secured.port}"]
    with Terminal(argv, env={"HOME": str(home)}) as terminal:
        terminal.wait_for("Password of scraper")
        terminal.type(PASSWORD + "x").keys("BSpace")
        assert PASSWORD not in terminal.text()
        assert PASSWORD not in terminal.keys("Enter").wait_for("attached to https://localhost")


def test_without_a_password_top_says_what_is_wanted(secured, home):
    done = view(home, secured, "top", "--once", "-k", "--url",
                f"https://scraper@localhost:{secured.port}")
    assert done.returncode == 1
    assert "TIERWATCH_PASSWORD" in done.stderr and "netrc" in done.stderr


def test_a_certificate_is_not_trusted_by_chance(secured, home):
    done = view(home, secured, "top", "--once", "--url", f"https://localhost:{secured.port}")
    assert done.returncode == 1
    assert "certificate" in done.stderr


def test_a_reload_takes_the_new_certificate_and_leaves_a_bad_one(secured):
    old = (secured.home / "cert.pem").read_text()
    make_certificate(secured.home, "second")
    secured.child.signal(signal.SIGHUP)
    healthy = ["-u", f"scraper:{PASSWORD}"]
    wait_until(lambda: ask(secured, "/-/healthy", *healthy).stdout.endswith("200"),
               "the new certificate")
    new = (secured.home / "cert.pem").read_text()
    (secured.home / "cert.pem").write_text(old)
    secured.child.signal(signal.SIGHUP)
    wait_until(lambda: "does not belong to the certificate" in secured.log(), "the complaint")
    (secured.home / "cert.pem").write_text(new)
    assert ask(secured, "/-/healthy", *healthy).stdout.endswith("200"), "still the new one"
    checked = program.run(secured.home.parent, "check-config", secured.config)
    assert checked.returncode == 0, checked.stderr


def test_a_request_line_with_a_zero_byte_is_refused(home):
    """The library's strings end there: what follows would be neither seen nor refused."""
    daemon = Tierwatch(home, name="tierwatch-zero-byte").wait_ready()
    try:
        for line in (b"GET /metrics\0junk", b"GET /metrics\0", b"GET /metrics?a\0b", b"GET\0 /metrics"):
            assert status_of(daemon.port, line) == 400, line
        for line in (b"GET /metrics", b"GET  /metrics", b"GET /metrics?a=b"):
            assert status_of(daemon.port, line) == 200, line
    finally:
        daemon.stop()


# One client against the others -----------------------------------------------------------------------

# bcrypt of "secret", so cheap that only the bound on hashes holds a flood back.
SECRET = "$2b$04$7EIwwdMRdAdDMCv.voHMiO6DrsRMAwzoh8/iYvnFDWGq3H0lfhVf2"


@pytest.fixture
def open_to_all(isolated, home, service):
    """Asks for passwords on every address of this network namespace, and forgets who was right at each start."""
    def start(configuration=f'[web]\nbasic_auth_users = {{scraper = "{SECRET}"}}\n'):
        return service(configuration, more=["--web.listen-address", f":{free_port()}"])
    for address in ("192.0.2.1/32", "192.0.2.2/32"):
        subprocess.run(["ip", "address", "add", address, "dev", "lo"], check=True, timeout=20)
    yield start
    for address in ("192.0.2.1/32", "192.0.2.2/32"):
        subprocess.run(["ip", "address", "del", address, "dev", "lo"], check=True, timeout=20)


def port_of_all(daemon):
    return int(wait_until(lambda: re.search(r"\[::\]:(\d+)", daemon.log()), "the address")[1])


def test_a_flood_of_wrong_passwords_locks_no_scraper_out(open_to_all):
    """Nor after a start, when nobody's right password is remembered."""
    daemon = open_to_all()
    port = port_of_all(daemon)
    flood = subprocess.Popen(
        ["wrk", "-t", "1", "-c", "8", "-d", "60s", "-H", "Authorization: Basic c2NyYXBlcjpndWVzcw==",
         f"http://192.0.2.1:{port}/metrics"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        def guess():
            return curl("--interface", "192.0.2.1", f"http://192.0.2.1:{port}/-/ready", "-u", "scraper:wrong").stdout
        wait_until(lambda: guess().endswith("429"), "the flood to be held back")
        codes = {curl("--interface", "192.0.2.2", f"http://192.0.2.2:{port}/-/ready", "-u", "scraper:secret").stdout[-3:]
                 for _ in range(20)}
        assert codes == {"200"}
    finally:
        flood.kill()
        flood.wait()


def test_a_request_has_a_deadline_though_nobody_else_connects(service):
    """Byte by byte, so that the connection is never silent."""
    daemon = service().wait_ready()
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=30) as slow:
        with pytest.raises(OSError):
            for byte in itertools.cycle(b"GET"):
                slow.sendall(bytes([byte]))
                time.sleep(0.2)
                assert time.monotonic() - began < 30
    assert time.monotonic() - began > 8


def test_a_guess_holds_up_no_scraper(open_to_all):
    """While a slow hash of somebody's guess is made, those whose password is known are served."""
    slow = "$2b$14$ShI3Y1FmK.LEI0hAVEvsk.SWPx0FNeiG/bqu/lvjs7uJJ2CzgRwmC"
    daemon = open_to_all(f'[web]\nbasic_auth_users = {{ann = "{slow}"}}\n')
    port = port_of_all(daemon)
    url = f"http://127.0.0.1:{port}/metrics"
    right = curl("-u", "ann:secret", url)
    assert right.stdout.endswith("200")
    guesses = [subprocess.Popen(["curl", "-s", "-o", "/dev/null", "--interface", "192.0.2.1", "-u", f"ann:{i}",
                                 f"http://192.0.2.1:{port}/metrics"]) for i in range(4)]
    try:
        fastest = min(timed(lambda: curl("-u", "ann:secret", url)) for _ in range(5))
        assert any(guess.poll() is None for guess in guesses), "the guesses are looked at still"
        assert fastest < 0.5, "a hash takes about a second"
        failures = Metrics(curl("-u", "ann:secret", url).stdout.rsplit("\n", 1)[0])
        assert failures.sum("tierwatch_http_authentication_failures_total", reason="certificate") == 0
    finally:
        for guess in guesses:
            guess.wait(timeout=60)


def timed(action):
    began = time.monotonic()
    action()
    return time.monotonic() - began


def test_one_host_that_trickles_leaves_room_for_others(open_to_all):
    """Three times what it may have, each with half a request."""
    daemon = open_to_all("")
    port = port_of_all(daemon)
    held = []
    try:
        for _ in range(768):
            one = socket.create_connection(("192.0.2.1", port), timeout=5, source_address=("192.0.2.1", 0))
            one.sendall(b"GET /metrics HTTP/1.1\r\nX-Slow: ")
            held.append(one)
        def connected():
            return len(subprocess.run(["ss", "-Htn", "state", "established", f"( sport = :{port} )"], capture_output=True,
                                      text=True, check=True, timeout=20).stdout.splitlines())
        wait_until(lambda: 0 < connected() <= 256, lambda: f"its share, not {connected()}")
        for _ in range(10):
            answer = curl("--interface", "192.0.2.2", f"http://192.0.2.2:{port}/-/ready", "--max-time", "5")
            assert answer.stdout == "Ready.\n200", answer.stderr
    finally:
        for one in held:
            one.close()
