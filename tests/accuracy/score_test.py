#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""How runs are counted for docs/accuracy.md (scripts/lib/accuracy_score.py)."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/lib"))

import accuracy_score as score  # noqa: E402
from accuracy_page import page  # noqa: E402


def facts(cpu=0.1, busy=None, thread=None):
    tier = {"name": "uwsgi", "cpu_cores": cpu, "workers": 4, "listeners": []}
    if busy is not None:
        tier["busy_workers"] = busy
    if thread is not None:
        tier["hottest_thread"] = {"cores": thread}
    other = {"name": "redis", "cpu_cores": 0.05, "listeners": []}
    return {"seconds": 0.5, "host": {"processors": 2, "busy_cores": cpu + 0.05}, "tiers": [tier, other]}


def run_of(truth="uwsgi workers", said=(), ticks=(), **more):
    """The load lasts from 5 to 20 s."""
    fields = {"file": "a", "name": "a", "user": "root", "made_on": "", "also": [], "path": [], "waiting_on": None,
              "helps": [], "proof": "relief 2.00", "onset": 5.0, "end": 20.0, **more}
    run = score.Run(truth=truth, ticks=[(0.5 * (i + 1), tick) for i, tick in enumerate(ticks)], **fields)
    run.said = [{"at": 0.5 * (i + 1), "seconds": 0.5, "confidence": "high", "state": "saturated", "relief": [],
                 **tick} for i, tick in enumerate(said)]
    return run


CLEAR = {"state": "clear"}


def named(name, **more):
    return {"named": name, **more}


def details_of(run):
    details = score.Details()
    score.add_details(details, run)
    return details


class Scores(unittest.TestCase):
    def test_counts_from_ten_seconds_after_the_onset_until_the_end(self):
        wrong, right = named("redis cpu"), named("uwsgi workers")
        run = run_of(said=[wrong] * 29 + [right] * 11 + [wrong] * 9)  # right from 15 to 20 s
        self.assertEqual(str(details_of(run).score.exact), "100.0 %")

    def test_the_right_tier_with_another_resource_is_half_of_the_truth(self):
        details = details_of(run_of(said=[named("uwsgi cpu")] * 40))
        self.assertEqual((str(details.score.exact), str(details.score.tier)), ("0.0 %", "100.0 %"))
        self.assertEqual(details.never_named, 1)

    def test_the_time_to_the_name_is_from_the_onset(self):
        details = details_of(run_of(said=[CLEAR] * 19 + [named("uwsgi workers")] * 20))
        self.assertEqual(details.seconds_to_name, [5.0])

    def test_every_name_in_a_healthy_run_is_an_alarm_and_one_that_stays_is_one(self):
        said = [CLEAR] * 12 + [named("uwsgi cpu")] * 3 + [CLEAR] + [named("uwsgi cpu")] + [CLEAR] * 20
        self.assertEqual(details_of(run_of("clear", said)).score.alarms, 2)

    def test_edges_are_counted_that_are_missing_and_that_are_not_there(self):
        path = [{"name": name} for name in ("nginx", "uwsgi", "redis")]
        run = run_of(said=[named("uwsgi workers", path=path)] * 40, path=["nginx", "uwsgi", "10.0.0.9:25"])
        details = details_of(run)
        self.assertEqual((str(details.said_edges), str(details.true_edges)), ("50.0 %", "50.0 %"))

    def test_a_relief_is_known_by_its_first_words(self):
        run = run_of(said=[named("uwsgi workers", relief=["more workers", "x"])] * 40, helps=["more work"])
        self.assertEqual(str(details_of(run).relief), "100.0 %")

    def test_confidence_is_of_what_is_said(self):
        said = [named("uwsgi workers")] * 35 + [named("redis cpu", confidence="low")] * 5
        details = details_of(run_of(said=said))
        self.assertEqual(str(details.by_confidence["high"]), "100.0 %")
        self.assertEqual(str(details.by_confidence["low"]), "0.0 %")


class ObviousJudges(unittest.TestCase):
    def say(self, judge, busy_window, calm=None):
        return score.OBVIOUS[judge](busy_window, calm or [facts()] * 10)

    def test_any_level(self):
        self.assertEqual(self.say("any level over 80 %", [facts(busy=3.9)] * 10), "uwsgi workers")
        self.assertEqual(self.say("any level over 80 %", [facts(busy=2)] * 10), "clear")

    def test_host_cpu_names_whoever_uses_most(self):
        self.assertEqual(self.say("host CPU over 80 %", [facts(cpu=1.8)] * 10), "uwsgi cpu")
        self.assertEqual(self.say("host CPU over 80 %", [facts(cpu=1)] * 10), "clear")

    def test_the_largest_consumer(self):
        self.assertEqual(self.say("the largest consumer", [facts(cpu=0.5)] * 10), "uwsgi")
        self.assertEqual(self.say("the largest consumer", [facts(cpu=0.1)] * 10), "clear")

    def test_the_busiest_thread(self):
        self.assertEqual(self.say("a thread over 80 %", [facts(thread=0.9)] * 10), "uwsgi thread")

    def test_three_sigma(self):
        self.assertEqual(self.say("3 sigma", [facts(cpu=1.5)] * 10), "uwsgi")
        self.assertEqual(self.say("3 sigma", [facts()] * 10), "clear")

    def test_the_window_is_of_five_seconds(self):
        run = run_of(ticks=[facts(cpu=0.1)] * 20 + [facts(cpu=1.9)] * 20)
        said = [name for _, _, name in score.obvious(run, score.host_cpu)]
        self.assertEqual(said[27:30], ["clear", "uwsgi cpu", "uwsgi cpu"])


class Page(unittest.TestCase):
    def test_what_nothing_proves_is_shown_and_not_counted(self):
        runs = [run_of(said=[named("uwsgi workers")] * 40, ticks=[facts()] * 40),
                run_of(name="b", proof="none", said=[named("redis cpu")] * 40, ticks=[facts()] * 40)]
        text = page(runs, None)
        self.assertIn("2 runs of 2 scenarios; 1 are counted", text)
        self.assertIn("| time in which tier and resource are right | 100.0 % | – | 100.0 % |", text)
        self.assertIn("| 0.0 %, mostly redis cpu |", text)
        self.assertIn("Not counted, for nothing proves them: b.", text)


if __name__ == "__main__":
    unittest.main()
