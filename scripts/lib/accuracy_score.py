# SPDX-License-Identifier: MIT
"""How often a judge is right on recorded runs (tests/judge/): ours, and the obvious ones on the same facts."""

import gzip
import json
import statistics
from dataclasses import dataclass, field

WINDOW_SECONDS = 5      # that every judge looks back
SETTLE_SECONDS = 10     # from the onset until its verdicts count
HIGH_LEVEL = 0.8
SIGMAS = 3


@dataclass
class Run:
    """A recorded run; `ticks` are (time at its end, facts)."""
    file: str
    name: str
    user: str
    made_on: str
    truth: str
    also: list
    path: list
    waiting_on: str
    helps: list
    proof: str
    onset: float
    end: float
    ticks: list
    said: list = field(default_factory=list)  # of our judge, as replay_judge tells it

    @property
    def is_counted(self):
        return self.proof != "none"

    @property
    def right_names(self):
        return [self.truth, *self.also]

    @property
    def edges(self):
        return set(zip(self.path, self.path[1:]))

    def counts(self, at):
        return self.onset + SETTLE_SECONDS <= at <= self.end

    def under_load(self, at):
        return self.onset <= at <= self.end


def read_run(file):
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        header = json.loads(next(lines))
        facts = [json.loads(line) for line in lines]
    ticks, at = [], 0.0
    for tick in facts:
        at += tick["seconds"]
        ticks.append((at, tick))
    return Run(file=str(file), onset=header["onset_seconds"], end=header["end_seconds"], ticks=ticks,
               **{key: header[key] for key in ("name", "user", "made_on", "truth", "also", "path", "waiting_on",
                                               "helps", "proof")})


# ---- the obvious judges: (ticks of the window, ticks before the load) -> "clear", "uwsgi", or "uwsgi cpu"

def known(values):
    values = [value for value in values if value is not None]
    return statistics.fmean(values) if values else None


def share(part, whole):
    return part / whole if part is not None and whole else None


def of(facts, *names):
    """facts[a][b], None where something is absent."""
    for name in names:
        facts = (facts or {}).get(name)
    return facts


def levels(tier, host):
    """resource -> how full, of one tick."""
    cores = min(value for value in (tier.get("allowed_cpus"), of(tier, "quota", "cores"), host["processors"])
                if value)
    return {
        "cpu": share(tier.get("cpu_cores"), cores),
        "thread": of(tier, "hottest_thread", "cores"),
        "workers": share(tier.get("busy_workers"), tier.get("workers")),
        "connections": max((level for level in (
            share(of(tier, "connection_table", "used"), of(tier, "connection_table", "limit")),
            share(of(tier, "backends", "backends"), of(tier, "backends", "usable_connections"))) if level),
            default=None),
        "fds": share(of(tier, "worst_fds", "open"), of(tier, "worst_fds", "limit")),
        "memory": share(of(tier, "memory", "used_bytes"), of(tier, "memory", "limit_bytes")),
    }


def means(ticks, measure):
    """(tier, what) -> mean over the ticks, of measure(tier, host)."""
    values = {}
    for facts in ticks:
        for tier in facts["tiers"]:
            for what, value in measure(tier, facts["host"]).items():
                values.setdefault((tier["name"], what), []).append(value)
    return {key: mean for key, found in values.items() if (mean := known(found)) is not None}


def highest(values, least):
    key = max(values, key=values.get, default=None)
    return key if key is not None and values[key] >= least else None


def any_level(window, _):
    found = highest(means(window, levels), HIGH_LEVEL)
    return " ".join(found) if found else "clear"


def consumers(window):
    return {tier: cores for (tier, _), cores in means(
        window, lambda tier, _: {"cores": tier.get("cpu_cores")}).items()}


def host_cpu(window, _):
    busy = known(share(of(facts, "host", "busy_cores"), facts["host"]["processors"]) for facts in window)
    if busy is None or busy < HIGH_LEVEL:
        return "clear"
    return f"{highest(consumers(window), 0)} cpu"


def largest_consumer(window, _):
    return highest(consumers(window), 0.1 * window[-1]["host"]["processors"]) or "clear"


def busiest_thread(window, _):
    threads = means(window, lambda tier, _: {"thread": of(tier, "hottest_thread", "cores")})
    found = highest(threads, HIGH_LEVEL)
    return " ".join(found) if found else "clear"


def measures(tier, _):
    return {"cpu": tier.get("cpu_cores"), "busy": tier.get("busy_workers"), "connections": tier.get("connections"),
            "delay": tier.get("run_delay_cores"), "memory": tier.get("own_memory_bytes"),
            "queue": sum(listener["queue_mean"] for listener in tier.get("listeners") or [])}


def three_sigma(window, calm):
    """The tier whose figures are farthest from what they were before the load."""
    now, far = means(window, measures), {}
    for key, mean in means(calm, measures).items():
        before = [value for facts in calm for tier in facts["tiers"] if tier["name"] == key[0]
                  and (value := measures(tier, None)[key[1]]) is not None]
        spread = max(statistics.pstdev(before), 0.05 * abs(mean), 0.01)
        far[key] = (now.get(key, mean) - mean) / spread
    found = highest(far, SIGMAS)
    return found[0] if found else "clear"


OBVIOUS = {"any level over 80 %": any_level, "host CPU over 80 %": host_cpu, "the largest consumer": largest_consumer,
           "a thread over 80 %": busiest_thread, "3 sigma": three_sigma}


NAME_NO_RESOURCE = {"the largest consumer", "3 sigma"}


# ---- scores

@dataclass
class Share:
    right: float = 0
    all: float = 0

    def add(self, is_right, weight=1.0):
        self.right += weight * is_right
        self.all += weight

    def __str__(self):
        return f"{100 * self.right / self.all:.1f} %" if self.all else "–"


@dataclass
class Score:
    exact: Share = field(default_factory=Share)     # tier and resource, or clear
    tier: Share = field(default_factory=Share)
    alarms: int = 0                                 # times that a healthy run is named
    healthy_seconds: float = 0.0


def changes_to_a_name(names):
    """How often something is named that was not named just before."""
    before, alarms = "clear", 0
    for name in names:
        alarms += name not in ("clear", "unknown", before)
        before = name
    return alarms


def add_to(score, run, named):
    """named: [(time, seconds, what is said)]."""
    tiers = {name.split()[0] for name in run.right_names}
    for at, seconds, name in named:
        if run.counts(at):
            score.exact.add(name in run.right_names, seconds)
            score.tier.add(name.split()[0] in tiers, seconds)
    if run.truth == "clear":
        during = [(seconds, name) for at, seconds, name in named if run.under_load(at)]
        score.alarms += changes_to_a_name(name for _, name in during)
        score.healthy_seconds += sum(seconds for seconds, _ in during)


def name_of(tick):
    return tick.get("named", tick["state"])


def ours(run):
    return [(tick["at"], tick["seconds"], name_of(tick)) for tick in run.said]


def obvious(run, judge):
    calm = [facts for at, facts in run.ticks if at <= run.onset] or [run.ticks[0][1]]
    named, begin = [], 0
    for i, (at, facts) in enumerate(run.ticks):
        while run.ticks[begin][0] <= at - WINDOW_SECONDS:
            begin += 1
        named.append((at, facts["seconds"], judge([tick for _, tick in run.ticks[begin:i + 1]], calm)))
    return named


@dataclass
class Details:
    """Of our judge, over some runs."""
    score: Score = field(default_factory=Score)
    said_edges: Share = field(default_factory=Share)   # of those that are there
    true_edges: Share = field(default_factory=Share)   # of those that are said
    waiting: Share = field(default_factory=Share)
    relief: Share = field(default_factory=Share)
    by_confidence: dict = field(default_factory=lambda: {name: Share() for name in ("high", "medium", "low")})
    unsure: Share = field(default_factory=Share)       # of what is wrong: "clear" with a blind spot in place of a name
    seconds_to_name: list = field(default_factory=list)
    never_named: int = 0


def add_details(details, run):
    add_to(details.score, run, ours(run))
    for tick in run.said:
        if not run.counts(tick["at"]):
            continue
        weight, is_right = tick["seconds"], name_of(tick) in run.right_names
        if tick["state"] != "unknown":
            details.by_confidence[tick["confidence"]].add(is_right, weight)
        if not is_right:
            details.unsure.add(tick["state"] == "clear" and tick["confidence"] != "high", weight)
        elif run.truth != "clear":
            add_reasons(details, run, tick, weight)
        for edge in run.edges:
            details.said_edges.add(edge in edges_of(tick), weight)
    if run.truth != "clear":
        add_time(details, run)


def edges_of(tick):
    """Of tiers: "gunicorn (port 8000)" is one of gunicorn's servers."""
    names = [step["name"].split(" (")[0] for step in tick.get("path", [])]
    return set(zip(names, names[1:]))


def add_reasons(details, run, tick, weight):
    """What stands beside a right name."""
    if run.path:
        for edge in edges_of(tick):
            details.true_edges.add(edge in run.edges, weight)
    if run.waiting_on:
        waiting = tick.get("waiting_on") or {}
        details.waiting.add(run.waiting_on in (waiting.get("tier"), waiting.get("address")), weight)
    if run.helps:
        details.relief.add(any(way.startswith(words) for way in tick["relief"] for words in run.helps), weight)


def add_time(details, run):
    named = next((tick["at"] for tick in run.said if tick["at"] >= run.onset and name_of(tick) in run.right_names), None)
    if named is None or named > run.end:
        details.never_named += 1
    else:
        details.seconds_to_name.append(named - run.onset)
