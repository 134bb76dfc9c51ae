# SPDX-License-Identifier: MIT
"""Load generators: how they are called, and what they say themselves of the run."""

import csv
import re
import time
import subprocess
from dataclasses import dataclass
from typing import Callable, Optional

SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}


@dataclass
class Said:
    """What a tool printed. Latency in seconds; `resolution` is the last digit of it."""
    requests: int
    rate: float
    mean: float
    p99: Optional[float]
    resolution: float


def number(pattern, text):
    return float(re.search(pattern, text)[1])


def wrk_said(text):
    mean = re.search(r"Latency\s+([\d.]+)(us|ms|s)", text)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", text)
    return Said(int(number(r"(\d+) requests in", text)), number(r"Requests/sec:\s+([\d.]+)", text),
                float(mean[1]) * SECONDS[mean[2]], float(p99[1]) * SECONDS[p99[2]], 1e-5)


def ab_said(text):
    return Said(int(number(r"Complete requests:\s+(\d+)", text)),
                number(r"Requests per second:\s+([\d.]+)", text),
                number(r"Time per request:\s+([\d.]+) \[ms\] \(mean\)", text) / 1e3,
                number(r"99%\s+(\d+)", text) / 1e3, 1e-3)


def percentile(pattern, text):
    """Of fewer than a hundred answers hey tells no 99th."""
    return number(pattern, text) if re.search(pattern, text) else None


def hey_said(text):
    answers = sum(int(count) for count in re.findall(r"\[\d+\]\s+(\d+) responses", text))
    return Said(answers, number(r"Requests/sec:\s+([\d.]+)", text),
                number(r"Average:\s+([\d.]+)", text), percentile(r"99% in ([\d.]+)", text), 1e-4)


@dataclass
class Tool:
    command: Callable  # (url, users, seconds) -> argv
    said: Callable     # (what it printed) -> Said


TOOLS = {
    "wrk": Tool(lambda url, users, seconds: ["wrk", "-t1", f"-c{users}", f"-d{seconds}s",
                                             "--latency", url], wrk_said),
    "ab": Tool(lambda url, users, seconds: ["ab", "-q", "-c", str(users), "-t", str(seconds), url],
               ab_said),
    "hey": Tool(lambda url, users, seconds: ["hey", "-c", str(users), "-z", f"{seconds}s", url],
                hey_said),
}


def stepped_jtl(url, file, steps, seconds):
    """Lets hey load `url` with each number of users in turn, and writes what it saw as JMeter would:
    a row for each request, times by this machine's clock. Returns the rows."""
    rows = []
    for users in steps:
        begin = time.time()
        done = subprocess.run(["hey", "-c", str(users), "-z", f"{seconds}s", "-o", "csv", url],
                              check=True, capture_output=True, text=True)
        for row in csv.DictReader(done.stdout.splitlines()):
            rows.append((begin + float(row["offset"]), float(row["response-time"]),
                         row["status-code"], users))
    write_jtl(file, rows)
    return rows


def write_jtl(file, rows, shift=0.0):
    lines = ["timeStamp,elapsed,label,responseCode,success,allThreads"]
    lines += [f"{(at + shift) * 1000:.0f},{took * 1000:.0f},page,{status},true,{users}"
              for at, took, status, users in sorted(rows)]
    file.write_text("\n".join(lines) + "\n")
