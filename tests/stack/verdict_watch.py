# SPDX-License-Identifier: MIT
"""What the daemon says while a scenario runs, and how soon."""

import json
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from cgroup import disk_of
from debian_layout import debian_stack
from judge_runs import FOLDER, KeptRun, warm_rate
from processes import Child, accepts, wait_until
from scenarios import MAIL, MAIL_PORT, write_static_text

POLL_SECONDS = 0.2
MAIL_SECONDS = 0.5
STEADY_SECONDS = 3.0  # the right answer for so long, from every watcher: more load would show nothing new


def said(verdict):
    """ ("uwsgi", "cpu"), None when nothing is full, "unknown"."""
    if verdict["state"] == "saturated":
        return verdict["tier"], verdict["resource"]
    return None if verdict["state"] == "clear" else "unknown"


def is_right(scenario, verdict):
    waiting = verdict.get("waiting_on") or {}
    return said(verdict) in (scenario.expected, *scenario.also) and (
        scenario.waiting_on in (None, waiting.get("tier"), waiting.get("address")))


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

    def is_steady(self, scenario, seconds):
        """Whether all that was said for so long until now was right."""
        now = time.monotonic()
        newest = [is_right(scenario, verdict) for at, verdict in self.seen if at >= now - seconds - POLL_SECONDS]
        return all(newest) and len(newest) > seconds / POLL_SECONDS / 2

    def between(self, begin, end):
        return [(at, verdict) for at, verdict in self.seen if begin <= at < end]


class KeptStack:
    """The servers of the newest scenario, and the mail server, which no tier knows. The next scenario on the same
    stack finds them running."""

    def __init__(self, home):
        self._home, self._servers, self._number = home, ExitStack(), 0
        self._stack = self._scenario = None
        self._mail = Child("mail", [sys.executable, Path(__file__).parent / "mail_server.py", MAIL_PORT,
                                    MAIL_SECONDS], home)
        self._mail.wait_ready(lambda: accepts(("127.0.0.1", MAIL_PORT)))

    def of(self, scenario):
        if not self._serves(scenario):
            self.close()
            self._start(scenario)
        for statement in scenario.sql:
            self._stack.postgres.query(statement)
        return self._stack

    def close(self):
        """The servers of the scenario; what it has left is gone."""
        self._servers.close()
        self._stack = self._scenario = None

    def end(self):
        self.close()
        self._mail.stop()

    def _serves(self, scenario):
        kept = self._scenario
        return kept and not (kept.lasts or kept.memory) and all(
            getattr(kept, limit) == getattr(scenario, limit)
            for limit in ("stack", "quota", "memory", "writes"))

    def _start(self, scenario):
        self._number += 1
        uwsgi = {**scenario.stack.get("uwsgi", {}), "env": {"APP_MAIL": MAIL}}
        home = self._home / f"stack-{self._number}"
        write_static_text(home / "nginx")
        stack = debian_stack(home, **{**scenario.stack, "uwsgi": uwsgi})
        self._servers.callback(stack.close)
        for tier, cores in scenario.quota.items():
            stack.cgroups[tier].limit_cpu(cores)
        for tier, limit in scenario.memory.items():
            stack.cgroups[tier].limit_memory(limit)
        for tier, limit in scenario.writes.items():
            stack.cgroups[tier].limit_writes(limit, disk_of(home))
        self._stack, self._scenario = stack, scenario


def observe(home, daemons, kept, scenario, clear_within=15.0):
    """Runs the scenario once, before all `daemons` (name -> Tierwatch): an observation of each."""
    results = {name: Observation(scenario.name, scenario.expected) for name in daemons}
    home.mkdir(parents=True)
    with ExitStack() as cleanup:
        stack = kept.of(scenario)
        for daemon in daemons.values():
            daemon.settle(2)  # the stack is known
            wait_until(lambda daemon=daemon: said(daemon.snapshot()["verdict"]) is None, "calm")
        watches = {name: VerdictWatch(daemon, home / f"verdicts-{name}.jsonl")
                   for name, daemon in daemons.items()}
        for watch in watches.values():
            cleanup.callback(watch.stop)
        run = KeptRun(daemons, scenario.name, scenario.truth, path=scenario.path, helps=scenario.helps,
                      waiting_on=scenario.waiting_on, also=[" ".join(one) for one in scenario.also])
        begin = time.monotonic()
        run.load(lambda seconds: scenario.load(stack, seconds), scenario.seconds)
        if not FOLDER:
            wait_certain(watches.values(), scenario, begin)
        run.finish()
        end, rate = run.end, run.rate
        if not scenario.lasts:
            wait_clear(watches.values(), end, clear_within)
        for name, watch in watches.items():
            results[name].rate = rate
            fill(results[name], watch, begin, end)
        if FOLDER:
            keep(run, kept, scenario, stack)
    return results


def keep(run, kept, scenario, stack):
    """The run, and what proves it."""
    if scenario.full_when:
        run.begins_when(scenario.full_when)
    if scenario.asked:
        run.kept_up(scenario.asked)
    elif scenario.turned_away:
        run.counted(*scenario.turned_away(stack))
    elif has_relief(scenario):
        run.relieved(relieved_rate(kept, scenario))
    run.keep()


def has_relief(scenario):
    return not (scenario.relief is scenario.relief_quota is scenario.relief_load is None)


def wait_certain(watches, scenario, begin):
    """The time of the load, or until more of it would show nothing new."""
    while time.monotonic() < begin + scenario.seconds:
        time.sleep(POLL_SECONDS)
        if scenario.expected and not scenario.whole and all(
                watch.is_steady(scenario, STEADY_SECONDS) for watch in watches):
            return


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


def relieved_rate(kept, scenario):
    """Good answers per second with the one limit lifted."""
    relieved = replace(scenario, writes={},
                       stack=scenario.stack if scenario.relief is None else scenario.relief,
                       quota=scenario.quota if scenario.relief_quota is None else scenario.relief_quota)
    load = relieved.relief_load or relieved.load
    stack = kept.of(relieved)
    return warm_rate(lambda seconds: load(stack, seconds))
