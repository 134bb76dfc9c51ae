#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs a command in namespaces of its own: it sees no process, no port and no mount of others,
others do not disturb its numbers, and the end of the command is the end of everything it started.

usage: isolated.py COMMAND [ARGUMENT]...

Works as root, in a chroot too, and as a user where the kernel allows user namespaces. Where neither
is allowed (some containers) the command runs as it is; TIERWATCH_ISOLATED says which (1 or 0).
"""

import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1  # linux/sockios.h, linux/if.h
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x8, 0x1000, 0x4000, 0x40000  # mount(2)


def unshare_command():
    namespaces = ["--pid", "--fork", "--mount", "--propagation", "unchanged", "--net", "--kill-child"]
    as_root = ["unshare", *namespaces]
    as_user = ["unshare", "--user", "--map-current-user", "--keep-caps", *namespaces]
    return as_root if os.geteuid() == 0 else as_user


def raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def mount(source, target, kind, flags):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source, target, kind, ctypes.c_ulong(flags), None) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), target.decode())


def keep_mounts_here():
    """What is mounted from now on stays in this namespace. A chroot's / is no mount point, so this is said of the real
    root, which is reached by leaving the chroot (chroot(2): a working directory outside of the root); then the chroot's
    folder is mounted on itself, so that / is a mount point here as it is on any machine."""
    here = os.open("/", os.O_PATH)
    try:
        mount(None, b"/", None, MS_REC | MS_PRIVATE)
    except OSError:
        os.chroot("/proc")
        os.fchdir(here)
        for _ in range(100):
            os.chdir("..")
        os.chroot(".")
        mount(None, b"/", None, MS_REC | MS_PRIVATE)
        os.fchdir(here)
        folder = os.getcwdb()
        mount(folder, folder, None, MS_BIND | MS_REC)
        os.chdir(folder)
        os.chroot(".")
    os.close(here)


def be_init(command):
    """Process 1 of the namespace: starts the command, reaps orphans, ends with the command."""
    folder = os.getcwd()
    keep_mounts_here()
    os.chdir(folder)
    mount(b"proc", b"/proc", b"proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    raise_loopback()
    child = subprocess.Popen(command, env={**os.environ, "TIERWATCH_ISOLATED": "1"})
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda n, _: child.send_signal(n))
    while True:
        pid, status = os.wait()
        if pid == child.pid:
            return os.waitstatus_to_exitcode(status)


def main():
    if sys.argv[1] == "--as-init":
        code = be_init(sys.argv[2:])
        sys.exit(code if code >= 0 else 128 - code)
    probe = subprocess.run([*unshare_command(), "true"], capture_output=True, text=True)
    if probe.returncode == 0:
        this = os.path.abspath(__file__)
        os.execvp("unshare", [*unshare_command(), sys.executable, this, "--as-init", *sys.argv[1:]])
    print(f"not isolated: {probe.stderr.strip()}", flush=True)
    os.environ["TIERWATCH_ISOLATED"] = "0"
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
