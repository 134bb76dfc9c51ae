# SPDX-License-Identifier: MIT
"""Every scenario is named right within 10 s, nothing else is named meanwhile, and 15 s after the
load nothing is: said by a tierwatch that may look at everything, and by one without any privilege.
TIERWATCH_ROUNDS says how often each is tried; with TIERWATCH_RELIEF=1 the one limit is lifted
afterwards, and the same load must go faster."""

import os
import re
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from cgroup import disk_of
from daemon import Tierwatch
from scenarios import scenarios
from verdict_watch import observe, relieved_rate

ROUNDS = int(os.environ.get("TIERWATCH_ROUNDS", "1"))
RELIEF = os.environ.get("TIERWATCH_RELIEF") == "1"
USERS = {"root": None, "nobody": "nobody"}
NAMES = [scenario.name for scenario in scenarios(Path(tempfile.mkdtemp()))]
observations = []


@pytest.fixture(scope="module")
def all_scenarios(home):
    return {scenario.name: scenario for scenario in scenarios(home)}


@pytest.fixture(scope="module")
def watchers(home):
    daemons = {name: Tierwatch(home, interval="1s", user=user, name=name).wait_ready()
               for name, user in USERS.items()}
    yield daemons
    for daemon in daemons.values():
        daemon.stop()


@pytest.mark.parametrize("round_", range(ROUNDS))
@pytest.mark.parametrize("name", NAMES)
def test_scenario(home, watchers, isolated, all_scenarios, name, round_):
    scenario = all_scenarios[name]
    if scenario.writes and not disk_of(home):
        pytest.skip("no disk here that can be made slow")
    place = home / f"{re.sub('[^a-z0-9]+', '-', name.lower())}-{round_}"
    problems = {}
    for user, seen in observe(place, watchers, scenario).items():
        observations.append((user, seen))
        tell(user, seen)
        problems[user] = problems_of(scenario, seen)
    assert not any(problems.values()), problems
    if RELIEF and (scenario.relief is not None or scenario.relief_quota is not None):
        relieved = relieved_rate(place / "relieved", scenario)
        print(f"  relieved: {relieved:.1f}/s, {relieved / seen.rate:.2f} times")
        assert relieved >= scenario.factor * seen.rate


def tell(user, seen):
    print(f"\n{seen.scenario} ({user}): {seen.rate:.1f}/s; said after", end="")
    print("".join(f" {at:.1f} s {words(answer)};" for at, answer in seen.named))
    print(f"  {seen.final.get('sentence')}")
    for line in seen.final.get("evidence", []) + seen.final.get("blind_spots", []):
        print(f"    {line}")


def words(answer):
    return " ".join(answer) if isinstance(answer, tuple) else answer or "nothing"


def problems_of(scenario, seen):
    """What is wrong with the answers, in words."""
    right = (scenario.expected, *scenario.also)
    problems = [f"said {said} after {at:.1f} s" for at, said in seen.named
                if said is not None and said not in right]
    if not scenario.lasts and (seen.clear_seconds is None or seen.clear_seconds > 15):
        problems.append(f"clear {seen.clear_seconds} s after the end")
    if scenario.expected is None:
        return problems
    found = [at for at, said in seen.named if said in right]
    if not found or found[0] > scenario.within:
        problems.append(f"expected {scenario.expected} within {scenario.within} s")
    waiting = seen.final.get("waiting_on") or {}
    if scenario.waiting_on and scenario.waiting_on not in (waiting.get("tier"),
                                                           waiting.get("address")):
        problems.append(f"waiting on {waiting}, not {scenario.waiting_on}")
    return problems


def test_confusion_table(isolated):
    """Expected against what was said last under load."""
    table = Counter()
    for user, seen in observations:
        last = seen.named[-1][1] if seen.named else "nothing heard"
        table[user, words(seen.expected), words(last)] += 1
    print()
    for (user, expected, answer), count in sorted(table.items()):
        print(f"{user:8} {expected:24} said {answer:24} {count}")
    assert observations
