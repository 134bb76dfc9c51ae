# SPDX-License-Identifier: MIT
"""A terminal's screen, as `tmux capture-pane -e` gives it, drawn as SVG: text that can be selected,
sharp at any size, and a difference one can read."""

import re
import unicodedata
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

CELL_WIDTH, CELL_HEIGHT, FONT_SIZE = 8.4, 18, 14
BACKGROUND, FOREGROUND = "#16181d", "#d5d8df"
BASIC = ["#16181d", "#e5534b", "#57ab5a", "#d4a72c", "#539bf5", "#b083f0", "#39c5cf", "#d5d8df",
         "#636e7b", "#ff938a", "#8ddb8c", "#f2cc60", "#80ccff", "#dcbdfb", "#76e3ea", "#ffffff"]
ESCAPE = re.compile(r"\033\[([0-9;:]*)m|\033[()][A-Z0-9]|[\x0e\x0f]")


@dataclass(frozen=True)
class Style:
    foreground: str | None = None
    background: str | None = None
    bold: bool = False
    dim: bool = False
    reverse: bool = False
    underline: bool = False

    def colors(self):
        front, back = self.foreground or FOREGROUND, self.background
        if self.reverse:
            front, back = back or BACKGROUND, front
        return front, back


def color_256(number):
    if number < 16:
        return BASIC[number]
    if number >= 232:
        return "#" + f"{8 + 10 * (number - 232):02x}" * 3
    number -= 16
    levels = [0, 95, 135, 175, 215, 255]
    return "#" + "".join(f"{levels[part]:02x}" for part in (number // 36, number // 6 % 6, number % 6))


def styled(style, codes):
    """The style after an SGR sequence."""
    values = [int(code or 0) for code in re.split("[;:]", codes)]
    flags = {1: {"bold": True}, 2: {"dim": True}, 4: {"underline": True}, 7: {"reverse": True},
             22: {"bold": False, "dim": False}, 24: {"underline": False}, 27: {"reverse": False},
             39: {"foreground": None}, 49: {"background": None}}
    while values:
        code = values.pop(0)
        if code == 0:
            style = Style()
        elif code in flags:
            style = replace(style, **flags[code])
        elif code in (38, 48) and values[:1] == [5] and len(values) >= 2:
            key = "foreground" if code == 38 else "background"
            style = replace(style, **{key: color_256(values[1])})
            values = values[2:]
        else:
            for first, key, base in ((30, "foreground", 0), (40, "background", 0),
                                     (90, "foreground", 8), (100, "background", 8)):
                if first <= code < first + 8:
                    style = replace(style, **{key: BASIC[base + code - first]})
    return style


def cells(line, style):
    """([(column, character, style)], style at the end)."""
    found, column, at = [], 0, 0
    while at < len(line):
        match = ESCAPE.match(line, at)
        if match:
            if match[1] is not None:
                style = styled(style, match[1])
            at = match.end()
            continue
        if not unicodedata.combining(line[at]):
            found.append((column, line[at], style))
            column += 2 if unicodedata.east_asian_width(line[at]) in "WF" else 1
        at += 1
    return found, style


def runs(row):
    """Neighbours of one style, together."""
    group = []
    for cell in row:
        wide = group and cell[0] != group[-1][0] + 1
        if group and (cell[2] != group[0][2] or wide):
            yield group
            group = []
        group.append(cell)
    if group:
        yield group


def draw_run(group, y):
    column, style = group[0][0], group[0][2]
    text = "".join(cell[1] for cell in group)
    x, width = column * CELL_WIDTH, len(text) * CELL_WIDTH
    front, back = style.colors()
    if back:
        yield f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{CELL_HEIGHT}" fill="{back}"/>'
    if not text.strip():
        return
    marks = (' font-weight="bold"' if style.bold else "") + \
        (' fill-opacity="0.6"' if style.dim else "") + \
        (' text-decoration="underline"' if style.underline else "")
    yield (f'<text x="{x:.1f}" y="{y + 13.5}" fill="{front}"{marks} textLength="{width:.1f}" '
           f'xml:space="preserve">{escape(text)}</text>')


def svg(screen, columns, title):
    lines = screen.rstrip("\n").split("\n")
    width, height = columns * CELL_WIDTH + 24, len(lines) * CELL_HEIGHT + 24
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
           f'viewBox="-12 -12 {width:.1f} {height}" font-size="{FONT_SIZE}" '
           'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace">',
           f"<title>{escape(title)}</title>",
           f'<rect x="-12" y="-12" width="{width:.1f}" height="{height}" rx="8" fill="{BACKGROUND}"/>']
    style = Style()
    for number, line in enumerate(lines):
        row, style = cells(line, style)
        for group in runs(row):
            out.extend(draw_run(group, number * CELL_HEIGHT))
    return "\n".join([*out, "</svg>"]) + "\n"
