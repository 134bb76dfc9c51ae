#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What a CTest run of ours did, test by test: gtest's and pytest's own counts, and every test that was
skipped with its reason. A skip is expected when a line of tests/skips.txt says so.

usage: test_log.py EXPECTED [--strict] LOG...    later logs replace what earlier ones say of the same test
--strict: exit 1 on a skip that is not expected
"""

import re
import sys
from collections import namedtuple

Skip = namedtuple("Skip", "name reason")

GTEST_COUNT = re.compile(r"^\[  (PASSED|FAILED|SKIPPED) +\] (\d+) tests?[,.]", re.M)
GTEST_SKIP = re.compile(r"^\S+:\d+: Skipped\n(.*?)\n(?:.*\n)*?\[  SKIPPED \] (\S+) \(", re.M)
PYTEST_COUNT = re.compile(r"^=+ (.*(?:passed|failed|skipped|error).*) in [\d.]+s.*=+$", re.M)
PYTEST_SKIP = re.compile(r"^SKIPPED \[\d+\] ([^:\s]+)(?::\d+)?: (.*)$", re.M)
UNITTEST_COUNT = re.compile(r"^Ran (\d+) tests? in .*\n+(OK|FAILED)", re.M)
UNITTEST_SKIP = re.compile(r"^(\w+ \(\S+\)) \.\.\. skipped '(.*)'$", re.M)
WORDS = {"passed": "passed", "failed": "failed", "error": "failed", "errors": "failed", "skipped": "skipped"}


CTEST_SECTION = re.compile(r"^\d+/\d+ Testing: (\S+)$", re.M)


def outputs(logs):
    """What each CTest test printed, the last of several runs of it."""
    parts = [part for log in logs for part in CTEST_SECTION.split(log)[1:]]
    return "\n".join(dict(zip(parts[::2], parts[1::2])).values())


def counts(log):
    total = {"passed": 0, "failed": 0, "skipped": 0}
    for word, number in GTEST_COUNT.findall(log):
        total[word.lower()] += int(number)
    for line in PYTEST_COUNT.findall(log):
        for number, word in re.findall(r"(\d+) (\w+)", line):
            if word in WORDS:
                total[WORDS[word]] += int(number)
    for number, outcome in UNITTEST_COUNT.findall(log):
        total["passed" if outcome == "OK" else "failed"] += int(number)
    skipped = len(UNITTEST_SKIP.findall(log))
    total["skipped"] += skipped
    total["passed"] -= skipped
    return total


def skips(log):
    found = [Skip(name, reason) for reason, name in GTEST_SKIP.findall(log)]
    return found + [Skip(name, reason) for pattern in (PYTEST_SKIP, UNITTEST_SKIP)
                    for name, reason in pattern.findall(log)]


def expectations(text):
    """Lines `PATTERN<blanks>REASON`; a pattern is searched for in `name: reason`."""
    lines = [line.split(None, 1) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(re.compile(pattern), reason) for pattern, reason in lines]


def read(path):
    with open(path, errors="replace") as file:
        return file.read()


def main(expected_path, *arguments):
    strict = "--strict" in arguments
    log = outputs([read(path) for path in arguments if path != "--strict"])
    expected = expectations(read(expected_path))
    surprises = 0
    for skip in skips(log):
        why = next((reason for pattern, reason in expected
                    if pattern.search(f"{skip.name}:{skip.reason}".replace(" ", "_"))), None)
        surprises += why is None
        print(f"not tested: {skip.name}: {skip.reason}\n            "
              + (f"expected: {why}" if why else "NOT EXPECTED: tests/skips.txt has no line for it"))
    total = counts(log)
    if surprises and strict:
        print(f"{surprises} tests were skipped that must not be")
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return 1 if surprises and strict else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
