# SPDX-License-Identifier: MIT
"""`tierwatch inside` of a build without libdw (-DTIERWATCH_NATIVE=OFF). Run by `scripts/test --all`, not by pytest alone."""

from conftest import needs_root
from daemon import run
from servers import Redis

pytestmark = needs_root  # Redis has a user of its own


def test_native_code_is_refused_with_the_reason(home):
    server = Redis(home / "redis")
    try:
        done = run(home, "inside", "redis", "--standalone", "--for", "1s", seconds=60)
    finally:
        server.stop()
    assert done.returncode == 1 and done.stdout == "", done
    assert "built without libdw" in done.stderr, done.stderr
    # No right is missing: none would help.
    assert "sudo" not in done.stderr and "CAP_" not in done.stderr, done.stderr
