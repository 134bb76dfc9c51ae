# SPDX-License-Identifier: MIT
"""Control groups: the kernel's own account of CPU time, to check ours against, and limits. Works
with v1 (one tree per controller) and v2 (one tree)."""

import errno
import os
from pathlib import Path

from processes import wait_until

TOP = Path("/sys/fs/cgroup")


def is_unified():
    return (TOP / "cgroup.controllers").exists()


def _v1_tree(controller):
    """Where a v1 controller is mounted; Debian under systemd mounts cpu and cpuacct together."""
    for name in (controller, "cpu,cpuacct"):
        if controller in name.split(",") and (TOP / name).is_dir():
            return TOP / name
    return None


def trees():
    """controller -> root of its tree."""
    if is_unified():
        return {"cpu": TOP, "memory": TOP, "blkio": TOP, "pids": TOP}
    found = {name: _v1_tree(name) for name in ("cpuacct", "cpu", "memory", "blkio", "pids")}
    return {name: tree for name, tree in found.items() if tree}


def available():
    """Whether groups can be made here, with an account of CPU time."""
    tree = TOP if is_unified() else trees().get("cpuacct")
    return tree is not None and os.access(tree, os.W_OK)


def removed(path):
    try:
        path.rmdir()
    except OSError as busy:  # its last process is on its way out
        if busy.errno != errno.EBUSY:
            raise
        return False
    return True


def disk_of(path):
    """The disk below a path, as "major:minor"; None when there is none (tmpfs, overlay) or no group can
    limit it."""
    number = os.stat(path).st_dev
    device = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")
    if not device.exists() or "blkio" not in trees():
        return None
    disk = device.resolve().parent if (device / "partition").exists() else device
    return (disk / "dev").read_text().strip()


class ControlGroup:
    """One group in every tree. Close it after its processes have ended."""

    def __init__(self, name):
        namespace = os.readlink("/proc/self/ns/pid").strip("pid:[]")  # pids are unique only inside
        name = f"tierwatch-test-{namespace}-{os.getpid()}-{name}"
        self.paths = {controller: tree / name for controller, tree in trees().items()}
        for path in set(self.paths.values()):
            if path.exists():  # left by a run that was killed; a new group counts from zero
                path.rmdir()
            path.mkdir()

    def entry(self):
        """argv to put before a command, so that it runs in the group. As root: writing is needed."""
        files = " ".join(f"{path}/cgroup.procs" for path in sorted(set(self.paths.values())))
        return ["sh", "-c", 'for f in $0; do echo 0 > "$f"; done; exec "$@"', files]

    def cpu_seconds(self):
        """Exact CPU time of everything that ever ran in the group."""
        if is_unified():
            fields = dict(line.split() for line in self._read("cpu", "cpu.stat").splitlines())
            return int(fields["usage_usec"]) / 1e6
        return int(self._read("cpuacct", "cpuacct.usage")) / 1e9

    def limit_cpu(self, cores, period_us=100_000):
        quota = int(cores * period_us)
        if is_unified():
            self._enable("cpu")
            self._write("cpu", "cpu.max", f"{quota} {period_us}")
        else:
            self._write("cpu", "cpu.cfs_period_us", period_us)
            self._write("cpu", "cpu.cfs_quota_us", quota)

    def limit_memory(self, limit_bytes):
        if is_unified():
            self._enable("memory")
        self._write("memory", "memory.max" if is_unified() else "memory.limit_in_bytes", limit_bytes)

    def limit_writes(self, per_second, device):
        if is_unified():
            self._enable("io")
            self._write("blkio", "io.max", f"{device} wiops={per_second}")
        else:
            self._write("blkio", "blkio.throttle.write_iops_device", f"{device} {per_second}")

    def limit_tasks(self, most):
        if is_unified():
            self._enable("pids")
        self._write("pids", "pids.max", most)

    def limit_tasks_to_those_of_now(self):
        self.limit_tasks(self._read("pids", "pids.current"))

    def killed_for_memory(self):
        """How many of its processes."""
        events = self._read("memory", "memory.events" if is_unified() else "memory.oom_control")
        return int(dict(line.split() for line in events.splitlines()).get("oom_kill", 0))

    def close(self):
        for path in set(self.paths.values()):
            wait_until(lambda path=path: removed(path), f"{path} to be empty", 5)

    def _enable(self, controller):
        (TOP / "cgroup.subtree_control").write_text(f"+{controller}")

    def _read(self, controller, file):
        return (self.paths[controller] / file).read_text()

    def _write(self, controller, file, value):
        (self.paths[controller] / file).write_text(str(value))
