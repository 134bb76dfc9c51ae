# SPDX-License-Identifier: MIT
"""Servers of which only their processes and roles are known by heart: Debian's, as they start."""

import shutil
from collections import Counter
from contextlib import ExitStack
from importlib.machinery import PathFinder

import pytest

import daemon as tierwatch
from processes import Child, accepts, descendants, free_port, wait_until

APP = """
async def asgi(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})


def wsgi(environment, start):
    start("200 OK", [])
    return [b"x"]
"""
RACK_APP = 'run lambda { |env| [200, {}, ["x"]] }'
PYTHON = "/usr/bin/python3"

# What runs, its command line, and the roles that `match` must show.
SERVERS = {
    "uvicorn": ([PYTHON, "-m", "uvicorn", "app:asgi", "--port", "{port}"], {"main": 1}),
    "uvicorn --workers": (
        [PYTHON, "-m", "uvicorn", "app:asgi", "--port", "{port}", "--workers", "2"],
        {"supervisor": 1, "worker": 2, "child": 1}),
    "hypercorn -w": (["hypercorn", "app:asgi", "-b", "127.0.0.1:{port}", "-w", "2"],
                     {"supervisor": 1, "worker": 2}),
    "daphne": (["daphne", "-p", "{port}", "app:asgi"], {"main": 1}),
    "waitress": ([PYTHON, "-m", "waitress", "--port", "{port}", "app:wsgi"], {"main": 1}),
    "puma": (["puma", "-b", "tcp://127.0.0.1:{port}", "config.ru"], {"main": 1}),
    "puma -w": (["puma", "-w", "2", "-b", "tcp://127.0.0.1:{port}", "config.ru"],
                {"master": 1, "cluster-worker": 2}),
    "varnish": (["varnishd", "-F", "-a", "127.0.0.1:{port}", "-b", "127.0.0.1:1", "-n", "{home}/v",
                 "-s", "malloc,16m"], {"manager": 1, "cache": 1}),
    "caddy": (["caddy", "file-server", "--listen", "127.0.0.1:{port}"], {"main": 1}),
}


def is_installed(argv):
    if argv[:2] == [PYTHON, "-m"]:
        return PathFinder.find_spec(argv[2], ["/usr/lib/python3/dist-packages"]) is not None
    return shutil.which(argv[0]) is not None


@pytest.fixture(scope="module")
def pids(home):
    """Of each server's processes: all of them run, each on a port of its own."""
    (home / "app.py").write_text(APP)
    (home / "config.ru").write_text(RACK_APP)
    with ExitStack() as stack:
        started = {}
        for name, (argv, _) in SERVERS.items():
            if is_installed(argv):
                port = free_port()
                argv = [part.format(port=port, home=home) for part in argv]
                child = Child(name.replace(" ", ""), argv, home, cwd=home, env={"HOME": str(home)})
                stack.callback(child.stop)
                started[name] = child, port
        for child, port in started.values():
            child.wait_ready(lambda port=port: accepts(("127.0.0.1", port)), seconds=60)
        yield {name: child.pid for name, (child, _) in started.items()}


def match(home):
    """(tier, role) of each process."""
    done = tierwatch.run(home, "match")
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.split("\n\n")[0].splitlines()]
    return {int(row[0]): (row[1], row[2]) for row in rows if row and row[0].isdigit()}


@pytest.mark.parametrize("name", SERVERS)
def test_its_processes_have_their_roles(home, pids, isolated, name):
    if name not in pids:
        pytest.skip("not installed")
    expected = Counter({(name.split()[0], role): many for role, many in SERVERS[name][1].items()})

    def seen():
        all_processes = match(home)
        return Counter(all_processes.get(pid) for pid in descendants(pids[name])) == expected
    wait_until(seen, f"{expected}; match shows {match(home)}")
