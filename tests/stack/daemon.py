# SPDX-License-Identifier: MIT
"""tierwatch itself, as a test starts and asks it."""

import json
import os
import shutil
import subprocess
import urllib.request

from metrics import Metrics
from processes import Child, account, free_port, http_status, own_directory, wait_until

BINARY = os.environ.get("TIERWATCH_BINARY", "build/dev/daemon/tierwatch")


def installed(home):
    """A copy of the program where every user may run it: build trees lie in private homes."""
    copy = home / "bin" / "tierwatch"
    if not copy.exists():
        copy.parent.mkdir()
        shutil.copy(BINARY, copy)
        copy.chmod(0o755)
    return str(copy)


def run(home, *arguments, user=None, seconds=20, before=()):
    """A subcommand, to its end."""
    argv = [*before, installed(home), *map(str, arguments)]
    if user and account(user):
        argv = ["setpriv", "--reuid", user, "--regid", str(account(user).pw_gid), "--clear-groups",
                *argv]
    return subprocess.run(argv, capture_output=True, text=True, timeout=seconds, cwd=home)


class Tierwatch:
    """A running daemon; `configuration` is its file but for the interval. Not ready yet."""

    def __init__(self, home, configuration="", interval="250ms", user=None, name="tierwatch",
                 port=None, more=(), **limits):
        self.home = own_directory(home / name, account(user) if user else None)
        self.port = port or free_port()
        self.config = self.home / "tierwatch.toml"
        self.write_config(f'[sampling]\ninterval = "{interval}"\n{configuration}')
        argv = [installed(home), "daemon", "--config", self.config,
                "--web.listen-address", f"127.0.0.1:{self.port}", *map(str, more)]
        self.child = Child(name, argv, self.home, user=account(user) if user else None, **limits)

    def write_config(self, text):
        self.config.write_text(text)

    def wait_ready(self):
        self.child.wait_ready(lambda: http_status(f"http://{self.address}/-/ready") == 200)
        return self

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def get(self, path):
        with urllib.request.urlopen(f"http://{self.address}{path}", timeout=5) as answer:
            return answer.read().decode()

    def metrics(self):
        return Metrics(self.get("/metrics"))

    def snapshot(self):
        return json.loads(self.get("/api/v1/snapshot"))

    def settle(self, ticks=2):
        """Waits until that many snapshots have been taken from now on."""
        target = self.snapshot()["sequence"] + ticks
        wait_until(lambda: self.snapshot()["sequence"] >= target, f"{ticks} snapshots")
        return self

    def tier_cpu(self, tier):
        return self.metrics().sum("tierwatch_tier_cpu_seconds_total", tier=tier)

    def log(self):
        return self.child.log.read_text(errors="replace")

    def stop(self):
        return self.child.stop()


def verdict_with(daemon, condition, what):
    """The first verdict for which the condition holds."""
    def look():
        verdict = daemon.snapshot()["verdict"]
        return verdict if condition(verdict) else None
    try:
        return wait_until(look, what, seconds=40)
    except TimeoutError as late:
        raise TimeoutError(f"{late}: {daemon.snapshot()['verdict']}") from None
