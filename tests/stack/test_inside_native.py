# SPDX-License-Identifier: MIT
"""`tierwatch inside` on real servers that are no Python: which functions of theirs are on a CPU."""

import json
import subprocess
import sys
import time

import pytest

from conftest import needs_root
from daemon import run
from servers import Nginx, Postgres, Redis

pytestmark = needs_root  # servers have users of their own

# Works for half a minute, or until the test ends the server.
LUA = "local x = 0 for i = 1, 3000000000 do x = (x * 31 + i) % 1000003 end return x"


def answer_of(home, tier, *options):
    done = run(home, "inside", tier, "--standalone", "--for", "3s", "--json", *options, seconds=60)
    if "built without libdw" in done.stderr:
        pytest.skip("built without libdw")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def redis(home):
    server = Redis(home / "redis")
    yield server
    server.stop()


@pytest.fixture
def script(redis):
    """A script of Lua that Redis is at."""
    child = subprocess.Popen(["redis-cli", "-p", str(redis.port), "eval", LUA, "0"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    yield child
    subprocess.run(["redis-cli", "-p", str(redis.port), "script", "kill"], check=False, capture_output=True)
    child.kill()
    child.wait()


def test_the_function_of_redis_that_is_on_the_cpu_is_named(home, script):
    flame = home / "redis.svg"
    answer = answer_of(home, "redis", "--flame", flame)
    assert answer["code"] == "native" and answer["samples"] > 10
    # Each sample is a fiftieth of a second on a CPU.
    assert answer["samples"] == pytest.approx(answer["cores"] * answer["seconds"] * 50, rel=0.2, abs=5)
    assert "lua" in answer["hottest"]["function"], answer["functions"][:5]
    assert answer["hottest"]["ratio"] > 0.8
    # Its callers are found, out to the beginning of the program.
    outermost = [stack["frames"][-1]["function"] for stack in answer["stacks"][:3]]
    assert any("start" in name for name in outermost), answer["stacks"][0]
    assert answer["cut_ratio"] < 0.05 and answer["torn_ratio"] == 0
    assert answer["cost_cores"] < 0.1
    assert "lua" in flame.read_text()


def test_the_text_says_how_much_of_a_cpu_it_was(home, script):
    done = run(home, "inside", "redis", "--standalone", "--for", "1s", seconds=60)
    assert done.returncode == 0, done.stderr
    assert "without being stopped" in done.stdout and "cores" in done.stdout
    assert "Functions" in done.stdout and "Python" not in done.stdout


def test_without_the_right_it_says_which(home, redis):
    done = run(home, "inside", "redis", "--standalone", user="games", seconds=60)
    assert done.returncode == 1 and done.stdout == ""
    assert "they run as redis, you are games" in done.stderr and "CAP_PERFMON" in done.stderr
    assert "sudo tierwatch inside redis" in done.stderr


def test_nginx_that_compresses_is_in_deflate(home):
    page = home / "www"
    page.mkdir(parents=True)
    words = " ".join(f"line {number * 7919 % 100003}" for number in range(40000))
    (page / "index.html").write_text(words)
    nginx = Nginx(home / "nginx", f"root {page};", http="gzip on; gzip_comp_level 9;", workers=1)
    load = subprocess.Popen(["wrk", "-t1", "-c4", "-d20s", "-H", "Accept-Encoding: gzip", nginx.url + "/index.html"],
                            stdout=subprocess.DEVNULL)
    try:
        answer = answer_of(home, "nginx")
    finally:
        load.kill()
        load.wait()
        nginx.stop()
    assert answer["code"] == "native"
    assert answer["hottest"]["function"] == "deflate", answer["functions"][:5]
    assert "libz" in answer["hottest"]["file"]
    # Debian's library is stripped: the functions that deflate calls have no name.
    assert any("libz" in remark and "stripped" in remark for remark in answer["remarks"])
    assert any("access log" in remark for remark in answer["remarks"])


def test_functions_of_postgres_stand_beside_its_statements(home):
    postgres = Postgres(home / "postgres")
    query = "import psycopg2, sys; psycopg2.connect(sys.argv[1]).cursor().execute(sys.argv[2])"
    client = subprocess.Popen([sys.executable, "-c", query, postgres.dsn,
                               "select sum(i * i % 7) from generate_series(1, 1000000000) as t(i)"])
    try:
        time.sleep(1)
        answer = answer_of(home, "postgres")
    finally:
        client.kill()
        client.wait()
        postgres.stop()
    assert "generate_series" in answer["statements"][0]["statement"]
    native = answer["native"]
    assert native["cores"] > 0 and native["samples"] > 10
    assert any(one["function"] == "PostgresMain" and one["total_ratio"] > 0.8 for one in native["functions"])
