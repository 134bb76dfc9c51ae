# SPDX-License-Identifier: MIT
"""Keys of `tierwatch top` that choose by user or ask beyond the view, on real servers."""

import re

import pytest

import daemon as tierwatch
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
