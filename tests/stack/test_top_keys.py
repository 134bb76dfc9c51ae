# SPDX-License-Identifier: MIT
"""Keys of `tierwatch top` that choose by user or ask beyond the view, on real servers."""

import os
import re

import pytest

import daemon as tierwatch
from conftest import needs_root
from processes import wait_until
from terminal import Terminal

TIERS = r"nginx +\S.*\n.*uwsgi +\S.*\n.*postgres +\S.*\n.*redis +\S"


@pytest.fixture
def top(stack, home):
    """The view of this machine by itself, with all four tiers shown."""
    argv = [tierwatch.installed(home), "top", "--standalone", "--interval", "500ms"]
    with Terminal(argv, 120, 40) as terminal:
        terminal.wait_for(TIERS)
        yield terminal


def test_one_users_processes(top, stack, isolated):
    top.keys("u")
    text = top.wait_for(r"^ Show the processes of")
    assert re.search(r"^ ● +all users +\d+ process", text, re.MULTILINE)
    first = re.search(r"^ {5}(\S+) +\d+ process(es)?\b", text, re.MULTILINE)[1]
    top.keys("Down", "Enter")
    top.wait_for(rf"user {first}$")
    top.wait_for(r"together: all that match")
    top.keys("z", "u", "Home", "Enter")
    text = top.wait_without(r"together")
    assert "PAUSED" in text and f"user {first}" not in text


def test_a_user_nobody_knows_is_an_error(home):
    done = tierwatch.run(home, "top", "--standalone", "--once", "--user", "nobody-here")
    assert done.returncode == 1 and "no user 'nobody-here'" in done.stderr


@needs_root
def test_inside_the_tier_of_the_chosen_process(top, stack, isolated):
    top.keys("/").type("uwsgi").keys("Enter", "i")
    top.wait_for(r"^ INSIDE uwsgi\n Looks at it for 5 s, 50 times a second; it is not stopped")
    text = top.wait_for(r"looked at \d+ process|Functions|none of its Python threads", 30)
    assert "Looks at it for" not in text
    top.keys("Escape")
    top.wait_for(TIERS)


def test_leaving_the_pane_ends_the_look(top, stack, isolated):
    top.keys("/").type("uwsgi").keys("Enter")
    before = threads_of(top.pid)
    top.keys("i")
    top.wait_for(r"^ INSIDE uwsgi")
    wait_until(lambda: threads_of(top.pid) > before, "a thread that looks", 10)
    top.keys("Escape")
    wait_until(lambda: threads_of(top.pid) <= before, "the end of it", 3)


def threads_of(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def test_over_the_network_nothing_is_asked_of_processes(stack, home, daemon, isolated):
    argv = [tierwatch.installed(home), "top", "--url", f"http://{daemon.address}"]
    with Terminal(argv, 100, 30) as terminal:
        terminal.wait_for(TIERS)
        terminal.keys("i")
        terminal.wait_for(r"may be another machine")
