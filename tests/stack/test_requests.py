# SPDX-License-Identifier: MIT
"""Requests of real servers: nginx' access logs over rotations, and what a uWSGI is at."""

import json
import os
import signal
import threading
import time
import urllib.error
import urllib.request

import pytest

from conftest import needs_root
from daemon import run
from processes import wait_until
from web_stack import Load, WebStack

pytestmark = needs_root  # servers have users of their own

FORMATS = """
log_format timed '$remote_addr [$time_local] "$request" $status $request_time $upstream_response_time';
log_format js escape=json '{"uri":"$request_uri","method":"$request_method","status":"$status","rt":"$request_time"}';
log_format ts 'tskv\\tmethod=$request_method\\turi=$request_uri\\tstatus=$status\\trt=$request_time';
"""


@pytest.fixture(scope="module")
def stack(home):
    logs = home / "logs"
    logs.mkdir()
    logs.chmod(0o777)
    server = (f"location /order/ {{ access_log {logs}/timed.log timed; return 502; }}\n"
              f"location /js/ {{ access_log {logs}/js.log js; return 200; }}\n"
              f"location /ts/ {{ access_log {logs}/ts.log ts; return 200; }}\n"
              f"location /plain/ {{ access_log {logs}/plain.log; return 404; }}\n")
    stack = WebStack(home, nginx={"http": FORMATS, "server": server},
                     uwsgi={"processes": 2, "options": ("--stats", home / "uwsgi/stats.sock")})
    stack.logs = logs
    yield stack
    stack.close()


class Looking:
    """`inside` beside a block; `answer` is there behind it."""

    def __init__(self, home, tier, *options):
        self._arguments = (home, "inside", tier, "--standalone", "--json", *options)
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        self.done = run(*self._arguments, seconds=60)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._thread.join()
        assert self.done.returncode == 0, self.done.stderr
        self.answer = json.loads(self.done.stdout)


def ask(url):
    try:
        urllib.request.urlopen(url, timeout=5).read()
    except urllib.error.HTTPError:
        pass


def followed(logs):
    """Whether a process of ours has all logs open: it looks now."""
    for process in os.listdir("/proc"):
        if not process.isdigit():
            continue
        try:
            links = {os.readlink(f"/proc/{process}/fd/{fd}") for fd in os.listdir(f"/proc/{process}/fd")}
            if "inside" in open(f"/proc/{process}/cmdline").read() and {str(log) for log in logs} <= links:
                return True
        except OSError:
            pass
    return False


def test_each_request_counts_once_in_every_format_and_over_rotations(home, stack):
    logs = [stack.logs / name for name in ("timed.log", "js.log", "ts.log", "plain.log")]
    url = stack.nginx.url
    with Looking(home, "nginx", "--for", "6s") as looking:
        wait_until(lambda: followed(logs), "the logs to be followed", seconds=30)
        for i in range(100):
            ask(f"{url}/order/{i}?secret={i}")
        os.rename(logs[0], f"{logs[0]}.1")
        for i in range(50):
            ask(f"{url}/order/{i}")  # nginx still writes to the one that was moved
        os.kill(stack.nginx.pid, signal.SIGUSR1)
        wait_until(logs[0].exists, "nginx to open its log anew")
        for i in range(50):
            ask(f"{url}/order/{i}")
            ask(f"{url}/js/{i}")
            ask(f"{url}/ts/x")
            ask(f"{url}/plain/")
    rows = {row["endpoint"]: row for row in looking.answer["endpoints"]}
    assert rows["GET /order/<n>"]["requests"] == 200
    assert rows["GET /order/<n>"]["error_ratio"] == 1
    assert rows["GET /js/<n>"]["requests"] == 50 and rows["GET /js/<n>"]["error_ratio"] == 0
    assert rows["GET /ts/x"]["requests"] == 50 and rows["GET /ts/x"]["time"]["p99_seconds"] < 1
    assert rows["GET /plain/"]["requests"] == 50 and "time" not in rows["GET /plain/"]
    assert "secret" not in looking.done.stdout
    assert looking.answer["lines_not_read"] == 0


def test_a_log_that_is_cut_is_read_from_its_front(home, stack):
    log = stack.logs / "timed.log"
    with Looking(home, "nginx", "--for", "4s") as looking:
        wait_until(lambda: followed([log]), "the log to be followed", seconds=30)
        for i in range(20):
            ask(f"{stack.nginx.url}/order/{i}")
        time.sleep(0.4)  # some of its looks, 50 ms apart: what it has read cannot be seen from outside
        os.truncate(log, 0)
        for i in range(30):
            ask(f"{stack.nginx.url}/order/{i}")
    assert looking.answer["requests"]["requests"] == 50
    assert any("copytruncate" in remark for remark in looking.answer["remarks"])


def test_requests_in_progress_of_uwsgi_with_their_age(home, stack):
    with Load(f"{stack.nginx.url}/sleeping-query/1500", connections=2, seconds=16):
        with Looking(home, "uwsgi", "--for", "4s") as looking:
            pass
    progress = looking.answer["requests_in_progress"]
    assert progress[0]["endpoint"] == "GET /sleeping-query/<n>" and progress[0]["ratio"] > 0.9
    done = run(home, "inside", "uwsgi", "--standalone", "--for", "1s", seconds=60)
    assert "Python" in done.stdout
