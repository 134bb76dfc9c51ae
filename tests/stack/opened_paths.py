# SPDX-License-Identifier: MIT
"""docs/opened-paths.md as a test reads it, and what strace saw being opened."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

ESCAPED = re.compile(rb"\\([0-7]{1,3}|x[0-9a-f]{2}|.)")
NAMED = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"f": b"\f", b"v": b"\v"}
OPENED = re.compile(rb'^(?:open\(|openat2?\((?:AT_FDCWD|\d+)(?:<((?:[^>\\]|\\.)*)>)?(?: \(deleted\))?, )'
                    rb'"((?:[^"\\]|\\.)*)", (.*)\) += (-?\d+)(?:<((?:[^>\\]|\\.)*)>)?')


@dataclass(frozen=True)
class Opened:
    path: str    # as it was asked for, made absolute
    flags: str
    target: str  # what was opened; empty when nothing was

    @property
    def without_effect(self):
        return not self.target or "O_PATH" in self.flags


def unescaped(text):
    def byte(match):
        code = match[1]
        if code in NAMED:
            return NAMED[code]
        if code[:1] == b"x":
            return bytes([int(code[1:], 16)])
        return bytes([int(code, 8)]) if code[:1].isdigit() else code
    return os.fsdecode(ESCAPED.sub(byte, text or b""))


def opened_by(line):
    match = OPENED.match(line)
    if not match:
        return None
    directory, path, flags, result, target = match.groups()
    absolute = os.path.join("/", unescaped(directory), unescaped(path))
    return Opened(absolute.replace("//", "/"), flags.decode(),
                  unescaped(target) if int(result) >= 0 else "")


def opens_of(trace, program):
    """All that the program opened: of `strace -ff -y -o TRACE -e trace=execve,open,…` the files of its
    threads, each from its exec on."""
    opened = []
    for file in sorted(Path(trace).parent.glob(Path(trace).name + ".*")):
        lines = file.read_bytes().splitlines()
        execs = [i for i, line in enumerate(lines) if line.startswith(b"execve(")]
        ours = not execs or f'{program}"'.encode() in lines[execs[-1]]
        begin = execs[-1] if execs else 0
        opened += [one for line in (lines[begin:] if ours else []) if (one := opened_by(line))]
    return opened


class Table:
    """Patterns of paths, each with whether it holds for O_PATH alone."""

    def __init__(self, rows):
        self.rows = [(re.compile(as_regex(pattern)), only_path) for pattern, only_path in rows]

    def allows(self, opened):
        return any(pattern.fullmatch(opened.path) and (not only_path or "O_PATH" in opened.flags)
                   for pattern, only_path in self.rows)


def as_regex(pattern):
    """PID, TID and N are numbers, * is within a name, ** goes on below."""
    words = {"PID": r"(?:\d+|self)", "TID": r"\d+", "N": r"\d+", "**": r"[\s\S]*", "*": r"[^/]*"}
    parts = re.split(r"(PID|TID|\bN\b|\*\*|\*)", pattern)
    return "".join(words.get(part, re.escape(part)) for part in parts)


def table_of_paths(file, home=None, named=()):
    """The code in the first cell of each row that names `daemon` in its second. Those whose last cell
    begins with *O_PATH* allow nothing else. With `home`, the absolute ones of all other rows, too (`~` is that), and
    what the command line `named`."""
    rows = [(str(one), False) for one in named]
    for line in Path(file).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or len(cells) < 4:
            continue
        patterns = re.findall(r"`([^`]+)`", cells[0])
        if not cells[1].startswith("daemon"):
            patterns = [re.sub("^~", str(home), one) for one in patterns if home and one[0] in "/~"]
        rows += [(pattern, cells[3].startswith("*O_PATH*")) for pattern in patterns]
    return Table(rows)
