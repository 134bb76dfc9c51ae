# SPDX-License-Identifier: MIT
"""Event loops that a call blocks: what came lies unread in the kernel. Seen by root and by nobody."""

import sys

import pytest

from loads import Wrk
from processes import Child, accepts, account, own_directory, wait_until
from servers import Nginx
from test_whole_stacks import (APPS, NODE_PORT, SLOW_PORT, calm, cleanup, named_within, place, script,  # noqa: F401
                               started, stays_clear, steps, verdicts, watchers)

pytestmark = pytest.mark.usefixtures("isolated")
PORT = 8000


def uvicorn(cleanup, place, *options, **env):  # noqa: F811
    user = account("www-data")
    own_directory(place, user)
    at = options if "--uds" in options else ("--port", PORT, *options)
    server = started(cleanup, Child("uvicorn", [sys.executable, "-m", "uvicorn", "--no-access-log", "blocking:app", *at],
                                    place, env={"PYTHONDONTWRITEBYTECODE": "1", **env}, user=user, cwd=APPS))
    server.wait_ready(lambda: accepts(options[1] if "--uds" in options else ("127.0.0.1", PORT)))
    return server


def load_on(path, port=PORT, connections=12):
    return lambda seconds: Wrk(f"http://127.0.0.1:{port}{path}", connections, seconds)


def test_a_call_to_another_server(watchers, place, cleanup, kept_run):  # noqa: F811
    slow = script(cleanup, place, "apps/slow_web.py", SLOW_PORT, 0.05)
    service = {"APP_SERVICE": f"http://127.0.0.1:{slow}/"}
    one = uvicorn(cleanup, place, **service)
    with kept_run("a call to another server blocks an event loop", "uvicorn workers", waiting_on=f"127.0.0.1:{slow}",
                  path=["uvicorn", f"127.0.0.1:{slow}"], helps=["several of it"], made_on="uvicorn → a slow server") as run:
        run.load(load_on("/service"))
        for daemon in watchers.values():
            verdict = named_within(daemon, ("uvicorn", "workers"), f"127.0.0.1:{slow}")
            assert "its event loop is blocked" in verdict["sentence"]
            assert verdict["confidence"] == "medium"
    one.stop()
    uvicorn(cleanup, place, "--workers", "4", **service)
    run.relief(load_on("/service"))


def test_a_sleep_behind_a_unix_socket(watchers, place, cleanup):  # noqa: F811
    """Connections over UNIX sockets tell what is unread, too, and nothing tells what blocks it."""
    uvicorn(cleanup, place, "--uds", str(place / "app.sock"))
    nginx = started(cleanup, Nginx(place / "nginx", f"proxy_pass http://unix:{place}/app.sock:/;", port=80))
    load = started(cleanup, load_on("/sleep", nginx.port)(20))
    for daemon in watchers.values():
        verdict = named_within(daemon, ("uvicorn", "workers"))
        assert steps(verdict) == ["nginx", "uvicorn"]
    load.stop()


def test_a_loop_that_goes_on_is_fine(watchers, place, cleanup):  # noqa: F811
    uvicorn(cleanup, place)
    load = started(cleanup, load_on("/pause", connections=24)(20))
    stays_clear(watchers, 8)
    load.stop()


SPIN = """
require('http').createServer((request, response) => {
  const end = process.cpuUsage().user + 10000;
  while (process.cpuUsage().user < end);
  response.end('x');
}).listen(process.argv[2], '127.0.0.1');
"""


def spent(daemon, tier):
    """What its requests spend their time on: shares of those in flight."""
    for one in verdicts(daemon)["in_flight"]:
        if one["tier"] == tier:
            return {part["on"]: part["requests"] / one["in_flight"] for part in one["spent"]}
    return {}


def test_what_a_loop_at_work_has_not_read_is_queued(watchers, place, cleanup):  # noqa: F811
    """It computes for one request after the other; nobody is blocked, and nothing is unexplained."""
    program = place / "spin.js"
    program.write_text(SPIN)
    node = started(cleanup, Child("node", ["node", program, NODE_PORT], place))
    node.wait_ready(lambda: accepts(("127.0.0.1", NODE_PORT)))
    load = started(cleanup, load_on("/", NODE_PORT, 16)(30))
    for daemon in watchers.values():
        def is_said(daemon=daemon):
            shares = spent(daemon, "node")
            return shares.get("queued", 0) > 0.7 and shares.get("unknown", 0) < 0.2
        wait_until(is_said, lambda daemon=daemon: spent(daemon, "node"))
        assert "its event loop is blocked" not in verdicts(daemon)["sentence"]
    load.stop()
