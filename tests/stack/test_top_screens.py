# SPDX-License-Identifier: MIT
"""What `tierwatch top` sends to a slow line, and how it draws names of other scripts."""

import fcntl
import os
import pty
import re
import select
import statistics
import struct
import subprocess
import termios
import time
import unicodedata

import pytest

import daemon as tierwatch
from loads import Wrk
from terminal import Terminal

pytestmark = pytest.mark.usefixtures("isolated")

A_SECOND_AT_9600_BAUD = 960  # bytes of ten bits


def bytes_of_refreshes(argv, term, columns, rows, refreshes):
    """How many bytes each refresh sends, without the first three, which draw the screen and what is first known."""
    pid, line = pty.fork()
    if pid == 0:
        os.environ.update(TERM=term, LC_ALL="C")
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.execv(argv[0], [str(word) for word in argv])
    sizes, last = [], 0.0
    while len(sizes) < refreshes + 3:
        if not select.select([line], [], [], 20)[0]:
            raise TimeoutError("nothing is drawn")
        got, now = len(os.read(line, 1 << 16)), time.monotonic()
        if now - last > 0.2:  # of an interval of a second
            sizes.append(0)
        sizes[-1] += got
        last = now
    os.write(line, b"q")
    while select.select([line], [], [], 5)[0]:
        try:
            if not os.read(line, 1 << 16):
                break
        except OSError:
            break
    os.waitpid(pid, 0)
    os.close(line)
    return sizes[3:]


@pytest.mark.parametrize("term", ("vt220", "linux"))
def test_a_serial_line_of_9600_baud_keeps_up(stack, home, term):
    load = Wrk(stack.nginx.url + "/cpu/5", 8, 60)
    try:
        argv = [tierwatch.installed(home), "top", "--standalone", "--interval", "1s"]
        sizes = bytes_of_refreshes(argv, term, 80, 24, 10)
    finally:
        load.stop()
    print(term, sizes)
    assert statistics.mean(sizes) < A_SECOND_AT_9600_BAUD and max(sizes) < 3 * A_SECOND_AT_9600_BAUD, sizes


NAMES = {"wide": "日本語サーバー", "hebrew": "שרת", "reversed": "a\u202eb"}
SHOWN = {"wide": "日本語サーバー", "hebrew": "שרת", "reversed": r"a\u202eb"}
TIER = """
[[tier]]
name = "named"
match = [{cmdline = '98765'}]
"""


@pytest.fixture
def named(home):
    started = [subprocess.Popen([name, "98765"], executable="/usr/bin/sleep") for name in NAMES.values()]
    config = home / "named.toml"
    config.write_text(TIER)
    yield config
    for process in started:
        process.kill()
        process.wait()


def columns_of(text):
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


@pytest.mark.parametrize("columns, rows", ((120, 30), (40, 10), (200, 60)))
def test_names_of_other_scripts_keep_to_their_row(named, home, columns, rows):
    argv = [tierwatch.installed(home), "top", "--standalone", "--config", named, "--interval", "500ms"]
    with Terminal(argv, columns, rows) as top:
        for shown in SHOWN.values():
            top.wait_for(rf"^ +\d+ .*{re.escape(shown)} 98765")
        assert all(columns_of(line) <= columns for line in top.lines())
        assert "\u202e" not in top.text()
        top.keys("F4").type(NAMES["hebrew"]).keys("Enter")
        assert NAMES["wide"] not in top.wait_for(r"\d{2,} .*" + NAMES["hebrew"])
