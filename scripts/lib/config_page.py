#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The man page tierwatch.toml(5): its frame, and every key as the shipped configuration explains it. Run at an install
(scripts/cmake/TierwatchInstall.cmake).

usage: config_page.py tierwatch.toml tierwatch.toml.5.in     writes the page to standard output
"""

import re
import sys
from pathlib import Path

SETTING = re.compile(r"#(\w+) = (.*)")


def roff(text):
    return re.sub(r"^([.'])", r"\\&\1", text.replace("\\", "\\e").replace("-", "\\-"), flags=re.MULTILINE)


def keys(text):
    """Of the part with settings: per section, what is said before a key belongs to it."""
    page, said = "", []
    for line in text.splitlines():
        setting = SETTING.fullmatch(line)
        if line.startswith("["):
            page += f".SS {roff(line)}\n"
            said = []
        elif setting:
            page += f".TP\n\\fB{roff(setting[1])}\\fR = {roff(setting[2])}\n"
            page += roff(" ".join(said)) + "\n" if said else ""
            said = []
        elif line.startswith("# "):
            said.append(line[2:])
        elif not line:
            said = []
    return page


def tiers(text):
    """The part with tiers reads best as it is, its settings no longer comments."""
    return ".SS [[tier]]\n.nf\n" + roff(re.sub(r"^#(?=\S|  )", "", text, flags=re.MULTILINE)) + "\n.fi\n"


def main():
    shipped, frame = (Path(name).read_text(encoding="utf-8") for name in sys.argv[1:])
    settings, _, of_tiers = shipped.partition("# Tiers\n#\n")
    sys.stdout.write(frame.replace("@KEYS@\n", keys(settings) + tiers(of_tiers.rstrip())))


if __name__ == "__main__":
    main()
