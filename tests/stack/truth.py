# SPDX-License-Identifier: MIT
"""What a tier really used, told by the kernel without tierwatch: control groups for CPU time, /proc
for the rest."""

import math
import os
from dataclasses import dataclass

from processes import count_fds, descendants, read_or_none, status_bytes

RELATIVE_TOLERANCE = 0.02
# Seconds. /proc/PID/stat cuts user and system time off at 10 ms each, at both ends of an interval: a
# process is off by 5.8 ms (standard deviation). Four of them are allowed.
TOLERANCE_OF_ONE_PROCESS = 4 * 0.0058


@dataclass
class CpuUse:
    """CPU seconds of one tier over one interval."""
    said: float
    true: float
    processes: int = 1

    def steps(self):
        """By how much the steps of the counters may put `said` off."""
        return TOLERANCE_OF_ONE_PROCESS * math.sqrt(self.processes)

    def close(self, relative=RELATIVE_TOLERANCE):
        return abs(self.said - self.true) <= max(relative * self.true, self.steps())

    def __str__(self):
        return f"said {self.said:.3f} s, true {self.true:.3f} s, off by {self.said - self.true:+.3f} s"


def cpu_uses(stack, daemon, load):
    """tier -> CpuUse over a load. The tiers are idle when the counters are read: it does not matter
    that the daemon's tick and our reading are some milliseconds apart."""
    def counters():
        daemon.settle(3)
        return {tier: (daemon.tier_cpu(tier), group.cpu_seconds())
                for tier, group in stack.cgroups.items()}
    before = counters()
    load()
    after = counters()
    return {tier: CpuUse(after[tier][0] - before[tier][0], after[tier][1] - before[tier][1],
                         len(descendants(stack.server(tier).pid)))
            for tier in before}


def report(uses):
    """For the log, and for the message when one is not close."""
    return "\n" + "\n".join(f"  {tier:9} {use}" for tier, use in uses.items())


def title(pid):
    return (read_or_none(f"/proc/{pid}/cmdline") or "").replace("\0", " ").strip()


def nginx_role(pid, root):
    return "master" if pid == root else title(pid).split()[1]  # "nginx: worker process"


def uwsgi_role(pid, root):
    return "master" if pid == root else "worker"


def postgres_role(pid, root):
    names = {"checkpointer": "checkpointer", "background writer": "background-writer",
             "walwriter": "walwriter", "logical replication launcher": "logical-replication"}
    return "postmaster" if pid == root else names.get(title(pid).partition(": ")[2], "backend")


def redis_role(pid, root):
    return "main"


ROLES = {"nginx": nginx_role, "uwsgi": uwsgi_role, "postgres": postgres_role, "redis": redis_role}


def roles(stack):
    """pid -> (tier, role) of every process of the stack."""
    return {pid: (tier, role(pid, stack.server(tier).pid))
            for tier, role in ROLES.items() for pid in descendants(stack.server(tier).pid)}


def open_fds(stack, tier):
    return sum(count_fds(pid) for pid in descendants(stack.server(tier).pid))


def resident_bytes(stack, tier):
    return sum(status_bytes(pid, "VmRSS") for pid in descendants(stack.server(tier).pid))


def fd_size_is_told():
    """Linux 6.2 and newer tell the number of descriptors as the size of /proc/PID/fd."""
    return os.stat("/proc/self/fd").st_size > 0
