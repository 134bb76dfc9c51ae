# SPDX-License-Identifier: MIT
"""`tierwatch top` in a terminal, on real servers: what a person does, and what they see."""

import contextlib
import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

import daemon as tierwatch
from processes import free_port, wait_until
from terminal import TIERS_OF_TOP, Terminal

LIST = r" PID.TIER"  # the header of the processes; an arrow may stand between


def rows(text):
    """(pid, tier) of the listed processes, in their order."""
    body = text[re.search(LIST, text).start():]
    return [(int(row[0]), row[1]) for row in re.findall(r"^ *\*? *(\d+) (\S+)", body, re.MULTILINE)]


def tiers(text):
    """Those of the listed processes."""
    return {tier for _, tier in rows(text)}


def test_it_begins_with_the_verdict_the_tiers_and_their_processes(top, isolated):
    text = top.wait_for(r"^ (OK|FULL) ")
    lines = text.splitlines()
    assert "sampling by itself · every 500 ms · data" in lines[0]
    assert tiers(text) == {"nginx", "uwsgi", "postgres", "redis"}
    assert lines[-1].startswith("vWhy pPath F1Help")


def test_filter(top, stack, isolated):
    top.keys("F4").type("checkpointer|REDIS").keys("Enter")
    top.wait_for(r"filter checkpointer\|REDIS")
    wait_until(lambda: tiers(top.text()) == {"postgres", "redis"}, "what matches")
    top.keys("Escape")
    top.wait_for(r"nginx: worker")


def test_search_chooses_the_row(top, stack, isolated):
    top.keys("/").type("redis-server")
    top.wait_for(r"Search: redis-server")
    top.keys("Enter", "Enter")
    top.wait_for(r"PROCESS \d+\n title +redis-server")
    top.keys("Escape")
    top.wait_for(LIST)


def test_sort(top, isolated):
    top.keys("F6", "Home", "Enter")
    top.wait_for(r"PID▼")
    wait_until(lambda: is_sorted([pid for pid, _ in rows(top.text())]), "pids in order")
    top.keys("I")
    top.wait_for(r"PID▲")
    wait_until(lambda: is_sorted([-pid for pid, _ in rows(top.text())]), "pids the other way round")
    top.keys("F6", "Home", "Down", "Enter")
    top.wait_for(r"TIER▼")
    wait_until(lambda: [tier for _, tier in rows(top.text())][:1] == ["nginx"], "nginx first")


def is_sorted(values):
    return values == sorted(values)


def test_tree(top, stack, isolated):
    top.keys("t")
    top.wait_for(r"└─ nginx: worker process")
    wait_until(lambda: len(re.findall(r"[├└]─ postgres: ", top.text())) >= 4, "those of Postgres")


def test_a_tier_is_hidden_by_its_number(top, isolated):
    top.keys("1")
    top.wait_for(r"^- nginx")
    wait_until(lambda: "nginx" not in tiers(top.text()), "no process of it")
    top.keys("1")
    top.wait_for(r"^1 nginx")


def test_mouse(top, isolated):
    lines = top.lines()
    header = next(i for i, line in enumerate(lines) if re.search(LIST, line))
    top.click(lines[header].index("RSS"), header)
    top.wait_for(r"RSS▼")
    top.click(2, 2)  # the verdict, below the strip
    top.wait_for(r"^EscBack")


def test_resize_at_once(top, isolated):
    for columns, height in ((40, 10), (200, 50), (80, 24)):
        top.resize(columns, height)
        def fits():
            lines = top.lines()
            return len(lines) == height and lines[-1].startswith("vWhy") and "TIER" in top.text()
        wait_until(fits, f"a screen of {columns} x {height}", 5)
        assert all(len(line) <= columns for line in top.lines())


def test_pause_stops_the_picture_and_says_so(top, isolated):
    top.wait_for(r"cpu\d? +\[.*\d%\]")  # rates need two samples
    top.keys("z")
    before = re.sub(r"data .* old", "", top.wait_for(r"PAUSED · data [1-9]\d* s old"))
    after = re.sub(r"data .* old", "", top.wait_for(r"PAUSED · data [3-9]\d* s old"))
    assert before.splitlines() == after.splitlines()
    top.keys("z")
    top.wait_without("PAUSED")


def test_help(top, isolated):
    top.keys("?")
    text = top.wait_for(r"^ KEYS")
    assert "F4 \\ " in text and "list only processes that match" in text
    top.keys("q")
    top.wait_for(LIST)


def run_and_compare(home, ignoring_quit=False):
    """argv of a program that runs the view, then tells how it ended and whether the terminal's
    settings are what they were."""
    return ["/usr/bin/python3", "-c", f"""
import signal, subprocess, time
before = subprocess.check_output(["stty", "-g"])
top = subprocess.Popen(["{tierwatch.installed(home)}", "top", "--standalone"])
if {ignoring_quit}: signal.signal(signal.SIGQUIT, signal.SIG_IGN)
open("{home}/top.pid", "w").write(str(top.pid))
code = top.wait()
print("ended", code, before == subprocess.check_output(["stty", "-g"]), flush=True)
time.sleep(60)
"""]


@pytest.mark.parametrize("key", ("q", "F10"))
def test_quit_leaves_the_terminal_as_it_was(stack, home, isolated, key):
    with Terminal(run_and_compare(home), 80, 24) as terminal:
        terminal.wait_for(TIERS_OF_TOP)
        terminal.keys(key)
        text = terminal.wait_for(r"^ended 0 True")
        assert "TIER" not in text, "the other screen is back"


ENDINGS = (signal.SIGSEGV, signal.SIGABRT, signal.SIGTERM, signal.SIGINT, signal.SIGHUP,
           signal.SIGQUIT, signal.SIGXCPU, signal.SIGUSR1, signal.SIGALRM, signal.SIGSYS)


@pytest.mark.parametrize("number", ENDINGS)
def test_a_signal_leaves_the_terminal_as_it_was(stack, home, isolated, number):
    with Terminal(run_and_compare(home), 80, 24) as terminal:
        terminal.wait_for(TIERS_OF_TOP)
        os.kill(int((home / "top.pid").read_text()), number)
        text = terminal.wait_for(r"^ended -?\d+ True")
        assert "TIER" not in text


def test_ctrl_backslash_leaves_the_terminal_as_it_was(stack, home, isolated):
    with Terminal(run_and_compare(home, ignoring_quit=True), 80, 24) as terminal:
        terminal.wait_for(TIERS_OF_TOP)
        terminal.keys("C-\\")
        text = terminal.wait_for(r"^ended -3 True")
        assert "TIER" not in text


def test_a_closed_terminal_ends_the_view(stack, home, isolated):
    with Terminal([tierwatch.installed(home), "top", "--standalone"], 80, 24) as terminal:
        terminal.wait_for(TIERS_OF_TOP)
        pid = terminal.pid
        terminal.close()
        wait_until(lambda: not Path(f"/proc/{pid}/exe").exists(), "the end of the view", 10)


def test_suspend_and_return(stack, home, isolated):
    """Ctrl-Z gives the shell its terminal, fg the view its screen."""
    with Terminal(["bash", "--norc", "-i"], 80, 24, env={"PS1": "$ "}) as terminal:
        terminal.wait_for(r"^\$")
        terminal.type(f"{tierwatch.installed(home)} top --standalone").keys("Enter")
        terminal.wait_for(TIERS_OF_TOP)
        terminal.keys("C-z")
        terminal.wait_for(r"Stopped")
        terminal.type("echo still $((40+2))").keys("Enter")
        terminal.wait_for(r"^still 42")
        terminal.type("fg").keys("Enter")
        terminal.wait_for(TIERS_OF_TOP)
        terminal.keys("q")
        terminal.wait_for(r"^\$")


@pytest.mark.parametrize("number", (signal.SIGTERM, signal.SIGQUIT))
def test_an_end_while_suspended_leaves_the_shell_its_terminal(stack, home, isolated, number):
    with Terminal(["bash", "--norc", "-i"], 80, 24, env={"PS1": "$ "}) as terminal:
        terminal.wait_for(r"^\$")
        terminal.type(f"{tierwatch.installed(home)} top --standalone").keys("Enter")
        terminal.wait_for(TIERS_OF_TOP)
        terminal.keys("C-z")
        terminal.wait_for(r"Stopped")
        terminal.type(f"kill -{int(number)} %1; fg").keys("Enter")
        terminal.type("clear; stty -a | grep -o '[-]*echo '; echo shell $((40+2))").keys("Enter")
        text = terminal.wait_for(r"^shell 42")
        assert re.search(r"^echo", text, re.MULTILINE), text


def test_loss_and_return_of_the_daemon(stack, home, isolated):
    port = free_port()
    daemon = tierwatch.Tierwatch(home, name="attached", port=port).wait_ready()
    argv = [tierwatch.installed(home), "top", "--url", f"http://127.0.0.1:{port}",
            "--interval", "250ms"]
    with Terminal(argv, 140, 40) as terminal:
        terminal.wait_for(TIERS_OF_TOP)
        assert f"attached to http://127.0.0.1:{port}" in terminal.lines()[0]
        daemon.stop()
        terminal.wait_for(r"data [1-9]\d* s old · no answer")
        assert re.search(TIERS_OF_TOP, terminal.text()), "the last data stay"
        daemon = tierwatch.Tierwatch(home, name="attached", port=port).wait_ready()
        terminal.wait_without(r"no answer")
        terminal.wait_for(TIERS_OF_TOP)
    daemon.stop()


def test_a_process_in_full_while_attached(stack, home, daemon, isolated):
    argv = [tierwatch.installed(home), "top", "--url", f"http://{daemon.address}", "--interval", "250ms"]
    with Terminal(argv, 120, 50) as terminal:
        terminal.wait_for(TIERS_OF_TOP)
        terminal.keys("/").type("redis-server").keys("Enter", "Enter")
        text = terminal.wait_for(r"THREADS: [2-9]\n.*TID +CPU%(.*\n)+ +\d+ +[\d.]+ +\d:")
        assert re.search(rf"listens on +127\.0\.0\.1:{stack.redis.port}", text)


def test_settings_are_remembered(stack, home, isolated):
    config = home / "settings"
    for pressed, header in ((["M"], r"RSS▼"), ([], r"RSS▼")):
        with Terminal([tierwatch.installed(home), "top", "--standalone"], 120, 40,
                      env={"XDG_CONFIG_HOME": str(config)}) as terminal:
            terminal.wait_for(TIERS_OF_TOP)
            terminal.keys(*pressed) if pressed else None
            terminal.wait_for(header)
            terminal.keys("q")
            wait_until(lambda: terminal.ended_with(0), "the end")
    assert 'sort = \'rss\'' in (config / "tierwatch" / "top.toml").read_text()


@pytest.mark.parametrize("term", ("xterm-256color", "screen", "linux", "vt100", "tmux-256color"))
def test_terminals(stack, home, isolated, term):
    """What each can draw: letters carry the meaning, so the words are there in all."""
    with Terminal([tierwatch.installed(home), "top", "--standalone"], 80, 24,
                  env={"TERM": term}) as terminal:
        text = terminal.wait_for(TIERS_OF_TOP)
        ascii_only = term in ("linux", "vt100")
        assert text.isascii() == ascii_only
        if term == "vt100":
            assert "\033[38" not in terminal.colored()
        terminal.keys("q")
        wait_until(lambda: terminal.ended_with(0), "the end")


def test_no_color(stack, home, isolated):
    with Terminal([tierwatch.installed(home), "top", "--standalone"], 80, 24,
                  env={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for(TIERS_OF_TOP)
        assert not re.search(r"\033\[[0-9;]*[34][0-8][;m]", terminal.colored())


@pytest.mark.parametrize("term, said", (("teletype9000", "teletype9000 is not known"),
                                        ("dumb", "dumb cannot move its cursor"),
                                        ("unknown", "unknown"), ("", "TERM is not set")))
def test_a_terminal_that_cannot_show_the_view_is_refused(home, term, said):
    with Terminal([tierwatch.installed(home), "top", "--standalone"], 120, 24,
                  env={"TERM": term}) as terminal:
        terminal.wait_for(said)
        assert "--once" in terminal.text()
        wait_until(lambda: terminal.ended_with(1), "the end")


def test_once_needs_no_terminal_that_can(home, isolated):
    with Terminal(["sh", "-c", f"{tierwatch.installed(home)} top --once --standalone; sleep 60"],
                  120, 24, env={"TERM": "dumb"}) as terminal:
        terminal.wait_for(r"nginx: worker")


def test_once_for_pipes(stack, home, isolated):
    done = tierwatch.run(home, "top", "--standalone", "--tier", "redis", "--interval", "200ms")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^1 redis ", done.stdout, re.MULTILINE)
    assert "redis-server 127.0.0.1" in done.stdout and "nginx: worker" not in done.stdout
    assert "\033" not in done.stdout


def test_batch_and_json(stack, home, isolated):
    done = tierwatch.run(home, "top", "--standalone", "--batch", "-n", 3, "--interval", "200ms")
    assert len(re.findall(r"^TIER ", done.stdout, re.MULTILINE)) == 3
    done = tierwatch.run(home, "top", "--standalone", "--json", "--batch", "-n", 2, "--interval", "200ms")
    snapshots = [json.loads(line) for line in done.stdout.splitlines()]
    assert [snapshot["format_version"] for snapshot in snapshots] == [1, 1]
    assert snapshots[0]["sequence"] + 1 == snapshots[1]["sequence"]


def test_a_closed_pipe_is_an_end(stack, home, isolated):
    done = subprocess.run(
        ["sh", "-c", f"{tierwatch.installed(home)} top --standalone --batch -d 100ms | head -1"],
        capture_output=True, text=True, timeout=20)
    assert "tierwatch" in done.stdout and done.stderr == ""


def test_attach_without_a_daemon_fails_and_says_where_it_looked(home, isolated):
    done = tierwatch.run(home, "top", "--attach", "--once")
    assert done.returncode == 1
    assert "/run/tierwatch/tierwatch.sock" in done.stderr and "127.0.0.1:9718" in done.stderr


def test_bad_usage(home):
    for words, said in ((["--url", "web1"], "http://host:9718"),
                        (["--standalone", "--attach"], "cannot go with"),
                        (["--sort", "beauty"], "beauty"), (["--interval", "0"], "duration")):
        done = tierwatch.run(home, "top", *words)
        assert done.returncode == 2, words
        assert said in done.stderr


@pytest.fixture(scope="module")
def recording(stack, home):
    """Some seconds of wrk, as `tierwatch record` keeps them."""
    file = home / "replayed.db"
    done = tierwatch.run(home, "record", "-o", file, "--interval", "200ms", "--", "wrk", "-t1",
                         "-c8", "-d4s", stack.nginx.url, seconds=60)
    assert done.returncode == 0, done.stderr
    return file


def test_a_recording_is_played_and_stepped_through(recording, home):
    with Terminal([tierwatch.installed(home), "top", "--replay", recording], 120, 40) as terminal:
        terminal.wait_for(r"recording replayed\.db · every 200 ms · .* · \d+ of \d+")
        terminal.keys("Space")
        text = terminal.wait_for(r"PAUSED · .* of \d+")
        count = int(re.search(r" of (\d+)", text)[1])
        terminal.type("{")  # wherever the pause fell
        terminal.wait_for(rf"· 1 of {count}")
        terminal.type("]]")
        terminal.wait_for(rf"· 3 of {count}")
        terminal.type("[")
        terminal.wait_for(rf"· 2 of {count}")
        terminal.type("}")
        text = terminal.wait_for(rf"· {count} of {count}")
        assert {"nginx", "uwsgi", "postgres", "redis"} <= set(re.findall(r"^\d (\w+)", text, re.M))
        terminal.type("{")
        terminal.wait_for(rf"· 1 of {count}")
        terminal.keys("Space")
        terminal.wait_for(rf"^(?!.*PAUSED).*· ([2-9]|1\d) of {count}")


def test_a_recording_is_printed_sample_by_sample(recording, home):
    done = tierwatch.run(home, "top", "--replay", recording, "--json", "--batch")
    snapshots = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and len(snapshots) > 20, done.stderr
    times = [snapshot["at"]["wall_seconds"] for snapshot in snapshots]
    assert times == sorted(times)
    cores = [tier.get("rates", {}).get("cpu_cores", 0)
             for snapshot in snapshots for tier in snapshot["tiers"] if tier["name"] == "uwsgi"]
    assert max(cores) > 0.1
    once = tierwatch.run(home, "top", "--replay", recording, "--once")
    assert "recording replayed.db" in once.stdout


def test_killing_the_watched_tier(stack, home, isolated):
    """The last test: it ends all of uWSGI."""
    argv = [tierwatch.installed(home), "top", "--standalone", "--interval", "250ms"]
    with Terminal(argv, 120, 30) as terminal:
        terminal.wait_for(r"uwsgi +(ok|\?)")
        for pid in [pid for pid, tier in rows(terminal.text()) if tier == "uwsgi"]:
            with contextlib.suppress(ProcessLookupError):  # a worker follows its master by itself
                os.kill(pid, signal.SIGKILL)
        terminal.wait_for(r"uwsgi +gone")
        assert terminal.runs()
