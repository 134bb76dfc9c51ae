# SPDX-License-Identifier: MIT
"""What `tierwatch top` asks of one process, and sends to it, on a process that is ours."""

import os
import subprocess

import pytest

import cgroup
import daemon as tierwatch
from conftest import needs_root
from processes import wait_until
from terminal import Terminal

PLANTED = """
[[tier]]
name = "planted"
match = [{cmdline = '^sleep 98765'}]
"""
# Shows how it was called, and that nothing that its caller was given is in its environment.
JOURNALCTL = """#!/bin/sh
printf '%s|' "$@"; echo
env | sort | tr '\\n' ' '; echo
test -t 0 || echo no terminal
printf 'hostile \\033[2Jline\\n'
"""


@pytest.fixture
def planted(home):
    """A process in a control group of the name of a unit, if groups can be made."""
    group = cgroup.ControlGroup("shop.service") if cgroup.available() else None
    words = [*(group.entry() if group else []), "sleep", "98765"]
    process = subprocess.Popen(words, env={"PATH": os.environ["PATH"], "COLOUR": "blue", "DB_PASSWORD": "hunter2",
                                           "DATABASE_URL": "postgres://shop:hunter2@db/shop"})
    yield process
    process.kill()
    process.wait()
    if group:
        group.close()


@pytest.fixture
def top(planted, home):
    config = home / "planted.toml"
    config.write_text(PLANTED)
    fake = home / "journalctl"
    fake.write_text(JOURNALCTL)
    fake.chmod(0o755)
    argv = ["unshare", "-m", "sh", "-c", f"mount --bind {fake} /usr/bin/journalctl; "
            f"exec {tierwatch.installed(home)} top --standalone --interval 500ms --config {config}"]
    with Terminal(argv, 100, 30, env={"SECRET_OF_OURS": "1"}) as terminal:
        terminal.wait_for(rf"{planted.pid} planted .*sleep 98765")
        yield terminal


@needs_root
def test_the_environment_is_shown_without_secrets(top, planted, isolated):
    top.keys("e")
    text = top.wait_for(rf"ENVIRONMENT OF PROCESS {planted.pid}(.*\n)+ COLOUR=blue")
    assert "DB_PASSWORD=***" in text and "postgres://shop:***@db/shop" in text
    assert "hunter2" not in text


@needs_root
def test_the_journal_of_its_unit(top, isolated):
    top.keys("l")
    top.wait_for(r"^ LOGS OF PROCESS \d+ \(planted, \w+\)")
    if not (cgroup.available() and os.path.exists("/usr/bin/journalctl")):
        top.wait_for(r"belongs to no unit of systemd|is not known|cannot be run")
        return
    text = top.wait_for(r"JOURNAL OF \S+-shop\.service, NEWEST FIRST(.*\n)+.*no terminal")
    assert "-shop.service|-n|200|--no-pager|--reverse|" in text.replace("\n ", "")
    assert "SECRET_OF_OURS" not in text
    assert "hostile \\x1b[2Jline" in text


@needs_root
def test_the_log_files_of_a_server(stack, home, isolated):
    log = home / "nginx" / "error.log"
    with Terminal([tierwatch.installed(home), "top", "--standalone"], 120, 30) as top:
        top.wait_for(r"nginx: master")
        with log.open("a", encoding="utf-8") as file:
            file.write("planted: first\nplanted: \033[2Jlast\n")
        top.keys("/").type("nginx: worker").keys("Enter", "l")
        top.wait_for(rf"{log}, newest first\n +planted: \\x1b\[2Jlast\n +planted: first")


@needs_root
def test_a_signal_is_sent_once_it_is_confirmed(top, planted, isolated):
    top.keys("F9")
    top.wait_for(rf"Signal to process {planted.pid} \(planted, \w+\)(.*\n)+.*SIGTERM +asks it to end")
    top.keys("Enter")
    top.wait_for(rf"SEND SIGTERM TO PROCESS {planted.pid}\?(.*\n)+.*y sends it")
    top.keys("Enter")
    top.wait_for(r"PID.TIER")
    assert planted.poll() is None, "Enter twice sends nothing"
    top.keys("F9", "Enter", "y")
    top.wait_for(rf"SIGTERM was sent to process {planted.pid} \(planted, \w+\)")
    wait_until(lambda: planted.poll() is not None, "its end", 10)
    assert planted.returncode == -15


@needs_root
def test_what_a_signal_does_to_a_known_server(stack, home, isolated):
    with Terminal([tierwatch.installed(home), "top", "--standalone"], 120, 30) as top:
        top.wait_for(r"nginx: master")
        top.keys("/").type("nginx: master").keys("Enter", "F9")
        top.wait_for(r"SIGUSR1 +opens its log files anew")
        top.wait_for(r"SIGHUP +reads its configuration anew")
        log = home / "nginx" / "error.log"
        moved = log.rename(log.with_suffix(".1"))
        top.keys("Down", "Down", "Down", "Down", "Enter")
        top.wait_for(r"SEND SIGUSR1 TO PROCESS")
        top.keys("y")
        top.wait_for(r"SIGUSR1 was sent")
        wait_until(log.exists, "the log that it opened anew", 10)
        assert moved.exists()
