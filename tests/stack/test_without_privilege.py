# SPDX-License-Identifier: MIT
"""The daemon as nobody: what it may not read is absent, never zero, and it says what it misses."""

import json
import signal
import subprocess

import pytest

import truth
from daemon import Tierwatch, installed, run
from history_file import ticks
from processes import OWN_MOUNTS, account, is_root, prepared, wait_until
from ptrace_stop import stopped_thread
from web_stack import TIERS, wrk

pytestmark = pytest.mark.skipif(not is_root(), reason="needs root to become another user")


@pytest.fixture(scope="module")
def nobody(home, stack):
    daemon = Tierwatch(home, user="nobody", name="nobody").wait_ready()
    wrk(stack.nginx.url, seconds=2)
    yield daemon.settle()
    daemon.stop()


def test_counts_cpu_and_memory_of_others(stack, nobody, isolated):
    metrics = nobody.metrics()
    for tier in TIERS:
        assert metrics.sum("tierwatch_tier_resident_memory_bytes", tier=tier) > 1e6
    assert metrics.sum("tierwatch_tier_cpu_seconds_total", tier="uwsgi") > 0.2


def test_knows_tier_and_role(stack, nobody, isolated):
    metrics = nobody.metrics()
    assert metrics.by("role", "tierwatch_tier_processes", tier="uwsgi") == {"master": 1, "worker": 3}
    assert metrics.by("role", "tierwatch_tier_processes", tier="nginx") == {"master": 1, "worker": 2}


@pytest.mark.skipif(not truth.fd_size_is_told(), reason="needs Linux 6.2")
@pytest.mark.parametrize("tier", TIERS)
def test_counts_fds_of_others(stack, nobody, isolated, tier):
    said = nobody.metrics().sum("tierwatch_tier_open_fds", tier=tier)
    assert said == truth.open_fds(stack, tier)


@pytest.mark.parametrize("name", ["tierwatch_tier_read_bytes_total",
                                  "tierwatch_tier_written_bytes_total"])
def test_io_is_absent(stack, nobody, isolated, name):
    assert not nobody.metrics().has(name)


def test_root_does_see_io(stack, daemon, isolated):
    """Else the test above proves nothing."""
    daemon.settle()
    assert daemon.metrics().has("tierwatch_tier_written_bytes_total", tier="postgres")


HIDE = [*OWN_MOUNTS, "sh", "-c",
        'mount -t proc -o hidepid=2 proc /proc && exec "$@"', "sh"]


def diagnosis(home, before=(), user="nobody"):
    """Findings of `tierwatch doctor` by name, the tiers, and the exit status."""
    argv = prepared([installed(home), "doctor", "--json"], user=account(user), before=before)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, cwd="/")
    found = json.loads(done.stdout)
    return {one["name"]: one for one in found["findings"]}, found["tiers"], done.returncode


def test_the_doctor_tells_what_nobody_may_not_read(home, stack, isolated):
    findings, tiers, _ = diagnosis(home)
    assert {tier["tier"] for tier in tiers} >= set(TIERS)
    for tier in tiers:
        readable = tier["readable"]
        assert readable["cpu"] == readable["memory"] == tier["tried"]
        assert readable["io"] == readable["proportional_memory"] == readable["sockets"] == 0
    for name in ("tiers.io", "tiers.sockets"):
        assert findings[name]["standing"] == "limited" and "CAP_SYS_PTRACE" in findings[name]["text"]
        assert "full.conf" in findings[name]["fix"]
    by_root, tiers_of_root, _ = diagnosis(home, user="root")
    assert by_root["tiers.io"]["standing"] == "ok"
    assert all(tier["readable"]["io"] == tier["tried"] for tier in tiers_of_root)


def test_the_doctor_asks_the_daemon_and_its_status_says_what_it_found(home, stack, isolated):
    findings, _, status = diagnosis(home)
    assert findings["daemon.runs"]["standing"] == "missing" and status == 1
    usual = Tierwatch(home, '[history]\npath = "none"\n', user="nobody", name="usual", port=9718).wait_ready()
    try:
        findings, _, _ = diagnosis(home)
        assert findings["daemon.runs"]["text"] == "it answers at http://127.0.0.1:9718"
        assert findings["daemon.fresh"]["standing"] == "ok"
        assert findings["daemon.scraped"]["text"] == "nobody has asked for its metrics since it started"
        usual.metrics()
        assert diagnosis(home)[0]["daemon.scraped"]["standing"] == "ok"
        with stopped_thread(usual.child.pid):
            wait_until(lambda: diagnosis(home)[0]["daemon.fresh"]["standing"] == "missing", "the hang to be told")
            assert "newest sample is" in diagnosis(home)[0]["daemon.fresh"]["text"]
    finally:
        usual.stop()


def test_a_daemon_that_does_not_answer_is_said_before_sampling_without_it(home, stack, isolated):
    usual = Tierwatch(home, user="nobody", name="hangs", port=9718).wait_ready()
    try:
        usual.child.signal(signal.SIGSTOP)
        for command in (["verdict"], ["top", "--once"]):
            done = run(home, *command, user="nobody", seconds=60)
            assert "http://127.0.0.1:9718: no answer: " in done.stderr, done.stderr
            assert "sampling by itself: no daemon could be attached to" in done.stdout, done.stdout
    finally:
        usual.child.signal(signal.SIGCONT)
        usual.stop()
    alone = run(home, "verdict", user="nobody", seconds=60)
    assert "no answer" not in alone.stderr and "could be attached" not in alone.stdout


def test_the_doctor_looks_at_the_configuration_of_the_daemon_that_runs(home, stack, isolated):
    """One that was started with -c, and keeps its history where that file says."""
    history = home / "elsewhere.db"
    daemon = Tierwatch(home, f'[history]\npath = "{history}"\n', name="configured", port=9718).wait_ready()
    try:
        wait_until(lambda: ticks(history)[0] > 0, "a history")
        findings, _, _ = diagnosis(home, user="root")
        assert findings["configuration"]["text"].startswith(f"{daemon.config}, with which the daemon was started")
        assert findings["daemon.history"]["standing"] == "ok"
        assert findings["daemon.history"]["text"].startswith(str(history))
        other = home / "other.toml"
        other.write_text("")
        done = run(home, "doctor", "--json", "-c", other, user="root")
        (found,) = [one for one in json.loads(done.stdout)["findings"] if one["name"] == "configuration"]
        assert str(daemon.config) in found["text"] and found["fix"] == f"tierwatch doctor -c {daemon.config}"
    finally:
        daemon.stop()


def test_the_doctor_says_what_helps_a_daemon_that_was_started_by_hand(home, stack, isolated):
    """And that does help: no unit of systemd has to do with it."""
    daemon = Tierwatch(home, name="by-hand", port=9718).wait_ready()
    try:
        found = diagnosis(home, user="root")[0]["daemon.history"]
        assert found["standing"] == "limited"
        assert found["fix"] == f"set [history] path in {daemon.config} and kill -HUP {daemon.child.pid}"
        daemon.write_config(f'[history]\npath = "{home}/by-hand.db"\n')
        daemon.child.signal(signal.SIGHUP)
        wait_until(lambda: diagnosis(home, user="root")[0]["daemon.history"]["standing"] == "ok", "a history")
    finally:
        daemon.stop()


def test_the_doctor_sees_hidepid_as_nobody_and_warns_root_of_it(home, stack, isolated):
    for user, words in (("nobody", "cannot be seen"), ("root", "the service's user only its own")):
        findings, _, status = diagnosis(home, before=HIDE, user=user)
        assert status == 1 and findings["proc.hidepid"]["standing"] == "missing"
        assert words in findings["proc.hidepid"]["text"]
    fix = findings["proc.hidepid"]["fix"].replace("id -g tierwatch", "id -g nobody").partition("#")[0]
    assert fix.startswith("mount -o remount,hidepid="), fix
    fixed = [part.replace("&& exec", f"&& {fix} && exec") for part in HIDE]
    assert diagnosis(home, before=fixed)[0]["proc.hidepid"]["standing"] == "ok", "what it names does fix it"


def test_hidepid_is_said_and_nothing_made_up(home, stack, isolated):
    daemon = Tierwatch(home, user="nobody", name="hidepid", before=HIDE).wait_ready().settle()
    metrics = daemon.metrics()
    wait_until(lambda: "hidepid" in daemon.log(), "the log line")
    daemon.stop()
    for tier in TIERS:
        assert not any(value for _, value in metrics.select("tierwatch_tier_processes", tier=tier))
        for name in ("cpu_seconds_total", "resident_memory_bytes", "open_fds"):
            assert not any(value for _, value in metrics.select(f"tierwatch_tier_{name}", tier=tier))
