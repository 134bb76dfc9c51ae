# SPDX-License-Identifier: MIT
"""Processes that a test starts: each dies with the test, writes to a log, and may be given a user,
a control group, processors and a descriptor limit of its own. The work is done by util-linux
(setpriv, prlimit, taskset), so that `ps` shows the server as it would run anywhere else."""

import os
import pwd
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path


# In front of a command: what it mounts, nobody else sees. The mounts of these tests are private already (isolated.py).
OWN_MOUNTS = ["unshare", "--mount", "--propagation", "unchanged"]


def is_root():
    return os.geteuid() == 0


def account(name):
    """The user a server shall run as: `name` where we may choose, else ourselves (None)."""
    return pwd.getpwnam(name) if is_root() else None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, what, seconds=20.0):
    """Polls until condition() is true and returns what it returned."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(0.02)
    raise TimeoutError(f"waited {seconds} s for {what() if callable(what) else what}")


def accepts(address):
    """Whether something accepts connections at ("127.0.0.1", port) or at a socket's path."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as client:
        client.settimeout(1)
        return client.connect_ex(address) == 0


def http_status(url):
    """0 when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except (urllib.error.URLError, ConnectionError, socket.timeout):
        return 0


def own_directory(path, user):
    """Makes a directory that belongs to `user` (an entry of passwd, or None for ourselves)."""
    path.mkdir(parents=True, exist_ok=True)
    if user:
        os.chown(path, user.pw_uid, user.pw_gid)
    return path


def prepared(argv, user=None, cgroup=None, cpus=None, nofile=None, death_signal="TERM", before=()):
    """argv with what has to happen before it in front (`before`: more of that, run as ourselves).
    Each part replaces itself by exec."""
    before = [*before, *(cgroup.entry() if cgroup else ())]
    if cpus is not None:
        before += ["taskset", "-c", str(cpus)]
    if nofile is not None:
        before += ["prlimit", f"--nofile={nofile}:{nofile}"]
    before += ["setpriv", "--pdeathsig", death_signal]
    if user:
        before += ["--reuid", user.pw_name, "--regid", str(user.pw_gid), "--init-groups"]
    return [*before, *map(str, argv)]


class Child:
    """A running process. `limits` are those of prepared()."""

    def __init__(self, name, argv, log_directory, env=None, cwd="/", stop_signal=signal.SIGTERM,
                 **limits):
        self.name = name
        self.log = Path(log_directory) / f"{name}.log"
        self.stop_signal = stop_signal
        self.rusage = None
        limits.setdefault("death_signal", stop_signal.name.removeprefix("SIG"))
        with open(self.log, "ab") as log:
            self._popen = subprocess.Popen(
                prepared(argv, **limits), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **(env or {})}, cwd=cwd, start_new_session=True)

    @property
    def pid(self):
        return self._popen.pid

    def running(self):
        return self._popen.returncode is None and self._reap(os.WNOHANG) is None

    def wait_ready(self, ready, seconds=20.0):
        """Until ready() holds; fails at once, with the end of the log, when the process ends."""
        def ready_or_dead():
            return not self.running() or ready()
        try:
            wait_until(ready_or_dead, f"{self.name} to be ready", seconds)
        except TimeoutError as late:
            raise TimeoutError(f"{late}\n{self.log_tail()}") from None
        if not self.running():
            raise RuntimeError(f"{self.name} ended: {self._popen.returncode}\n{self.log_tail()}")
        return self

    def log_tail(self, lines=25):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def signal(self, number):
        if self.running():
            os.kill(self.pid, number)

    def wait(self, seconds=20.0):
        """Its exit code (negative: the signal). Its CPU time, and that of all the children it had
        waited for, is then in `rusage`."""
        wait_until(lambda: not self.running(), f"the end of {self.name}", seconds)
        return self._popen.returncode

    def stop(self, seconds=10.0):
        """Asks, then insists: the whole process group."""
        if self._popen.returncode is not None:
            return self._popen.returncode
        self.signal(self.stop_signal)
        try:
            return self.wait(seconds)
        except TimeoutError:
            os.killpg(self.pid, signal.SIGKILL)
            return self.wait(seconds)

    def _reap(self, options):
        pid, status, usage = os.wait4(self.pid, options)
        if pid == 0:
            return None
        self.rusage = usage
        self._popen.returncode = os.waitstatus_to_exitcode(status)
        return self._popen.returncode


def descendants(pid):
    """pid and everything below it, from /proc/*/stat."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            stat = read_or_none(entry / "stat")
            if stat:
                parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    found, queue = [], [pid]
    while queue:
        current = queue.pop()
        found.append(current)
        queue += [child for child, parent in parents.items() if parent == current]
    return sorted(found)


def read_or_none(path):
    try:
        return Path(path).read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None


def status_bytes(pid, field):
    """A field of /proc/PID/status that is given in kB, in bytes."""
    for line in (read_or_none(f"/proc/{pid}/status") or "").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    return 0


def count_fds(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))
