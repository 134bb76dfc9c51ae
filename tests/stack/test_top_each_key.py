# SPDX-License-Identifier: MIT
"""Each key that F1 lists, pressed in `tierwatch top` on real servers under load: what a person sees then. A key that
the help gains and that has no case here fails the first test."""

import os
import re

import pytest

import daemon as tierwatch
from loads import Wrk
from processes import wait_until
from terminal import TIERS_OF_TOP, Terminal

pytestmark = pytest.mark.usefixtures("isolated")

PAST = r"^ PAST · "
NOW = r"sampling by itself · every"

# Keys in their order → what the screen shows after the last one. Text in angle brackets is a key as tmux calls it.
CASES = {
    "v": [("v", r"^ WHAT WAS LOOKED AT, AND WHY IT WAS NOT NAMED\n(.*\n)+ HOW FULL EVERYTHING IS")],
    "p": [("p", r"^ WHERE A REQUEST'S TIME GOES(.*\n)+ tier +all +queued .* servers +unexplained\n(.*\n)*? uwsgi +\d")],
    "F1": [("<F1>", r"^ KEYS")], "?": [("?", r"^ KEYS")], "h": [("h", r"^ KEYS")],
    "F2": [("<F2>", r"^ Columns of the processes"), ("<F2> <Space>", r"^ +\[ \] PID")],
    "S": [("S", r"^ Columns of the processes")],
    "F3": [("<F3> redis-server <Enter> <Enter>", r"^ PROCESS \d+\n title +redis-server")],
    "/": [("/ postmas <Enter> <Enter>", r"^ PROCESS \d+(.*\n)+ tier, role +postgres, postmaster")],
    "F4": [("<F4> redis|walwriter <Enter>", r"^ +2 .*together: all that match")],
    "\\": [("\\ redis <Enter>", r"filter redis$")],
    "F5": [("<F5>", r"└─ nginx: worker process")], "t": [("t", r"└─ nginx: worker process")],
    "F6": [("<F6> <Home> <Enter>", r" PID▼")], ">": [(">", r"^ Sort by")], ".": [(".", r"^ Sort by")],
    "I": [("I", r" CPU%▲")],
    "P": [("M P", r" CPU%▼"), ("P P", r" CPU%▼")],
    "M": [("M", r" RSS▼")],
    "T": [("T", r" TIME\+▼")],
    "1-9": [("2", r"^- uwsgi"), ("2", r"^2 uwsgi")],
    "u": [("u", r"^ Show the processes of"), ("u <Down> <Enter>", r"user \S+$")],
    "a": [("a <F4> wrk <Enter>", r"^ +\d+ .* wrk -t")],
    "Enter": [("<Enter>", r"^ PROCESS \d+(.*\n)+ cpu of a core (.*\n)+ THREADS: \d+")],
    "e": [("/ uwsgi-core <Enter> e", r"^ ENVIRONMENT OF PROCESS \d+ \(uwsgi, \w+\)\n APP_DATABASE=")],
    "l": [("/ nginx: <Enter> l", r"^ LOGS OF PROCESS \d+ \(nginx, \w+\)\n \S+error.log, newest first")],
    "m": [("m", r"QUEUE, (LAST )?\d+ S"), ("m", r"BUSY, (LAST )?\d+ S"), ("m", r"MEMORY, (LAST )?\d+ S"),
          ("m", r"FDS, (LAST )?\d+ S"), ("m", r"CPU, (LAST )?\d+ S")],
    "F": [("F", r"following \d+$")],
    "Space": [("<Space>", r"1 tagged$"), ("<Space> <Space>", r"^ +2 .*together: all that are tagged")],
    "z": [("z", r"PAUSED · data [1-9]")], "Z": [("Z", r"PAUSED · data [1-9]")],
    "[": [("[", PAST + r".*from memory")], "{": [("{", PAST)],
    "+": [("+", r"every 1 s ")], "-": [("-", r"every 2\d\d ms ")],
    "N": [("N", PAST)],
    "g": [("g -3s <Enter>", PAST + r".* · [3-9] s ago"), ("g soon <Enter>", r"Go to: soon_ +is not a time")],
    "W": [("W", r"Write to: tierwatch-\S+\.txt_"), ("W <Tab>", r"Write to: tierwatch-\S+\.json_")],
    "y": [("M y", r"^ THE SAME ELSEWHERE(.*\n)+ +tierwatch top --standalone --sort rss")],
    "F9": [("/ nginx: <Enter> <F9>", r"^ Signal to process \d+ \(nginx, \w+\)(.*\n)+ +SIGUSR1 +\S")],
}
if os.geteuid() == 0:  # it reads the memory of www-data's processes
    CASES["i"] = [("/ uwsgi-core <Enter> i", r"^ INSIDE uwsgi\n(.*\n)+ looked at \d+ times|^ its threads:")]
# Keys whose effect takes more than what stands on one screen: tests of their own, below.
OTHERS = {"i", "]", "}", "n", "G", "U", "C", "Ctrl-L", "F10", "q", "mouse"}


@pytest.fixture(scope="module")
def loaded(stack):
    load = Wrk(stack.nginx.url + "/cpu/5", 8, 900)
    yield stack
    load.stop()


@pytest.fixture
def top(loaded, home):
    argv = [tierwatch.installed(home), "top", "--standalone", "--interval", "500ms"]
    with Terminal(argv, 120, 40) as terminal:
        terminal.wait_for(TIERS_OF_TOP)
        terminal.wait_for(r"uwsgi .* \d/\d ")  # it is known how many workers are busy
        yield terminal


def press(terminal, keys):
    for word in keys.split():
        name = re.fullmatch(r"<(.+)>", word)
        terminal.keys(name[1]) if name else terminal.type(word)


def test_the_help_lists_no_key_without_a_case(top):
    top.resize(120, 100).keys("F1")
    text = top.wait_for(r"^ KEYS\n(.*\n)+ BARS\n")
    keys = re.search(r"^ KEYS\n((.+\n)+?) *\n", text, re.MULTILINE)[1]
    listed = {key for line in keys.splitlines() if line[1] != " " for key in re.split(r" {2,}", line[1:])[0].split()}
    assert {"v", "F10", "mouse"} <= listed, listed
    assert listed - set(CASES) - OTHERS == set()


@pytest.mark.parametrize("key", CASES)
def test_what_a_key_shows(top, key):
    for number, (keys, shown) in enumerate(CASES[key]):
        if number:
            top.keys("Escape", "Escape", "G", "U")
            top.wait_for(NOW)
        press(top, keys)
        top.wait_for(shown, 30)


def moment(terminal):
    when = PAST + r"(\w+ \d+ \w+ [\d:]+)"
    return re.search(when, terminal.wait_for(when), re.MULTILINE)[1]


def test_forward_again_and_back_to_now(top):
    top.wait_for(r"^ FULL .* for [4-9] s", 40)
    press(top, "[ [ [ [")
    top.wait_for(PAST)
    before = moment(top)
    press(top, "] ] ]")  # two samples a second
    top.wait_without(re.escape(before))
    press(top, "G")
    top.wait_for(NOW)
    press(top, "[ }")  # a minute on is beyond the newest
    top.wait_for(NOW)
    press(top, "N N")
    earlier = moment(top)
    press(top, "n")
    top.wait_for(PAST)
    assert "no later change" in top.text() or moment(top) >= earlier


def test_what_was_tagged_is_untagged(top):
    press(top, "<Space> <Space>")
    top.wait_for(r"2 tagged")
    press(top, "U")
    top.wait_without(r"tagged")


def test_the_palettes_take_turns(top):
    colour = re.compile(r"\033\[(?:\d+;)*[34](?:[0-7]|8;5;\d+)m")
    assert colour.search(top.colored())
    press(top, "C C")  # the third has none
    top.wait_for(NOW)
    wait_until(lambda: not colour.search(top.colored()), "a screen without colours", 10)
    press(top, "C")
    wait_until(lambda: colour.search(top.colored()), "colours again", 10)


def test_what_others_wrote_onto_the_terminal_is_drawn_over(top):
    with open(top.tty, "w", encoding="utf-8") as other:
        other.write("\033[31;40HWALL: the disk is full\r")
    top.wait_for(r"WALL: the disk is full")
    top.keys("C-l")
    top.wait_without("WALL")


@pytest.mark.parametrize("key", ("q", "F10"))
def test_it_is_left(top, key):
    top.keys(key)
    wait_until(lambda: top.ended_with(0), "its end", 10)


def test_the_wheel_scrolls(top):
    top.keys("?")
    top.wait_for(r"^ KEYS")
    top.click(5, 20, button=65)
    top.wait_without(r"^ KEYS")
    top.click(5, 20, button=64)
    top.wait_for(r"^ KEYS")
