# SPDX-License-Identifier: MIT
"""Runs that are kept for tests/judge/: the facts that the judge gets, tick by tick, as daemons give them, with the truth
and what proves it. TIERWATCH_JUDGE_RUNS names the folder (scripts/accuracy --record); without it nothing is kept, and
tests are as short as they can be."""

import gzip
import json
import os
import re
import threading
import time
from contextlib import contextmanager
from pathlib import Path

FOLDER = os.environ.get("TIERWATCH_JUDGE_RUNS")
INTERVAL = "500ms"
CALM_SECONDS, LOAD_SECONDS, AFTER_SECONDS = 7, 25, 2
WARM_SECONDS, WARM_TRIES, RELIEF_SECONDS = 3, 10, 8  # of the load after the relief: see warm_rate()
LEAST_RELIEF = 1.3  # times as many good answers, or the limit was not the one
LEAST_KEPT_UP = 0.97  # of what was asked for: nobody waited
POLL_SECONDS = 0.1
DIGITS = 5  # of a measured number


class MissedTicks(Exception):
    """A run with a hole is none."""


class FactsWatch:
    """Takes the facts of each tick of a daemon, until it is stopped."""

    def __init__(self, daemon):
        self._daemon, self._stop, self._ticks, self._failure = daemon, threading.Event(), {}, None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            while not self._stop.wait(POLL_SECONDS):
                snapshot = json.loads(self._daemon.get("/api/v1/snapshot?processes=table"))
                self._ticks[snapshot["sequence"]] = snapshot["at"]["monotonic_seconds"], snapshot["facts"]
        except Exception as failure:  # told by between(): a thread has nobody else to tell
            self._failure = failure

    def stop(self):
        self._stop.set()
        self._thread.join()

    def between(self, begin, end):
        """[(monotonic time at the end, facts)], without a hole."""
        if self._failure:
            raise self._failure
        numbers = sorted(number for number, (at, _) in self._ticks.items() if begin <= at <= end)
        if not numbers or numbers[-1] - numbers[0] + 1 != len(numbers):
            raise MissedTicks(f"{len(numbers)} ticks of {numbers[:1]} to {numbers[-1:]}")
        return [self._ticks[number] for number in numbers]


def short(value):
    """Measured numbers with as many digits as are worth something."""
    if isinstance(value, float):
        return int(value) if value == int(value) and abs(value) < 10**DIGITS else float(f"{value:.{DIGITS}g}")
    if isinstance(value, list):
        return [short(one) for one in value]
    if isinstance(value, dict):
        return {key: short(one) for key, one in value.items()}
    return value


def warm_rate(start):
    """Good answers per second of start(seconds), a load, once all that is new has started: it grows no more."""
    before = 0.0
    for _ in range(WARM_TRIES):
        now = start(WARM_SECONDS).wait()
        if 0 < now <= 1.1 * before:
            break
        before = now
    return start(RELIEF_SECONDS).wait()


def file_name(name, user):
    return f"{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-')}.{user}.run.gz"


def write_run(folder, header, ticks):
    lines = [json.dumps({"format": 1, **header}, ensure_ascii=False)]
    lines += [json.dumps(short(facts), separators=(",", ":"), ensure_ascii=False) for facts in ticks]
    path = Path(folder) / file_name(header["name"], header["user"])
    path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), 9, mtime=0))


class KeptRun:
    """One run before `daemons` (name of the user -> Tierwatch). `truth` is "uwsgi workers" or "clear"; `helps` are
    the first words of what the relief was."""

    def __init__(self, daemons, name, truth, path=(), waiting_on=None, also=(), helps=(),
                 made_on="nginx → uWSGI → Postgres, Redis"):
        self._daemons = daemons
        self._header = {"name": name, "made_on": made_on, "truth": truth, "also": list(also), "path": list(path),
                        "waiting_on": waiting_on, "helps": list(helps), "proof": "none"}
        self._onset = self.end = self._load = None
        self.rate = 0.0
        self._watches = {user: FactsWatch(daemon) for user, daemon in daemons.items()} if FOLDER else {}
        if FOLDER:
            time.sleep(CALM_SECONDS)

    @property
    def is_kept(self):
        return bool(FOLDER)

    def begin(self):
        """What is full is so from now on."""
        self._onset = time.monotonic()

    def load(self, start, seconds=20):
        """Starts start(seconds), a load; longer when the run is kept."""
        self.begin()
        self._load = start(LOAD_SECONDS if FOLDER else seconds)
        return self._load

    def begins_when(self, is_full):
        """Not the load's begin is what counts, but the first tick of any daemon whose facts are so."""
        found = [at for watch in self._watches.values() for at, facts in watch.between(self._onset, self.end)
                 if is_full(facts)]
        self._onset = min(found, default=self._onset)

    def finish(self):
        """The load, or what takes its place, is over."""
        if FOLDER and self._onset:
            time.sleep(max(0.0, self._onset + LOAD_SECONDS - time.monotonic()))
        self.end = time.monotonic()
        if self._load:
            self._load.stop()
            self.rate = self._load.wait()
        if FOLDER:
            time.sleep(AFTER_SECONDS)
        for watch in self._watches.values():
            watch.stop()

    def relieved(self, rate):
        """The same load, with the one limit lifted, had so many good answers per second. A truth that no relief
        proves is kept as not proven."""
        ratio = rate / self.rate if self.rate else 0.0
        self._header["proof"] = f"relief {ratio:.2f}" if ratio >= LEAST_RELIEF else "none"
        self._header["tried"] = f"relief {ratio:.2f}"

    def relief(self, start):
        """The limit was lifted: the load once more, when the run is kept."""
        if FOLDER:
            self.relieved(warm_rate(start))

    def counted(self, what, how_many):
        """So many "refused", or "killed": what is full turned them away."""
        self._header["proof"] = f"{what} {how_many}" if how_many > 0 else "none"

    def kept_up(self, asked=None):
        """`asked` requests per second were wanted (default: what the load says), and answered: nothing was full."""
        share = self.rate / (asked or self._load.asked)
        self._header["proof"] = f"kept up {share:.2f}" if share >= LEAST_KEPT_UP else "none"

    def keep(self):
        """Writes the run, once per daemon."""
        if not FOLDER:
            return
        for user, watch in self._watches.items():
            ticks = watch.between(self._onset - CALM_SECONDS, self.end + AFTER_SECONDS)
            start = ticks[0][0] - ticks[0][1]["seconds"]
            write_run(FOLDER, {**self._header, "user": user, "onset_seconds": round(self._onset - start, 2),
                               "end_seconds": round(self.end - start, 2)}, [facts for _, facts in ticks])


class Keeper:
    """Keeps the runs of one test. What the test finds wrong with the judge is told after they were kept."""

    def __init__(self, daemons):
        self._daemons, self._runs, self._wrong = daemons, [], []

    @contextmanager
    def __call__(self, name, truth, **more):
        run = KeptRun(self._daemons, name, truth, **more)
        try:
            yield run
        except (AssertionError, TimeoutError) as wrong:
            if not FOLDER:
                run.finish()
                raise
            self._wrong.append(wrong)
        except BaseException:
            run.finish()
            raise  # what went on is not known: no run to keep
        run.finish()
        self._runs.append(run)

    def close(self):
        for run in self._runs:
            run.keep()
        if self._wrong:
            raise AssertionError(f"kept, and the judge was not as expected: {self._wrong}")
