# SPDX-License-Identifier: MIT
"""What servers set themselves, in files that their titles name: read where that is safe, and where
it was not read, that is said."""

import os
import shutil

import pytest

from daemon import Tierwatch
from processes import Child, account, is_root, own_directory


def pretender(home, name, path, user="nobody"):
    """A program of any user whose title looks like that of a php-fpm that was given `path`."""
    directory = own_directory(home / name, None)
    directory.chmod(0o777)
    program = directory / "php-fpm8.2"
    shutil.copy(shutil.which("sleep"), program)
    script = f'exec -a "php-fpm: master process ({path})" {program} 1000'
    return Child(name, ["bash", "-c", script], directory, user=account(user))


def make_fifo(path):
    os.mkfifo(path, 0o666)
    return path


def make_snake(path):
    """Each reading asks for two more."""
    path.write_text(f"[www]\npm.max_children = 1\ninclude={path}\ninclude={path}\n" * 20)
    path.chmod(0o644)
    return path


FOREIGN_FILES = {
    "a fifo": lambda home: make_fifo(home / "fifo"),
    "a device without end": lambda home: "/dev/zero",
    "a terminal": lambda home: "/dev/tty",
    "a text of the kernel": lambda home: "/proc/kmsg",
    "a file that includes itself": lambda home: make_snake(home / "snake.conf"),
    "a directory": lambda home: home,
}


@pytest.mark.parametrize("who", ["root", "nobody"])
def test_a_title_makes_the_daemon_open_nothing_strange(home, who):
    """It becomes ready, goes on sampling, and ends when it is asked to."""
    if who == "nobody" and not is_root():
        pytest.skip("needs root to become another user")
    (home / who).mkdir()
    pretenders = [pretender(home, f"{who}-{i}", make(home / who))
                  for i, make in enumerate(FOREIGN_FILES.values())]
    daemon = Tierwatch(home, user=None if who == "root" else who, name=f"tw-{who}").wait_ready()
    try:
        daemon.settle(8)
        assert daemon.metrics().sum("tierwatch_tier_processes", tier="php-fpm") == len(pretenders)
        assert daemon.stop() == 0
    finally:
        daemon.stop()
        for one in pretenders:
            one.stop()
