# SPDX-License-Identifier: MIT
"""The stack as Debian lays it out: each server its own user, on its usual port, uWSGI's socket below
/run/uwsgi. Only inside namespaces of our own (isolated.py), where nobody else has these addresses."""

import subprocess
from pathlib import Path

from processes import account, own_directory
from web_stack import WebStack

SOCKET_DIRECTORY = Path("/run/uwsgi")


def make_socket_directory():
    """A file system of its own, gone with the mount namespace."""
    SOCKET_DIRECTORY.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "tierwatch-test", SOCKET_DIRECTORY], check=True)
    own_directory(SOCKET_DIRECTORY, account("www-data"))


def debian_stack(home, **options):
    if not SOCKET_DIRECTORY.is_mount():
        make_socket_directory()
    usual = {"nginx": {"port": 80}, "postgres": {"port": 5432}, "redis": {"port": 6379},
             "uwsgi": {"socket": SOCKET_DIRECTORY / "app.sock"}}
    merged = {tier: {**usual[tier], **options.get(tier, {})} for tier in usual}
    return WebStack(home, **merged)
