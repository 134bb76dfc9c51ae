# SPDX-License-Identifier: MIT
"""What was offered and what was achieved, of real loads on the real stack: by users who keep a pace, by
a schedule that the server cannot keep, by connections that wait; and what a stall hides."""

import json
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

from daemon import installed, run
from load_tools import write_jtl
from processes import descendants
from web_stack import on_half_a_core

pytestmark = pytest.mark.usefixtures("isolated")

USERS, PACE, SECONDS = 10, 0.25, 30


@pytest.fixture(scope="module")
def stack(home):
    yield from on_half_a_core(home)


@pytest.fixture
def record(home, stack, request):
    """While a block runs, `record` watches; gives the file of the run."""
    @contextmanager
    def recording():
        file = home / f"{request.node.name}.db"
        process = subprocess.Popen(
            [installed(home), "record", "-o", file, "--interval", "200ms", "--around", "1s", "--", "cat"],
            cwd=home, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        time.sleep(1.5)
        yield file
        _, errors = process.communicate()  # the end of its input is cat's
        assert process.returncode == 0, errors
    return recording


def ask(url, rows, users):
    begin = time.time()
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            answer.read()
            status = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
    rows.append((begin, time.time() - begin, status, users))


def wait_at(seconds):
    """Milliseconds that the database shall sleep then: so that latency varies."""
    return 10 + 20 * (int(seconds) % 7)


def keep_pace(url, user, rows):
    """One user: a request each PACE seconds, later ones as answers allow; what it misses it leaves out."""
    start = time.monotonic()
    due = PACE * user / USERS
    while due < SECONDS:
        time.sleep(max(0.0, start + due - time.monotonic()))
        ask(f"{url}/sleeping-query/{wait_at(due)}", rows, USERS)
        while start + due <= time.monotonic():
            due += PACE


@contextmanager
def stopped(processes):
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in processes:
            os.kill(pid, signal.SIGCONT)


def paced_run(url, stall, servers):
    rows = []
    users = [threading.Thread(target=keep_pace, args=(url, user, rows)) for user in range(USERS)]
    for user in users:
        user.start()
    if stall:
        time.sleep(SECONDS / 2)
        with stopped(servers):
            time.sleep(stall)
    for user in users:
        user.join()
    return rows


def report_of(home, *arguments):
    done = run(home, "report", *arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("stall", [0, 3])
def test_users_who_keep_a_pace_are_known_and_what_a_stall_hides(home, stack, record, stall):
    with record() as file:
        rows = paced_run(stack.nginx.url, stall, descendants(stack.uwsgi.child.pid))
    jtl = home / f"paced-{stall}.jtl"
    write_jtl(jtl, rows)
    report = report_of(home, file, "--load", jtl, "--clock-offset", "0s")
    offered = report["offered"]
    print(json.dumps(offered, indent=1))
    assert (offered["model"], offered["measured"]) == ("paced", True), offered
    assert offered["pace_seconds"] == pytest.approx(PACE, rel=0.05)
    missing = USERS * SECONDS / PACE - len(rows)
    if not stall:
        assert "hidden" not in offered, offered
        assert offered["steps"][0]["offered_per_second"] == pytest.approx(USERS / PACE, rel=0.05)
        return
    hidden = offered["hidden"]
    assert 0.5 * missing <= hidden["requests"] <= 1.05 * missing, (missing, hidden)
    assert 0.9 <= hidden["p99_seconds"] <= stall, hidden
    text = run(home, "report", file, "--load", jtl, "--clock-offset", "0s").stdout
    assert "Closed load with a pace: each user began a request every" in " ".join(text.split())
    assert "Coordinated omission hides at least" in text


def write_vegeta(file, rows):
    """As `vegeta encode --to csv` writes: ns, status, latency in ns, bytes, error, body, name, number."""
    file.write_text("".join(
        f"{begin * 1e9:.0f},{status},{took * 1e9:.0f},0,0,,,shop,{number}\n"
        for number, (begin, took, status, _) in enumerate(sorted(rows))))


def test_of_a_schedule_that_is_too_fast_the_rest_is_short(home, stack, record):
    """Thirty requests a second of 310 ms each want nine workers and more, and there are eight."""
    rate, seconds, rows = 30, 20, []
    with record() as file:
        threads = []
        start = time.monotonic()
        for number in range(rate * seconds):
            time.sleep(max(0.0, start + number / rate - time.monotonic()))
            threads.append(threading.Thread(target=ask, args=(stack.nginx.url + "/sleeping-query/310", rows, 0)))
            threads[-1].start()
        for thread in threads:
            thread.join()
    csv = home / "open.csv"
    write_vegeta(csv, rows)
    offered = report_of(home, file, "--load", csv, "--clock-offset", "0s")["offered"]
    print(json.dumps(offered, indent=1))
    assert (offered["model"], offered["measured"]) == ("open", True), offered
    first = offered["steps"][0]
    begins = sorted(begin for begin, *_ in rows)
    sent = len(begins) / (begins[-1] - begins[0])  # threads of one interpreter may be late
    print(sent)
    assert first["offered_per_second"] == pytest.approx(sent, rel=0.15), offered
    assert first["short_ratio"] > 0.05, offered
    assert first["short_ratio"] == pytest.approx(1 - first["achieved_per_second"] / first["offered_per_second"])
    assert "hidden" not in offered and "hides nothing" in offered["hidden_words"]


def test_connections_that_wait_offer_nothing_of_their_own(home, stack):
    file = home / "closed.db"
    done = run(home, "record", "-o", file, "--around", "1s", "--", "wrk", "-t1", "-c8", "-d5s", "--latency",
               stack.nginx.url + "/cpu/8", seconds=60)
    assert done.returncode == 0, done.stderr
    offered = report_of(home, file)["offered"]
    assert (offered["model"], offered["measured"]) == ("closed", True), offered
    assert "offered_per_second" not in offered["steps"][0]
    assert "not known" in offered["words"] and "without a pace" in offered["hidden_words"]


def test_a_rate_on_the_command_line_is_what_was_offered(home, stack):
    """Eight connections of five requests a second each, of which half a core can answer a part."""
    file = home / "rate.db"
    done = run(home, "record", "-o", file, "--around", "1s", "--", "hey", "-c", "8", "-q", "5", "-z", "8s",
               stack.nginx.url + "/cpu/25", seconds=60)
    assert done.returncode == 0, done.stderr
    report = report_of(home, file)
    offered = report["offered"]
    assert (offered["model"], offered["asked_per_second"], offered["asked_by"]) == ("paced", 40, "hey -q 5"), offered
    achieved = report["load"]["totals"]["requests_per_second"]
    assert achieved < 30
    assert offered["steps"][0]["short_ratio"] == pytest.approx(1 - achieved / 40, abs=0.02)
    assert offered["hidden"]["requests"] > 60, offered


def test_a_generator_without_open_files_left_is_doubted(home, stack):
    """wrk wants sixty connections, and may open forty files."""
    file = home / "descriptors.db"
    done = run(home, "record", "-o", file, "--around", "1s", "--interval", "200ms", "--", "sh", "-c",
               f"ulimit -n 40; exec wrk -t1 -c60 -d5s {stack.nginx.url}/", seconds=60)
    assert done.returncode == 0, done.stderr
    report = report_of(home, file)
    generator = report["generator"]
    print(json.dumps(generator, indent=1), report["verdict"]["sentence"])
    assert (generator["open_files_limit"], generator["exhausted"]) == (40, True), generator
    assert any("of 40 open files in use" in doubt for doubt in generator["doubts"]), generator
    assert any("open files in use" in warning for warning in report["warnings"])
