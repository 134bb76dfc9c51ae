# SPDX-License-Identifier: MIT
"""A herd (see herd.h) for as long as a `with` lasts."""

import dataclasses
import json
import subprocess
import time

import processes

YOUNG_SECONDS = 12  # tierwatch reads processes younger than 10 s more often; nobody shall see them


@dataclasses.dataclass(frozen=True)
class Kind:
    processes: int = 500
    threads: int = 4
    fds: int = 32
    resident_kib: int = 1024
    busy_share: float = 0.0
    hertz: float = 10
    burn_us: int = 20

    def arguments(self):
        return [text for field in dataclasses.fields(self)
                for text in (f"--{field.name.replace('_', '-')}", str(getattr(self, field.name)))]


class Herd:
    def __init__(self, binary, kind):
        self._command = ["setpriv", "--pdeathsig", "TERM", binary, *kind.arguments()]
        self.kind = kind

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        if not self._process.stdout.readline().startswith("ready"):
            raise RuntimeError(f"the herd did not come to life: {' '.join(self._command)}")
        self.pids = processes.descendants(self._process.pid)
        if len(self.pids) != self.kind.processes:
            raise RuntimeError(f"{len(self.pids)} processes, wanted {self.kind.processes}")
        time.sleep(YOUNG_SECONDS)
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(60)
        processes.reap_adopted()

    def cpu_cores(self, seconds=2):
        """What the herd itself uses, to tell an idle herd from a busy one."""
        before = sum(processes.cpu_seconds(pid) for pid in self.pids)
        time.sleep(seconds)
        return (sum(processes.cpu_seconds(pid) for pid in self.pids) - before) / seconds


def floor(binary, herd, rounds=11):
    """What the kernel charges per process: {(file, how): [best, median, worst] µs}."""
    pids = "\n".join(map(str, herd.pids))
    output = subprocess.run([binary, str(rounds)], input=pids, text=True, check=True,
                            capture_output=True).stdout
    lines = map(json.loads, output.splitlines())
    return {f"{line['file']}|{line['how']}": line["us"] for line in lines}
