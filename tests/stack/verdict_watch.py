# SPDX-License-Identifier: MIT
"""What the daemon says while a scenario runs, and how soon."""

import json
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from cgroup import disk_of
from debian_layout import debian_stack
from processes import Child, accepts, wait_until
from scenarios import MAIL_PORT

POLL_SECONDS = 0.2


def said(verdict):
    """ ("uwsgi", "cpu"), None when nothing is full, "unknown"."""
    if verdict["state"] == "saturated":
        return verdict["tier"], verdict["resource"]
    return None if verdict["state"] == "clear" else "unknown"


@dataclass
class Observation:
    scenario: str
    expected: object
    named: list = field(default_factory=list)      # (seconds since onset, said), changes only
    final: dict = field(default_factory=dict)      # the last verdict under load
    onset_seconds: float = None                    # until the expected answer
    clear_seconds: float = None                    # from the end of the load until clear
    rate: float = 0.0


class VerdictWatch:
    """Polls the verdict in the background; what it stands on goes to a file beside the servers."""

    def __init__(self, daemon, log):
        self._daemon, self._stop, self.seen = daemon, threading.Event(), []
        self._log = open(log, "w")
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._stop.is_set():
            snapshot = self._daemon.snapshot()
            self.seen.append((time.monotonic(), snapshot["verdict"]))
            self._log.write(json.dumps({key: snapshot[key] for key in ("verdict", "facts")}) + "\n")
            time.sleep(POLL_SECONDS)

    def stop(self):
        self._stop.set()
        self._thread.join()
        self._log.close()

    def is_clear_since(self, begin):
        return any(said(verdict) is None for at, verdict in self.seen if at >= begin)

    def between(self, begin, end):
        return [(at, verdict) for at, verdict in self.seen if begin <= at < end]


def start(home, scenario, options, cleanup, quota, memory, writes):
    stack = debian_stack(home, **options)
    cleanup.callback(stack.close)
    for tier, cores in quota.items():
        stack.cgroups[tier].limit_cpu(cores)
    for tier, limit in memory.items():
        stack.cgroups[tier].limit_memory(limit)
    for statement in scenario.sql:
        stack.postgres.query(statement)
    for tier, limit in writes.items():
        stack.cgroups[tier].limit_writes(limit, disk_of(home))
    return stack


def start_mail(home, scenario, cleanup):
    if not scenario.mail_seconds:
        return {}
    home.mkdir(parents=True, exist_ok=True)
    script = Path(__file__).parent / "mail_server.py"
    mail = Child("mail", [sys.executable, script, MAIL_PORT, scenario.mail_seconds], home)
    cleanup.callback(mail.stop)
    mail.wait_ready(lambda: accepts(("127.0.0.1", MAIL_PORT)))
    return {"env": {"APP_MAIL": f"127.0.0.1:{MAIL_PORT}"}}


def with_mail(options, mail):
    return {**options, "uwsgi": {**options.get("uwsgi", {}), **mail}}


def observe(home, daemons, scenario, clear_within=15.0):
    """Runs the scenario once, before all `daemons` (name -> Tierwatch): an observation of each."""
    results = {name: Observation(scenario.name, scenario.expected) for name in daemons}
    with ExitStack() as cleanup:
        options = with_mail(scenario.stack, start_mail(home, scenario, cleanup))
        stack = start(home, scenario, options, cleanup, scenario.quota, scenario.memory,
                      scenario.writes)
        for daemon in daemons.values():
            daemon.settle(2)  # the stack is known
            wait_until(lambda daemon=daemon: said(daemon.snapshot()["verdict"]) is None, "calm")
        watches = {name: VerdictWatch(daemon, home / f"verdicts-{name}.jsonl")
                   for name, daemon in daemons.items()}
        for watch in watches.values():
            cleanup.callback(watch.stop)
        begin = time.monotonic()
        load = scenario.load(stack, scenario.seconds)
        time.sleep(max(0.0, begin + scenario.seconds - time.monotonic()))
        end = time.monotonic()
        rate = load.wait()
        wait_clear(watches.values(), end, clear_within)
        for name, watch in watches.items():
            results[name].rate = rate
            fill(results[name], watch, begin, end)
    return results


def wait_clear(watches, end, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not all(watch.is_clear_since(end) for watch in watches):
        time.sleep(POLL_SECONDS)


def fill(result, watch, begin, end):
    for at, verdict in watch.between(begin, end):
        if not result.named or result.named[-1][1] != said(verdict):
            result.named.append((at - begin, said(verdict)))
        result.final = verdict
        if result.onset_seconds is None and said(verdict) == result.expected:
            result.onset_seconds = at - begin
    for at, verdict in watch.between(end, time.monotonic()):
        if said(verdict) is None:
            result.clear_seconds = at - end
            break


def relieved_rate(home, scenario, seconds=8):
    """Good answers per second with the one limit lifted."""
    with ExitStack() as cleanup:
        options = with_mail(scenario.relief if scenario.relief is not None else scenario.stack,
                            start_mail(home, scenario, cleanup))
        quota = scenario.relief_quota if scenario.relief_quota is not None else scenario.quota
        stack = start(home, scenario, options, cleanup, quota, scenario.memory, {})
        return scenario.load(stack, seconds).wait()
