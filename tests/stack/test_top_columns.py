# SPDX-License-Identifier: MIT
"""Columns of `tierwatch top` that a user chooses, adds and keeps, on real servers."""

import json
import re

import daemon as tierwatch
from processes import wait_until
from terminal import TIERS_OF_TOP, Terminal

LIST = "pid,MEM/T=rss/threads,FD%=fds/limit:percent,title"


def test_a_column_of_ones_own_is_added_sorted_by_and_kept(stack, home, isolated):
    settings = {"XDG_CONFIG_HOME": str(home / "columns")}
    argv = [tierwatch.installed(home), "top", "--standalone"]
    with Terminal(argv, 120, 40, env=settings) as top:
        top.wait_for(TIERS_OF_TOP)
        top.keys("F2", "a").type("MEM/T=rss/treads").keys("Enter")
        text = top.wait_for(r"\^ no field is called 'treads'")
        typed, pointed = text.rstrip("\n").splitlines()[-2:]
        assert typed[pointed.index("^"):].startswith("treads")
        top.keys(*["BSpace"] * 6).type("threads").keys("Enter")
        top.wait_for(r"\[x\] MEM/T +rss/threads, as bytes")
        top.keys("]", "Escape", "F6", "Home", "Down", "Enter")
        text = top.wait_for(r"^ +PID +MEM/T▼ *TIER")
        assert re.search(r"^ +\d+ +[\d.]+[KM] nginx", text, re.MULTILINE), text
        top.keys("q")
        wait_until(lambda: top.ended_with(0), "the end")
    kept = (home / "columns/tierwatch/top.toml").read_text()
    assert "'MEM/T=rss/threads'" in kept and "sort = 'MEM/T'" in kept
    with Terminal(argv, 120, 40, env=settings) as top:
        top.wait_for(r"^ +PID +MEM/T▼ *TIER")


def test_columns_of_the_command_line_as_text_and_as_figures(stack, home, isolated):
    text = tierwatch.run(home, "top", "--standalone", "--once", "--columns", LIST, "--sort", "MEM/T").stdout
    assert re.search(r"^ +PID +MEM/T▼ +FD% TITLE$", text, re.MULTILINE), text
    done = tierwatch.run(home, "top", "--standalone", "--json", "--tier", "redis", "--columns", LIST)
    told = json.loads(done.stdout)
    assert told["columns"] == ["pid", "MEM/T", "FD%", "title"]
    rows = told["processes"]
    assert rows and all("redis" in title for *_, title in rows)
    assert all(figure > 100_000 and 0 < share < 1 for _, figure, share, _ in rows), rows


def test_what_is_not_known_is_absent(stack, home, isolated):
    done = tierwatch.run(home, "top", "--standalone", "--json", "--columns", "pid,X=rss/(threads-threads)")
    assert {figure for _, figure in json.loads(done.stdout)["processes"]} == {None}


def test_what_a_recording_does_not_hold_is_absent(stack, home, isolated):
    run = home / "columns.db"
    assert tierwatch.run(home, "record", "-o", run, "--around", "0s", "--", "sleep", "2").returncode == 0
    replayed = "top", "--replay", run, "--batch"
    text = tierwatch.run(home, *replayed, "--columns", "pid,rss,time,anon").stdout
    assert re.search(r"^ +\d+ +[\d.]+[KMG] +– +–$", text, re.MULTILINE), text
    lines = tierwatch.run(home, *replayed, "--json", "--columns", "pid,rss,time,anon").stdout.splitlines()
    rows = [row for line in lines for row in json.loads(line)["processes"]]
    assert rows and all(row[1] > 0 and row[2:] == [None, None] for row in rows), rows


def test_mistakes_are_pointed_at(home):
    done = tierwatch.run(home, "top", "--columns", "pid,rs/threads")
    assert done.returncode == 2
    assert "column 5 of 'pid,rs/threads': no field is called 'rs'" in done.stderr
    assert "\n  pid,rs/threads\n      ^\n" in done.stderr
