# SPDX-License-Identifier: MIT
"""Looking back in the live view of `tierwatch top`: its own memory, and a daemon's history."""

import json
import os
import re
import subprocess
import time

import pytest

import daemon as tierwatch
import history_file
from processes import free_port, wait_until
from terminal import Terminal

WRITER = os.environ.get("TIERWATCH_HISTORY_WRITER", "build/dev/tests/stack/write_history")
STEP = 0.1  # seconds that a step may take
PAST = r"^ PAST · (\w+ \d+ \w+ [\d:]+)"


def shown(terminal):
    """The moment that the first line names."""
    match = re.match(PAST, terminal.lines()[0])
    return match and match[1]


def moved(terminal, key, before):
    """The moment after a key."""
    terminal.type(key)
    return wait_until(lambda: shown(terminal) not in (None, before) and shown(terminal),
                      f"another moment than {before} after {key}", 10)


@pytest.fixture
def top(stack, home):
    argv = [tierwatch.installed(home), "top", "--standalone", "--interval", "1s"]
    with Terminal(argv, 140, 40) as terminal:
        terminal.wait_for(r"postgres +ok")
        yield terminal


def test_alone_it_looks_back_into_its_own_memory(top, isolated):
    top.wait_for(r"^ +\d\d:\d\d .*▁ now$")  # the strip has begun
    time.sleep(3)  # so that there are three samples to go back to
    top.type("[")
    text = top.wait_for(PAST + r" · [1-9]\d* s ago .* from memory")
    assert re.search(r"│", text.splitlines()[1]), "where in the hour that is"
    first = shown(top)
    second = moved(top, "[", first)
    assert second < first
    assert moved(top, "]", second) == first
    time.sleep(1.5)
    assert shown(top) == first, "the past stands still"
    top.type("G")
    top.wait_for(r"sampling by itself · every 1 s · data")
    assert "PAST" not in top.text()


def test_every_key_works_in_the_past(top, isolated):
    time.sleep(2)
    top.type("[")
    top.wait_for(PAST)
    top.keys("F4").type("redis").keys("Enter")
    text = top.wait_for(r"together: all that match")
    assert "nginx: worker" not in text and shown(top)
    top.keys("Escape", "t")
    top.wait_for(r"└─ nginx: worker process")
    top.keys("F6", "Home", "Enter")
    top.wait_for(r"PID▼")
    top.keys("v")
    top.wait_for(r"^ PAST(.*\n)+ HOW FULL EVERYTHING IS")
    top.keys("Escape", "Enter")
    top.wait_for(r"^ PAST(.*\n)+ PROCESS \d+")
    top.keys("Escape").type("G")
    top.wait_without("PAST")


def test_before_its_own_memory_nothing_is_known_and_that_is_said(top, isolated):
    top.type("g-2h").keys("Enter")
    top.wait_for(PAST + r".*nothing older is known")
    top.type("g25:61").keys("Enter")
    top.wait_for(r"Go to: 25:61_ +is not a time")
    top.keys("Escape").type("G")
    top.wait_without("PAST")


@pytest.fixture(scope="module")
def week(home):
    """Seven days of a sample a second that ended a minute ago."""
    file = home / "week.db"
    subprocess.run([WRITER, file, str(7 * 86_400), str(int(time.time()) - 60)], check=True,
                   timeout=600)
    return file


def test_a_step_through_a_week_takes_no_longer_than_a_tenth_of_a_second(stack, home, week, isolated):
    argv = [tierwatch.installed(home), "top", "--standalone", "--history", week]
    with Terminal(argv, 140, 40) as terminal:
        terminal.wait_for(r"postgres +ok")
        terminal.wait_for(r"^ +\d\d:\d\d ▁{20}", 30)  # the hour before comes from the history
        terminal.type("g-4d").keys("Enter")
        before = wait_until(lambda: shown(terminal), "four days ago", 10)
        assert "from history" in terminal.text() and re.search(r" 9[56] h \d+ m ago", terminal.lines()[0]), \
            terminal.lines()[0]
        times = []
        for key in "[[[[[{{{{{]]]]]}}}}}":
            begin = time.monotonic()
            terminal.type(key)
            while shown(terminal) in (None, before):
                assert time.monotonic() < begin + 10, terminal.text()
            times.append(time.monotonic() - begin)
            before = shown(terminal)
        # The quickest is what a step costs: the others waited for a processor, as tmux did. What
        # reads the whole file takes a hundred times as long, each time.
        assert min(times) < STEP, times


def test_attached_by_a_url_the_strip_begins_with_what_the_daemon_has_seen(stack, home, isolated):
    """It cannot read the history of that machine, and need not."""
    history, port = home / "remembered.db", free_port()
    subprocess.run([WRITER, history, "4000", str(int(time.time()) - 60)], check=True, timeout=60)
    daemon = tierwatch.Tierwatch(home, f'[history]\npath = "{history}"\n', name="remembers", port=port).wait_ready()
    try:
        wait_until(lambda: len(json.loads(daemon.get("/api/v1/recent?ticks=none"))["verdicts"]) > 1, "the hour before")
        with Terminal([tierwatch.installed(home), "top", "--url", f"http://127.0.0.1:{port}"], 140, 40) as terminal:
            terminal.wait_for(r"^ +\d\d:\d\d ▁{20}")
    finally:
        daemon.stop()


def jump_back_to(terminal, wanted, most=5):
    """On a full machine the verdict changes after the mark, too."""
    for last in [False] * (most - 1) + [True]:
        terminal.type("N")
        try:
            return terminal.wait_for(wanted, 20 if last else 3)
        except TimeoutError:
            if last:
                raise


def test_attached_it_looks_into_the_daemons_history(stack, home, isolated):
    port = free_port()
    name = "looked-at"
    history = home / name / "history.db"
    daemon = tierwatch.Tierwatch(home, f'[history]\npath = "{history}"\n', name=name, port=port,
                                 interval="250ms").wait_ready()
    try:
        wait_until(lambda: history_file.ticks(history)[0] >= 20, "twenty samples on disk", 60)
        tierwatch.run(home, "mark", "deployed 42")
        wait_until(lambda: history_file.rows(history, "SELECT text FROM mark"), "the mark", 30)
        argv = [tierwatch.installed(home), "top", "--url", f"http://127.0.0.1:{port}",
                "--history", history]
        with Terminal(argv, 160, 40) as terminal:
            terminal.wait_for(r"postgres +ok")
            terminal.wait_for(r"^ +\d\d:\d\d .*▲", 30)  # the mark stands in the strip
            jump_back_to(terminal, PAST + r" · mark: deployed 42 · ")
            terminal.type("{")
            text = terminal.wait_for(PAST + r".*from history")
            assert {"nginx", "uwsgi", "postgres", "redis"} <= set(re.findall(r"^\d (\w+)", text, re.M))
            terminal.type("n")
            terminal.wait_for(PAST)
            terminal.type("G")
            terminal.wait_for(r"attached to http")
    finally:
        daemon.stop()


def test_a_history_that_cannot_be_read_is_named(stack, home, isolated):
    argv = [tierwatch.installed(home), "top", "--standalone", "--history", home / "none.db"]
    with Terminal(argv, 200, 40) as terminal:
        terminal.wait_for(r"postgres +ok")
        terminal.type("g-1d").keys("Enter")
        terminal.wait_for(PAST + r".*nothing older is known: .*none\.db")
