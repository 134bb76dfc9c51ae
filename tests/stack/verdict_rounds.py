# SPDX-License-Identifier: MIT
"""A scenario before two watchers: it is named right within 10 s, nothing else is named meanwhile, and 15 s after
the load nothing is: said by a tierwatch that may look at everything, and by one without any privilege.
TIERWATCH_ROUNDS says how often each is tried; with TIERWATCH_RELIEF=1 the one limit is lifted afterwards, and the same
load must go faster; TIERWATCH_RELIEF=first does that once for each resource."""

import os
import re
from collections import Counter

import pytest

from cgroup import disk_of
from daemon import Tierwatch
from judge_runs import FOLDER, INTERVAL
from verdict_watch import KeptStack, has_relief, is_right, observe, relieved_rate, said

ROUNDS = range(int(os.environ.get("TIERWATCH_ROUNDS", "1")))
RELIEF = os.environ.get("TIERWATCH_RELIEF")
USERS = {"root": None, "nobody": "nobody"}
observations = []
relieved_resources = set()


@pytest.fixture(scope="module")
def watchers(home):
    daemons = {name: Tierwatch(home, interval=INTERVAL if FOLDER else "1s", user=user, name=name).wait_ready()
               for name, user in USERS.items()}
    yield daemons
    for daemon in daemons.values():
        daemon.stop()


@pytest.fixture(scope="module")
def kept(home):
    stack = KeptStack(home)
    yield stack
    stack.end()


def check(home, watchers, kept, scenario, round_):
    if scenario.writes and not disk_of(home):
        pytest.skip("no disk here that can be made slow")
    place = home / f"{re.sub('[^a-z0-9]+', '-', scenario.name.lower())}-{round_}"
    problems = {}
    try:
        for user, seen in observe(place, watchers, kept, scenario).items():
            observations.append((user, seen))
            tell(user, seen)
            problems[user] = problems_of(scenario, seen)
        assert not any(problems.values()), f"{'kept, and the judge was not as expected: ' if FOLDER else ''}{problems}"
    except BaseException:
        kept.close()  # the next one begins anew
        raise
    if wants_relief(scenario):
        relieved = relieved_rate(kept, scenario)
        print(f"  relieved: {relieved:.1f}/s, {relieved / seen.rate:.2f} times")
        assert relieved >= scenario.factor * seen.rate


def wants_relief(scenario):
    """Whether it is to be shown that lifting the one limit helps."""
    if not RELIEF or not has_relief(scenario):
        return False
    resource = scenario.expected[1]
    first = resource not in relieved_resources
    relieved_resources.add(resource)
    return first or RELIEF != "first"


def tell(user, seen):
    print(f"\n{seen.scenario} ({user}): {seen.rate:.1f}/s; said after", end="")
    print("".join(f" {at:.1f} s {words(answer)};" for at, answer in seen.named), end="")
    print(f" clear {seen.clear_seconds and round(seen.clear_seconds, 1)} s after the load")
    print(f"  {seen.final.get('sentence')}")
    for line in seen.final.get("evidence", []) + seen.final.get("blind_spots", []):
        print(f"    {line}")


def words(answer):
    return " ".join(answer) if isinstance(answer, tuple) else answer or "nothing"


def problems_of(scenario, seen):
    """What is wrong with the answers, in words."""
    right = (scenario.expected, *scenario.also)
    problems = [f"said {answer} after {at:.1f} s" for at, answer in seen.named
                if answer is not None and answer not in right]
    if not scenario.lasts and (seen.clear_seconds is None or seen.clear_seconds > 15):
        problems.append(f"clear {seen.clear_seconds} s after the end")
    if scenario.expected is None:
        return problems
    found = [at for at, answer in seen.named if answer in right]
    if not found or found[0] > scenario.within:
        problems.append(f"expected {scenario.expected} within {scenario.within} s")
    elif said(seen.final) in right and not is_right(scenario, seen.final):
        problems.append(f"waiting on {seen.final.get('waiting_on')}, not {scenario.waiting_on}")
    return problems


def confusion_table():
    """Lines: expected against what was said last under load."""
    table = Counter()
    for user, seen in observations:
        last = seen.named[-1][1] if seen.named else "nothing heard"
        table[user, words(seen.expected), words(last)] += 1
    return [f"{user:8} {expected:24} said {answer:24} {count}"
            for (user, expected, answer), count in sorted(table.items())]
