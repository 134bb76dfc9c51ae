# SPDX-License-Identifier: MIT
"""Network namespaces that a test makes: on one bridge with the test's own, which is the host."""

import itertools
import os
import subprocess
from pathlib import Path

import cgroup
from processes import Child, wait_until

HOST_ADDRESS = "10.91.0.1"
BRIDGE = "tw-bridge"
numbers = itertools.count(1)


def run(*argv):
    subprocess.run(list(map(str, argv)), check=True, capture_output=True)


class Bridge:
    """The host's end of them all."""

    def __init__(self):
        run("ip", "link", "add", BRIDGE, "type", "bridge")
        run("ip", "addr", "add", f"{HOST_ADDRESS}/24", "dev", BRIDGE)
        run("ip", "link", "set", BRIDGE, "up")

    def close(self):
        run("ip", "link", "del", BRIDGE)


class Space:
    """A network namespace with `address`, kept by a process that does nothing, as a pod's is."""

    ALONE = ["unshare", "--net"]

    def __init__(self, home, name, address):
        self.address = address
        own = os.stat("/proc/self/ns/net").st_ino
        self.child = Child(f"space-{name}", ["sleep", "infinity"], home, before=self.ALONE)
        wait_until(lambda: os.stat(f"/proc/{self.child.pid}/ns/net").st_ino != own, "the namespace")
        self.cable = f"tw-{name}{next(numbers)}"  # the kernel clears the last one's away when it has time
        run("ip", "link", "add", self.cable, "type", "veth", "peer", "name", "eth0", "netns", self.child.pid)
        run("ip", "link", "set", self.cable, "master", BRIDGE, "up")
        for command in ("link set lo up", f"addr add {address}/24 dev eth0", "link set eth0 up",
                        f"route add default via {HOST_ADDRESS}"):
            run(*self.entry, "ip", *command.split())

    @property
    def entry(self):
        """What puts a command into it."""
        return ["nsenter", f"--net=/proc/{self.child.pid}/ns/net"]

    def close(self):
        self.child.stop()


class Host(Space):
    """A machine of its own, as far as a daemon can see: its processes, its /proc, its network."""

    ALONE = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount", "--propagation", "unchanged",
             "sh", "-c", 'mount -t proc proc /proc && exec "$@"', "-"]

    @property
    def first(self):
        """The first process in it, by our numbers."""
        children = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children")
        return wait_until(lambda: children.read_text().split(), "the host's first process")[0]

    @property
    def entry(self):
        wait_until(lambda: Path(f"/proc/{self.first}/comm").read_text() == "sleep\n", "the host's /proc")
        return ["nsenter", f"--target={self.first}", "--net", "--pid", "--mount"]


class Container:
    """A control group as LXC makes it for a container."""

    def __init__(self, name):
        top = cgroup.TOP / "unified"
        self.path = (top if top.is_dir() else cgroup.TOP) / f"lxc.payload.{name}"
        self.path.mkdir(exist_ok=True)

    @property
    def entry(self):
        return ["sh", "-c", 'echo 0 > "$0/cgroup.procs"; exec "$@"', str(self.path)]

    def close(self):
        wait_until(lambda: cgroup.removed(self.path), "the group is empty")


def program_called(folder, name):
    """Python under another name, as a program of that name."""
    path = Path(folder) / name
    path.symlink_to("/usr/bin/python3")
    return path
