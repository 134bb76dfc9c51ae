# SPDX-License-Identifier: MIT
"""Load in the background: started, asked how much was answered, stopped."""

import random
import re
import signal
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

    def stop(self):
        """wrk then tells what it did until now."""
        self._popen.send_signal(signal.SIGINT)

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
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        start = time.monotonic()
        for i in range(int(self._rate * self._seconds)):
            if self._stopped.wait(max(0.0, start + i / self._rate - time.monotonic())):
                self._seconds = time.monotonic() - start
                break
            try:
                with urllib.request.urlopen(self._url, timeout=20) as answer:
                    self._good += answer.status == 200
            except (urllib.error.URLError, ConnectionError):
                pass

    def stop(self):
        self._stopped.set()

    def wait(self):
        self._thread.join()
        return self._good / self._seconds


class Poisson:
    """Requests at random moments, `rate` per second on average, whatever the answers."""

    def __init__(self, url, rate, seconds, seed=7):
        self._url, self._dice, self._good, self.sent = url, random.Random(seed), 0, 0
        self._stopped, self._asking, self._lock = threading.Event(), [], threading.Lock()
        self._begin, self._end = time.monotonic(), time.monotonic() + seconds
        self._thread = threading.Thread(target=self._run, args=(rate,), daemon=True)
        self._thread.start()

    def _run(self, rate):
        while time.monotonic() < self._end and not self._stopped.wait(self._dice.expovariate(rate)):
            self._ask_aside()

    def _ask_aside(self):
        self.sent += 1
        self._asking.append(threading.Thread(target=self._ask, daemon=True))
        self._asking[-1].start()

    def _ask(self):
        try:
            with urllib.request.urlopen(self._url, timeout=20) as answer:
                answer.read()
            with self._lock:
                self._good += 1
        except (urllib.error.URLError, ConnectionError):
            pass

    def stop(self):
        self._stopped.set()

    def wait(self):
        """Those that were answered by the end; of a load that is kept up, all but the newest."""
        self._thread.join()
        good, seconds = self._good, time.monotonic() - self._begin
        for thread in self._asking:
            thread.join()
        newest = 2 * self.sent / max(seconds, 1)  # of the last two seconds
        self.asked = max(1, self.sent - newest) / seconds
        return min(good, self.asked * seconds) / seconds


class Bursts(Poisson):
    """`size` requests at once every `period` seconds."""

    def __init__(self, url, size, period, seconds):
        self._size, self._period = size, period
        super().__init__(url, size / period, seconds)

    def _run(self, _):
        while time.monotonic() < self._end and not self._stopped.wait(self._period):
            for _ in range(self._size):
                self._ask_aside()


class Knocking:
    """Asks 20 times a second, and counts how often it was turned away."""

    def __init__(self, is_refused, seconds):
        self.refused, self._is_refused = 0, is_refused
        self._stopped, self._end = threading.Event(), time.monotonic() + seconds
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while time.monotonic() < self._end and not self._stopped.wait(0.05):
            self.refused += self._is_refused()

    def stop(self):
        self._stopped.set()

    def wait(self):
        self._thread.join()
        return 0.0


class Program:
    """Any program that ends by itself; tells nothing of throughput."""

    def __init__(self, *argv):
        self._popen = subprocess.Popen([str(part) for part in argv])

    def stop(self):
        self._popen.terminate()

    def wait(self):
        self._popen.wait(timeout=120)
        return 0.0


def slow_readers(port, path, clients, seconds):
    return Program(sys.executable, HERE / "slow_reader.py", port, path, clients, seconds)


class Together:
    """Several loads at once; the first one's answers count, or those of all."""

    def __init__(self, *loads, added=False):
        self._loads, self._added = loads, added

    @property
    def asked(self):
        return self._loads[0].asked

    def stop(self):
        for load in self._loads:
            load.stop()

    def wait(self):
        answers = [load.wait() for load in self._loads]
        return sum(answers) if self._added else answers[0]
