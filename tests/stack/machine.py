# SPDX-License-Identifier: MIT
"""A Debian in a folder that boots its own systemd (systemd-nspawn), as an administrator finds it: root of its own, network
of its own, nothing of it left when it is off. What it writes lies on top of the folder and goes with the test."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from processes import wait_until

# Made by scripts/lib/machine.sh.
FOLDER = Path(os.environ.get("TIERWATCH_MACHINE", "build/stack/machine"))
BUILD = Path(os.environ.get("TIERWATCH_BUILD", "build/stack"))


def why_not():
    """Why no machine can be booted here; empty when it can."""
    if os.geteuid() != 0:
        return "needs root, to boot a systemd in a folder"
    if os.environ.get("TIERWATCH_ISOLATED") != "1":
        return "needs a PID namespace of its own, to boot a systemd in a folder"
    if not shutil.which("systemd-nspawn"):
        return "systemd-nspawn is not installed"
    if (FOLDER / "why-not").exists():
        return (FOLDER / "why-not").read_text().strip()
    return "" if (FOLDER / "made-with").exists() else "no Debian was made in a folder (scripts/lib/machine.sh)"


def package():
    """The .deb of the build."""
    return next(BUILD.glob("tierwatch_*.deb"))


class Machine:
    def __init__(self):
        self._folder = Path(tempfile.mkdtemp(prefix="tierwatch-machine-"))
        self._layers = self._folder / "layers"
        self.root = self._folder / "root"
        self._layers.mkdir()
        self.root.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", self._layers], check=True)
        for name in ("upper", "work"):
            (self._layers / name).mkdir()
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o",
                        f"lowerdir={FOLDER / 'root'},upperdir={self._layers / 'upper'},workdir={self._layers / 'work'}",
                        self.root], check=True)
        (self.root / "etc/machine-id").write_text("")
        self._log = open(self._folder / "console.log", "wb")
        self._nspawn = None

    def boot(self):
        self._nspawn = subprocess.Popen(
            ["systemd-nspawn", "--register=no", "--keep-unit", "--quiet", "--console=pipe", "--private-network",
             "--kill-signal=SIGRTMIN+3", "--capability=CAP_PERFMON,CAP_BPF", "--system-call-filter=bpf", "-D", self.root, "-b"],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        wait_until(self._init, "the machine's first process")
        wait_until(lambda: self.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded"),
                   self.console, seconds=90)
        return self

    def _init(self):
        """systemd-nspawn's only child: process 1 of the machine."""
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text().split()
        return int(children[0]) if children else None

    def run(self, *argv, user=None, check=False, text=None):
        """A command in the machine, as root or as another of its users."""
        as_user = ["runuser", "-u", user, "--"] if user else []
        done = subprocess.run(
            ["nsenter", "-t", str(self._init()), "-m", "-u", "-i", "-n", "-p", "-r", "-w", "--",
             "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive",
             *as_user, *map(str, argv)], capture_output=True, text=True, timeout=120, input=text)
        assert not check or done.returncode == 0, f"{argv}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def sh(self, script, **options):
        return self.run("sh", "-c", script, check=True, **options).stdout

    def fetch(self, path, port=9718):
        """(status, body) over TCP, by curl of the machine outside in the network of the one inside."""
        done = subprocess.run(
            ["nsenter", "-t", str(self._init()), "-n", "curl", "-sS", "--max-time", "5", "-w", "\n%{http_code}",
             f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, timeout=20)
        body, _, status = done.stdout.rpartition("\n")
        return int(status or 0), body

    def snapshot(self):
        return json.loads(self.fetch("/api/v1/snapshot")[1])

    def show(self, setting, unit="tierwatch.service"):
        """A property of a unit."""
        return self.run("systemctl", "show", "--value", "-p", setting, unit, check=True).stdout.strip()

    def journal(self):
        return self.run("journalctl", "-u", "tierwatch", "--no-pager", "-n", "40").stdout

    def install(self, deb):
        """As `apt install ./x.deb` would; all it depends on is there."""
        shutil.copy(deb, self.root / "var/tmp/new.deb")
        return self.run("dpkg", "--force-confold", "-i", "/var/tmp/new.deb", check=True)

    def console(self):
        return (self._folder / "console.log").read_text(errors="replace")[-3000:]

    def close(self):
        if self._nspawn and self._nspawn.poll() is None:
            self._nspawn.send_signal(signal.SIGTERM)
            try:
                self._nspawn.wait(20)
            except subprocess.TimeoutExpired:
                self._nspawn.kill()
                self._nspawn.wait(20)
        self._log.close()
        for mounted in (self.root, self._layers):
            subprocess.run(["umount", "--lazy", mounted], check=False)
        shutil.rmtree(self._folder, ignore_errors=True)
