# SPDX-License-Identifier: MIT
"""docs/accuracy.md from recorded runs and what is said of them."""

import statistics

from accuracy_score import (NAME_NO_RESOURCE, OBVIOUS, SETTLE_SECONDS, Details, Score, add_details, add_to, name_of,
                            obvious)

USERS = {"root": "may see everything", "nobody": "without any privilege"}

HEAD = """# How often the judge is right

`scripts/accuracy` writes this page: it replays every recorded run of [tests/judge](../tests/judge/README.md) through the judge as
the daemon would, tick by tick, and compares the verdict with the truth. Do not edit it.

A run is one of real servers that run out of one thing, or healthy. It is *counted* if its truth was proven: the same load without
that limit had at least 1.3 times as many good answers (`relief 2.9`: 2.9 times), requests or processes were counted as rejected or
killed (`refused 453`, `killed 2`), or a healthy run answered all requests (`kept up 1.00`). Unproven runs are shown and not counted. A
verdict counts from {settle} s after the onset until the end of the load; *right* is the same tier and the same resource, or "nothing is
full" in a healthy run. One daemon as root and one as `nobody` saw each run: these are two runs here.
"""


OBVIOUS_HEAD = """
## Compared with simpler judges

They get the same facts of the last five seconds. They name: the fullest level of any tier; the tier that uses most CPU
while the host is full; the tier that uses most CPU; the tier of the busiest thread; the tier whose figures are farthest from what they
were before the load.

"""


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def details_of(runs):
    details = Details()
    for run in runs:
        add_details(details, run)
    return details


def time_words(details):
    times = sorted(details.seconds_to_name)
    if not times:
        return "–"
    words = f"{statistics.median(times):.1f} s, {times[-1]:.1f} s at most"
    return words + (f"; never: {details.never_named}" if details.never_named else "")


def alarm_words(score):
    return f"{score.alarms} in {score.healthy_seconds / 60:.1f} min"


def summary(counted):
    columns = [details_of([run for run in counted if run.user == user]) for user in USERS]
    columns.append(details_of(counted))
    rows = [
        ["runs", *(sum(run.user == user for run in counted) for user in USERS), len(counted)],
        ["time in which tier and resource are right", *(one.score.exact for one in columns)],
        ["time in which the tier is right", *(one.score.tier for one in columns)],
        ["of the wrong rest: unsure, with a blind spot instead of a name", *(one.unsure for one in columns)],
        ["time to the right name, median", *(time_words(one) for one in columns)],
        ["false alarms in healthy runs", *(alarm_words(one.score) for one in columns)],
        ["edges of the path that are said", *(one.said_edges for one in columns)],
        ["edges said that are there", *(one.true_edges for one in columns)],
        ["what is waited for is right", *(one.waiting for one in columns)],
        ["what would help holds the proven relief", *(one.relief for one in columns)],
        *([f"right when the confidence is {level}", *(one.by_confidence[level] for one in columns)]
          for level in ("high", "medium", "low")),
    ]
    return table(["", *(f"{user}, {words}" for user, words in USERS.items()), "both"], rows)


def others(counted):
    rows, own = [], details_of(counted).score
    rows.append(["tierwatch", own.tier, own.exact, alarm_words(own)])
    for name, judge in OBVIOUS.items():
        score = Score()
        for run in counted:
            add_to(score, run, obvious(run, judge))
        rows.append([name, score.tier, "names none" if name in NAME_NO_RESOURCE else score.exact, alarm_words(score)])
    return table(["judge", "tier right", "tier and resource right", "false alarms"], rows)


def said_most(run):
    """What was said in most of the time that counts, for the table of all runs."""
    seconds = {}
    for tick in run.said:
        if run.counts(tick["at"]):
            seconds[name_of(tick)] = seconds.get(name_of(tick), 0) + tick["seconds"]
    return max(seconds, key=seconds.get, default="–")


def row_of(runs):
    """One scenario, by all who saw it."""
    first, cells = runs[0], []
    for user in USERS:
        mine = [run for run in runs if run.user == user]
        details = details_of(mine)
        wrong = [said_most(run) for run in mine if said_most(run) not in run.right_names]
        cells.append(f"{details.score.exact}{', mostly ' + wrong[0] if wrong else ''}" if mine else "–")
    details = details_of(runs)
    waits = f", waiting on {first.waiting_on}" if first.waiting_on else ""
    return [first.name, first.made_on, first.truth + waits, first.proof, *cells,
            details.said_edges if first.edges else "–", "–" if first.truth == "clear" else time_words(details)]


def all_runs(runs):
    names = sorted({run.name for run in runs})
    rows = [row_of([run for run in runs if run.name == name]) for name in names]
    return table(["run", "made on", "truth", "proof", "right (root)", "right (nobody)", "path", "named after"], rows)


def day_words(day):
    if not day:
        return ""
    return (f"\nHealthy runs one after the other in an order by chance, {day['hours']:.1f} hours of them without a pause: "
            f"{day['alarms']} false alarms.\n")


def page(runs, day):
    counted = [run for run in runs if run.is_counted]
    proofless = sorted({run.name for run in runs if not run.is_counted})
    scenarios = len({run.name for run in runs})
    text = HEAD.format(settle=SETTLE_SECONDS)
    text += f"\n{len(runs)} runs of {scenarios} scenarios; {len(counted)} are counted.\n\n"
    text += "## Measured\n\n" + summary(counted) + day_words(day)
    text += OBVIOUS_HEAD + others(counted)
    text += "\n## Every run\n\n" + all_runs(runs)
    if proofless:
        text += "\nNot counted, for nothing proves them: " + ", ".join(proofless) + ".\n"
    return text
