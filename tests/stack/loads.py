# SPDX-License-Identifier: MIT
"""Load in the background: started, asked how much was answered, stopped."""

import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent


class Wrk:
    """Closed-loop load: `connections` clients, each with one request under way at a time."""

    def __init__(self, url, connections, seconds, header=None):
        self._popen = subprocess.Popen(
            ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "30s",
             *(["-H", header] if header else []), url],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def wait(self):
        """Good answers per second."""
        output = self._popen.communicate(timeout=120)[0]
        total = re.search(r"(\d+) requests in ([\d.]+)(s|m)", output)
        bad = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", output)))
        seconds = float(total[2]) * (60 if total[3] == "m" else 1)
        return (int(total[1]) - bad) / seconds


class Paced:
    """`rate` requests per second whatever the answers (they may take until the next one)."""

    def __init__(self, url, rate, seconds):
        self._url, self._rate, self._seconds, self._good = url, rate, seconds, 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        start = time.monotonic()
        for i in range(int(self._rate * self._seconds)):
            time.sleep(max(0.0, start + i / self._rate - time.monotonic()))
            try:
                with urllib.request.urlopen(self._url, timeout=20) as answer:
                    self._good += answer.status == 200
            except (urllib.error.URLError, ConnectionError):
                pass

    def wait(self):
        self._thread.join()
        return self._good / self._seconds


class Program:
    """Any program that ends by itself; tells nothing of throughput."""

    def __init__(self, *argv):
        self._popen = subprocess.Popen([str(part) for part in argv])

    def wait(self):
        self._popen.wait(timeout=120)
        return 0.0


def slow_readers(port, path, clients, seconds):
    return Program(sys.executable, HERE / "slow_reader.py", port, path, clients, seconds)


class Together:
    """Several loads at once; the first one's answers count."""

    def __init__(self, *loads):
        self._loads = loads

    def wait(self):
        return [load.wait() for load in self._loads][0]
