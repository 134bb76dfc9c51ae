# SPDX-License-Identifier: MIT
"""Clients that mean harm, at a running daemon: requests that two readers would take apart differently, floods of
headers, thousands who read slowly or guess passwords, and handshakes that never end. Who scrapes meanwhile is served."""

import base64
import http.client
import re
import resource
import socket
import subprocess
import time
from contextlib import ExitStack

import pytest

from daemon import Tierwatch
from metrics import Metrics
from processes import Child, status_bytes, wait_until
from test_web_config import configured
from test_web_security import htpasswd_hash, open_to_all, port_of_all  # noqa: F401, pylint: disable=unused-import

MIB = 1 << 20
UNIT_MEMORY = 256 * MIB  # MemoryMax= of the unit
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def plain(home):
    daemon = Tierwatch(home, name="tierwatch-hostile").wait_ready()
    yield daemon
    daemon.stop()


def said_to(port, *pieces, seconds=15):
    """All that is answered until the daemon closes, or is silent for a second after its last byte."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as client:
        answer = b""
        try:
            for piece in pieces:
                client.sendall(piece)
            while received := client.recv(65536):
                answer += received
                client.settimeout(1)
        except OSError:
            pass
        return answer


def statuses(answer):
    return [int(code) for code in re.findall(rb"^HTTP/1\.[01] (\d{3}) ", answer, re.MULTILINE)]


# Requests that are taken apart -------------------------------------------------------------------------------------

AMBIGUOUS = {
    "a length": b"Content-Length: %d\r\n\r\n" % len(HIDDEN),
    "two lengths": b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN),
    "two lengths, the longer first": b"Content-Length: %d\r\nContent-Length: 0\r\n\r\n" % len(HIDDEN),
    "a list of lengths": b"Content-Length: 0, %d\r\n\r\n" % len(HIDDEN),
    "a signed length": b"Content-Length: +%d\r\n\r\n" % len(HIDDEN),
    "a length below zero": b"Content-Length: -1\r\n\r\n",
    "no number": b"Content-Length: x\r\n\r\n",
    "more than a number holds": b"Content-Length: 18446744073709551616\r\n\r\n",
    "a blank before the colon": b"Content-Length : %d\r\n\r\n" % len(HIDDEN),
    "a folded header": b"X-Long: a\r\n Content-Length: %d\r\nContent-Length: %d\r\n\r\n" % (len(HIDDEN), len(HIDDEN)),
    "length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "no chunks after all": b"Transfer-Encoding: identity\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN),
    "chunks of another kind": b"Transfer-Encoding: xchunked\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN),
    "chunks behind a tab": b"Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n",
    "a blank before the colon of chunks": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "an end of bare CRs": b"X: a\r\r",
    "a bare CR": b"X: a\rContent-Length: %d\r\n\r\n" % len(HIDDEN),
    "a bare LF": b"X: a\nContent-Length: %d\r\n\r\n" % len(HIDDEN),
    "a name without a colon": b"Content-Length\r\n\r\n",
    "a zero byte in a name": b"Content\0-Length: %d\r\n\r\n" % len(HIDDEN),
    "a zero byte in a value": b"X: a\0\r\nContent-Length: 5\r\n\r\n",
    "a chunk whose size overflows": b"Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n",
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_no_request_hides_in_another(plain, name):
    """Whatever a proxy in front of us took for a body: what announces one, or says so in a way that can be read
    differently, is the last request of its connection."""
    answer = said_to(plain.port, b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n" + AMBIGUOUS[name] + HIDDEN)
    assert statuses(answer)[:1] in ([200], [400], [413], []), answer
    # What the library itself refuses has its status line twice (0.9.75).
    assert len(statuses(answer)) < 2 or set(statuses(answer)) in ({400}, {413}), answer
    assert b"HTTP/1.1 404" not in answer and plain.get("/-/healthy") == "Healthy.\n"


@pytest.mark.parametrize("method", ["POST", "PUT", "CONNECT", "OPTIONS", "TRACE", "PRI"])
def test_no_request_hides_in_the_body_of_one_that_is_not_served(plain, method):
    request = f"{method} /-/healthy HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(HIDDEN)}\r\n\r\n".encode()
    answer = said_to(plain.port, request + HIDDEN)
    assert statuses(answer) in ([405], [400]), answer
    assert b"Connection: close" in answer


def test_pipelined_requests_are_answered_in_their_order(plain):
    pages = [(b"/-/healthy", 200), (b"/none", 404), (b"/-/ready", 200), (b"/metrics", 200)] * 25
    requests = b"".join(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path for path, _ in pages)
    assert statuses(said_to(plain.port, requests)) == [status for _, status in pages]
    cut_anywhere = [requests[i:i + 97] for i in range(0, len(requests), 97)]
    assert statuses(said_to(plain.port, *cut_anywhere)) == [status for _, status in pages]


def test_http_0_9_gets_no_page(plain):
    """It has no status by which an error could be told from a page."""
    for line in (b"GET /metrics\r\n", b"GET /metrics\r\n\r\n", b"GET /metrics HTTP/0.9\r\n\r\n"):
        answer = said_to(plain.port, line, seconds=3)
        assert b"tierwatch_" not in answer and b"<h1>" not in answer, answer
        assert statuses(answer) in ([], [400], [505]), answer
    assert statuses(said_to(plain.port, b"GET /-/ready HTTP/1.0\r\n\r\n")) == [200]
    for version in (b"HTTP/2.0", b"HTTP/1.99999999999", b"HTTP/x"):
        assert set(statuses(said_to(plain.port, b"GET /-/ready " + version + b"\r\nHost: localhost\r\n\r\n", seconds=3))) <= {
            200, 400, 505}


@pytest.mark.parametrize("flood", [
    b"".join(b"X-%d: y\r\n" % i for i in range(100_000)), b"X: " + b"y" * 4 * MIB, b"X:\r\n" + b" y\r\n" * MIB,
    b"Cookie: " + b"a=b; " * MIB], ids=["many", "one without an end", "folded", "cookies"])
def test_a_flood_of_headers_ends_early(plain, flood):
    before = status_bytes(plain.child.pid, "VmRSS")
    answer = said_to(plain.port, b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n", flood, b"\r\n")
    assert set(statuses(answer)) <= {400, 413, 431}, answer[:200]
    assert status_bytes(plain.child.pid, "VmRSS") - before < 2 * MIB
    assert set(statuses(said_to(plain.port, b"GET /" + b"a" * MIB, b" HTTP/1.1\r\n\r\n"))) <= {400, 414}
    assert plain.get("/-/healthy") == "Healthy.\n"


def test_what_is_refused_tells_nothing_of_the_daemon(plain, home):
    """No version, no library, no path of this machine, in no error."""
    asked = [b"GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
             b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\r\n\r\n",
             b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
             b"GET /api/v1/snapshot?processes=x HTTP/1.1\r\nHost: localhost\r\n\r\n",
             b"GET /-/ready HTTP/1.1\r\nHost: localhost\r\n\r\n"]
    for request in asked:
        answer = said_to(plain.port, request, seconds=3)
        assert not re.search(rb"(?i)microhttpd|gnutls|^server:|tierwatch[-/ ]?\d|0\.1\.0|/usr/|/etc/|root:", answer,
                             re.MULTILINE), answer
        assert str(home).encode() not in answer


# Many at once ------------------------------------------------------------------------------------------------------


@pytest.fixture
def many_files():
    """One connection is one descriptor of ours, too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16384), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def queued_for(port):
    """Bytes in the kernel that the daemon wrote and nobody read."""
    lines = subprocess.run(["ss", "-Htmn", "state", "established", f"( sport = :{port} )"], capture_output=True, text=True,
                           check=True, timeout=20).stdout
    return sum(int(written) for written in re.findall(r"\bw(\d+)", lines))


def test_a_thousand_slow_readers_do_not_fill_the_units_memory(many_files, home, service):
    """Of a document of half a MiB, and none reads it; each that asks anew gets what its sample says."""
    name = "a-title-" + "x" * 500
    herd = Child("herd", ["sh", "-c", f"for i in $(seq 600); do sh -c 'read x < {home}/never' {name} & done; wait"], home)
    subprocess.run(["mkfifo", home / "never"], check=True)
    daemon = service('[[tier]]\nname = "herd"\nmatch = [{comm = "sh"}]\n').wait_ready()
    with ExitStack() as held:
        held.callback(herd.stop)
        page = wait_until(lambda: len(text := daemon.get("/api/v1/snapshot")) > MIB // 2 and text, "the herd to be seen")
        most = 0
        for i in range(1000):
            one = held.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.settimeout(10)
            one.connect(("127.0.0.1", daemon.port))
            one.sendall(b"GET /api/v1/snapshot HTTP/1.1\r\nHost: localhost\r\n\r\n" if i % 4 else
                        b"GET /api/v1/snapshot?processes=table&in_full=%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % i)
            if i % 50 == 49:
                time.sleep(0.1)  # samples go on
                most = max(most, status_bytes(daemon.child.pid, "VmRSS") + queued_for(daemon.port))

        def all_answered():
            try:
                return daemon.metrics().sum("tierwatch_http_requests_total", handler="/api/v1/snapshot") >= 1000
            except OSError:  # it writes documents still
                return False
        wait_until(all_answered, "all of them to be answered", seconds=90)
        most = max(most, status_bytes(daemon.child.pid, "VmRSS") + queued_for(daemon.port))
        assert most < UNIT_MEMORY, f"{most / MIB:.0f} MiB, for {len(page)} bytes"
        assert daemon.get("/-/healthy") == "Healthy.\n"


def test_a_thousand_handshakes_that_never_end_keep_nobody_out(many_files, home):
    """Each says half of a ClientHello; who comes with a whole one is served, and the halves go after their time."""
    with configured(home, "web-half-open", "") as daemon, ExitStack() as held:
        halves = []
        for _ in range(1100):  # more than there are places
            one = held.enter_context(socket.create_connection(("127.0.0.1", daemon.port), timeout=10))
            one.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 20)
            halves.append(one)
        for _ in range(10):
            answer = daemon.ask("--max-time", "5")
            assert answer.stdout == "Healthy.\n200", answer.stderr
        for one in halves:  # all of them end
            one.settimeout(30)
            try:
                while one.recv(100):  # an alert, at most
                    pass
            except ConnectionResetError:
                pass


# A hundred of them within five seconds, some of them while the machine has other things to do.
SCRAPES, LATEST_SECONDS = 100, 0.05


def test_wrong_passwords_by_the_thousand_delay_no_good_scrape(open_to_all):
    """All of them are served, and as soon as without the flood."""
    daemon = open_to_all(f'[web]\nbasic_auth_users = {{scraper = "{htpasswd_hash("secret")}"}}\n')
    port = port_of_all(daemon)
    good = http.client.HTTPConnection("192.0.2.2", port, timeout=10, source_address=("192.0.2.2", 0))
    authorized = {"Authorization": "Basic " + base64.b64encode(b"scraper:secret").decode()}

    def scrape():
        began = time.monotonic()
        good.request("GET", "/metrics", headers=authorized)
        answer = good.getresponse()
        text = answer.read().decode()
        assert answer.status == 200
        return time.monotonic() - began, Metrics(text)
    scrape()
    flood = subprocess.Popen(
        ["nice", "-n", "19", "wrk", "-t", "1", "-c", "64", "-d", "60s", "-H", "Authorization: Basic c2NyYXBlcjpndWVzcw==",
         f"http://192.0.2.1:{port}/metrics"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    refused = "tierwatch_http_authentication_failures_total"
    try:
        wait_until(lambda: scrape()[1].sum(refused, reason="too_many") > 1000, "a thousand guesses")
        took = []
        for _ in range(SCRAPES):
            took.append(scrape()[0])
            time.sleep(0.05)
        guesses = scrape()[1].sum(refused, reason="too_many")
    finally:
        flood.kill()
        flood.wait()
    took.sort()
    assert guesses > 2000 and took[SCRAPES * 9 // 10] < LATEST_SECONDS, took[-10:]
