// SPDX-License-Identifier: MIT
//
// Characters as a terminal will draw them. Everything that reaches a frame passes here: titles of
// processes may hold any bytes, and a byte that is drawn must never be one that is obeyed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tierwatch {

/// What the terminal can draw.
enum class Charset { kUnicode, kAscii };

/// Columns that a printable character takes: 1, or 2 for East Asian wide and most pictographs. By
/// utf8proc, not by the C library's locale, so that a frame is the same everywhere; terminal.cpp
/// replaces the few that the C library sees otherwise.
int glyph_width(char32_t glyph);

/// printable(utf8), without characters that take no column, as combining marks. With kAscii all
/// others become the nearest ASCII character, or "?".
std::u32string drawable(std::string_view utf8, Charset charset = Charset::kUnicode);

/// The nearest ASCII character to one that drawable() gave.
char32_t to_ascii(char32_t glyph);

/// Columns that a drawable text takes.
int text_width(std::u32string_view text);
std::size_t columns_of(std::string_view utf8);

enum class Align { kLeft, kRight };
/// The text and blanks, so that it takes `width` columns at least.
std::string padded(std::string_view text, std::size_t width, Align align = Align::kLeft);

/// Rows as lines: each column as wide as its widest cell, two blanks between, the last one free.
/// Columns without any text are left out; column `right` ends at the right.
std::vector<std::string> aligned(const std::vector<std::vector<std::string>>& rows,
                                 std::size_t right = static_cast<std::size_t>(-1));

/// The text in lines of at most `width` columns, broken at blanks where there are any. No line
/// begins with the unit "%" of the one before.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

}  // namespace tierwatch
