#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs a command in namespaces of its own: it sees no process, no port and no mount of others,
others do not disturb its numbers, and the end of the command is the end of everything it started.

usage: isolated.py COMMAND [ARGUMENT]...

Works as root, and as a user where the kernel allows user namespaces. Where neither is allowed (some
containers) the command runs as it is; TIERWATCH_ISOLATED tells it which (1 or 0).
"""

import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1  # linux/sockios.h, linux/if.h


def unshare_command():
    namespaces = ["--pid", "--fork", "--mount", "--mount-proc", "--net", "--kill-child"]
    as_root = ["unshare", *namespaces]
    as_user = ["unshare", "--user", "--map-current-user", "--keep-caps", *namespaces]
    return as_root if os.geteuid() == 0 else as_user


def raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def be_init(command):
    """Process 1 of the namespace: starts the command, reaps orphans, ends with the command."""
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
