# SPDX-License-Identifier: MIT
"""Keys of `tierwatch top` that choose by user or ask beyond the view, on real servers."""

import json
import os
import re

import daemon as tierwatch
from conftest import needs_root
from processes import wait_until
from terminal import TIERS_OF_TOP, Terminal


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
    text = top.wait_for(r"looked at \d+ times", 30)  # nothing asks it for anything: few functions, or none
    assert "Looks at it for" not in text
    assert re.search(r"own +with calls +function +defined at|none of its Python threads|no Python function was active",
                     text), text
    top.keys("Escape")
    top.wait_for(TIERS_OF_TOP)


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
        terminal.wait_for(TIERS_OF_TOP)
        terminal.keys("i")
        terminal.wait_for(r"may be another machine")


def test_the_screen_and_the_snapshot_are_written_to_new_files(stack, home, isolated):
    argv = ["sh", "-c", f"cd {home} && exec {tierwatch.installed(home)} top --standalone"]
    with Terminal(argv, 120, 40) as top:
        top.wait_for(TIERS_OF_TOP)
        top.keys("W")
        proposed = re.search(r"Write to: (tierwatch-\S+\.txt)_", top.wait_for(r"Write to: \S+_"))[1]
        top.keys("Enter")
        top.wait_for(rf"Screen written to {home}/{proposed}, mode 0600")
        written = home / proposed
        assert re.search(TIERS_OF_TOP, written.read_text()) and "\033" not in written.read_text()
        assert written.stat().st_mode & 0o777 == 0o600
        top.keys("W", *["BSpace"] * len(proposed)).type(proposed).keys("Enter")
        top.wait_for(rf"{proposed}: exists already")
        top.keys("W", *["BSpace"] * 80).type("kept.txt").keys("Tab", "Enter")
        top.wait_for(r"Snapshot written to \S+/kept.json")
        assert json.loads((home / "kept.json").read_text())["format_version"] == 1
        top.keys("W", *["BSpace"] * 80).type("/no/such/place").keys("Enter")
        top.wait_for(r"/no/such/place: cannot be written: No such file")


def test_the_same_view_as_a_command_is_copied(stack, home, isolated):
    with Terminal([tierwatch.installed(home), "top", "--standalone"], 120, 40) as top:
        top.wait_for(TIERS_OF_TOP)
        top.clipboard_on()
        top.keys("M", "y")
        command = "tierwatch top --standalone --sort rss"
        top.wait_for(rf"^ +{command}$")
        wait_until(lambda: top.clipboard() == command, "the command in the clipboard", 10)
        top.keys("y")
        wait_until(lambda: "tierwatch_tier_resident_memory_bytes" in top.clipboard(), "PromQL", 10)
    done = tierwatch.run(home, *command.split()[1:], "--once")
    assert done.returncode == 0 and "RSS▼" in done.stdout


@needs_root
def test_without_the_right_it_says_which_is_missing(stack, home, isolated):
    argv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", tierwatch.installed(home), "top",
            "--standalone"]
    with Terminal(argv, 100, 30) as terminal:
        terminal.wait_for(r"uwsgi +worker")
        terminal.keys("/").type("uwsgi").keys("Enter", "i")
        terminal.wait_for(r"that takes\s+CAP_SYS_PTRACE: sudo tierwatch inside uwsgi")
