# SPDX-License-Identifier: MIT
"""What is wrong is said, with the exit code that fits; what runs goes on."""

import re
import signal
import socket

import pytest

import daemon as tierwatch
from daemon import Tierwatch
from processes import is_root, wait_until

BAD_CONFIGURATIONS = {  # name: (text, where, what)
    "syntax": ("[sampling\ninterval = 1", ":1:", ""),
    "unknown key": ('[sampling]\nintervall = "1s"', ":2:1:", "interval"),
    "unknown table": ("[samplign]\n", ":1:", "sampling"),
    "wrong type": ("[memory]\nproportional = 1\n", ":2:", "proportional"),
    "out of range": ('[sampling]\ninterval = "1ms"\n', ":2:", "interval"),
    "bad regular expression": ("[[tier]]\nname = 'a'\nmatch = [{cmdline = '('}]", ":3:", "cmdline"),
    "unknown preset": ("[[tier]]\npreset = 'ngnix'\n", ":2:", "nginx"),
    "tier twice": ("[[tier]]\npreset = 'nginx'\n[[tier]]\npreset = 'nginx'\n", ":", "nginx"),
    "bad address": ('[web]\nlisten = ["127.0.0.1:99999"]\n', ":2:", "99999"),
    "bytes that are no UTF-8": (b"[sampling]\n# \xff\xfe\n", ":2:", ""),
}


@pytest.mark.parametrize("command", ["check-config", "daemon"])
@pytest.mark.parametrize("text, where, what", BAD_CONFIGURATIONS.values(),
                         ids=BAD_CONFIGURATIONS.keys())
def test_a_bad_configuration_is_refused(home, command, text, where, what):
    file = home / "bad.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = run_with(home, command, file)
    assert done.returncode == 2
    assert f"{file}{where}" in done.stderr and what in done.stderr


def run_with(home, command, file, **options):
    arguments = [file] if command == "check-config" else ["--config", file]
    return tierwatch.run(home, command, *arguments, **options)


@pytest.mark.parametrize("command", ["check-config", "daemon"])
def test_a_missing_file_is_refused(home, command):
    done = run_with(home, command, home / "missing.toml")
    assert done.returncode == 2
    assert "missing.toml" in done.stderr and "No such file" in done.stderr


@pytest.mark.skipif(not is_root(), reason="needs root to become another user")
def test_an_unreadable_file_is_refused(home):
    file = home / "secret.toml"
    file.write_text("")
    file.chmod(0o600)
    done = run_with(home, "check-config", file, user="nobody")
    assert done.returncode == 2
    assert "secret.toml" in done.stderr and "Permission denied" in done.stderr


@pytest.mark.parametrize("arguments", [["deamon"], ["daemon", "--no-such"], ["compare"], ["mark"], []])
def test_bad_usage_is_refused(home, arguments):
    done = tierwatch.run(home, *arguments)
    assert done.returncode == 2 and done.stderr.strip()


def test_a_taken_port_is_one_line(home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = tierwatch.run(home, "daemon", "--web.listen-address", address)
    assert done.returncode == 1
    assert address in done.stderr and "in use" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_no_byte_that_a_terminal_obeys_is_logged_of_a_path(home):
    """C1 control characters are two bytes of UTF-8: U+009B begins an escape as ESC [ does."""
    path = home / "no\x9b31m folder" / "history.db"
    daemon = Tierwatch(home, f'[history]\npath = "{path}"\n', name="c1").wait_ready()
    try:
        wait_until(lambda: "31m folder" in daemon.log(), "a word on the history")
        assert not re.search(r"[\x7f-\x9f]", daemon.log())
    finally:
        daemon.stop()


def tiers_of(daemon):
    return {labels["tier"] for labels, _ in daemon.metrics().select("tierwatch_tier_info")}


def test_reload_takes_a_good_file_and_leaves_a_bad_one(home):
    daemon = Tierwatch(home, '[[tier]]\npreset = "nginx"\n', name="reload").wait_ready()
    assert tiers_of(daemon) == {"nginx"}

    daemon.write_config('[[tier]]\npreset = "nginxx"\n[[tier]]\npreset = "rediss"\n')
    daemon.child.signal(signal.SIGHUP)
    wait_until(lambda: "tierwatch.toml:4" in daemon.log(), "the complaint")
    daemon.settle()
    complaints = [line for line in daemon.log().splitlines() if "tierwatch.toml:" in line]
    assert ["toml:2:" in line for line in complaints] == [True, False], "each on a line of its own"
    assert "\\x0a" not in daemon.log()
    assert tiers_of(daemon) == {"nginx"}

    daemon.write_config('[[tier]]\npreset = "redis"\n')
    daemon.child.signal(signal.SIGHUP)
    wait_until(lambda: tiers_of(daemon) == {"redis"}, "the new tier")
    assert daemon.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stops_before_the_next_tick(home, number):
    daemon = Tierwatch(home, interval="60s", name=f"stop-{number}").wait_ready()
    daemon.child.signal(number)
    assert daemon.child.wait(seconds=20) == 0
