#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every C++ source is laid out as clang-format 14 does it (.clang-format). Other versions differ in details."""

import re
import shutil
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("collectors", "analysis", "exporters", "config", "daemon", "tests")
VERSION = "14"


def formatter():
    """Its path, or None where that version is not installed."""
    for name in (f"clang-format-{VERSION}", "clang-format"):
        path = shutil.which(name)
        if path and re.search(rf"version {VERSION}\.", subprocess.check_output([path, "--version"], text=True)):
            return path
    return None


class Format(unittest.TestCase):
    def test_is_that_of_clang_format(self):
        program = formatter()
        if not program:
            self.skipTest(f"needs clang-format {VERSION}, which Debian 12 has")
        files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*"))
                 if path.suffix in (".h", ".cpp")]
        self.assertGreater(len(files), 200)
        done = subprocess.run([program, "--dry-run", "-Werror", *files], capture_output=True, text=True)
        wrong = sorted(set(re.findall(r"^(\S+?):\d+:\d+: error", done.stderr, re.M)))
        self.assertEqual(done.returncode, 0, f"{program} -i {' '.join(wrong)}\n{done.stderr[-500:]}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
