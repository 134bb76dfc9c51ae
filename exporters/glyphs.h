// SPDX-License-Identifier: MIT
//
// Characters as a terminal will draw them. Everything that reaches a frame passes here: titles of
// processes may hold any bytes, and a byte that is drawn must never be one that is obeyed.
#pragma once

#include <string>
#include <string_view>

#include "collectors/text/printable_text.h"

namespace tierwatch {

/// What the terminal can draw.
enum class Charset { kUnicode, kAscii };

/// Columns that a printable character takes: 1, or 2 for East Asian wide and most pictographs. Of
/// our own, not of the C library's locale, so that a frame is the same everywhere; terminal.cpp
/// replaces the few that the C library sees otherwise.
int glyph_width(char32_t glyph);

/// printable(utf8), with combining marks left out. With kAscii all others become the nearest ASCII
/// character, or "?". The result holds only characters of width 1 or 2.
std::u32string drawable(std::string_view utf8, Charset charset = Charset::kUnicode);

/// The nearest ASCII character to one that drawable() gave.
char32_t to_ascii(char32_t glyph);

/// Columns that a drawable text takes.
int text_width(std::u32string_view text);

}  // namespace tierwatch
