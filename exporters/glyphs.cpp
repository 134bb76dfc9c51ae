// SPDX-License-Identifier: MIT
#include "exporters/glyphs.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tierwatch {
namespace {

struct Range {
  char32_t first, last;
};

/// UAX #11 (Unicode 15), W and F, gathered into blocks; unassigned characters inside are wide, too.
constexpr std::array kWide = {
    Range{0x1100, 0x115F},   Range{0x231A, 0x231B},   Range{0x2329, 0x232A},
    Range{0x23E9, 0x23EC},   Range{0x23F0, 0x23F0},   Range{0x23F3, 0x23F3},
    Range{0x25FD, 0x25FE},   Range{0x2614, 0x2615},   Range{0x2648, 0x2653},
    Range{0x267F, 0x267F},   Range{0x2693, 0x2693},   Range{0x26A1, 0x26A1},
    Range{0x26AA, 0x26AB},   Range{0x26BD, 0x26BE},   Range{0x26C4, 0x26C5},
    Range{0x26CE, 0x26CE},   Range{0x26D4, 0x26D4},   Range{0x26EA, 0x26EA},
    Range{0x26F2, 0x26F3},   Range{0x26F5, 0x26F5},   Range{0x26FA, 0x26FA},
    Range{0x26FD, 0x26FD},   Range{0x2705, 0x2705},   Range{0x270A, 0x270B},
    Range{0x2728, 0x2728},   Range{0x274C, 0x274C},   Range{0x274E, 0x274E},
    Range{0x2753, 0x2755},   Range{0x2757, 0x2757},   Range{0x2795, 0x2797},
    Range{0x27B0, 0x27B0},   Range{0x27BF, 0x27BF},   Range{0x2B1B, 0x2B1C},
    Range{0x2B50, 0x2B50},   Range{0x2B55, 0x2B55},   Range{0x2E80, 0x303E},
    Range{0x3041, 0x33FF},   Range{0x3400, 0x4DBF},   Range{0x4E00, 0xA4CF},
    Range{0xA960, 0xA97F},   Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},
    Range{0xFE10, 0xFE19},   Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},
    Range{0xFFE0, 0xFFE6},   Range{0x16FE0, 0x18DFF}, Range{0x1AFF0, 0x1B2FF},
    Range{0x1F004, 0x1F004}, Range{0x1F0CF, 0x1F0CF}, Range{0x1F18E, 0x1F18E},
    Range{0x1F191, 0x1F19A}, Range{0x1F200, 0x1F320}, Range{0x1F32D, 0x1F64F},
    Range{0x1F680, 0x1F6FF}, Range{0x1F7E0, 0x1F7EB}, Range{0x1F90C, 0x1F9FF},
    Range{0x1FA70, 0x1FAFF}, Range{0x20000, 0x3FFFD},
};

/// Marks that are drawn over the character before them.
constexpr std::array kCombining = {
    Range{0x0300, 0x036F}, Range{0x0483, 0x0489}, Range{0x0591, 0x05BD}, Range{0x0610, 0x061A},
    Range{0x064B, 0x065F}, Range{0x0900, 0x0902}, Range{0x093C, 0x093C}, Range{0x0941, 0x0948},
    Range{0x094D, 0x094D}, Range{0x0E31, 0x0E31}, Range{0x0E34, 0x0E3A}, Range{0x0E47, 0x0E4E},
    Range{0x1AB0, 0x1AFF}, Range{0x1DC0, 0x1DFF}, Range{0x20D0, 0x20FF}, Range{0x302A, 0x302D},
    Range{0x3099, 0x309A}, Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}, Range{0xE0100, 0xE01EF},
};

template <std::size_t N>
bool within(const std::array<Range, N>& ranges, char32_t glyph) {
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), glyph,
                       [](char32_t value, const Range& range) { return value < range.first; });
  return after != ranges.begin() && glyph <= std::prev(after)->last;
}

constexpr std::array<std::pair<char32_t, char>, 36> kAsciiFor = {{
    {U'×', 'x'}, {U'·', '-'}, {U'…', '~'},  {U'–', '-'}, {U'—', '-'}, {U'→', '>'},
    {U'←', '<'}, {U'▲', '^'}, {U'▼', 'v'},  {U'●', '*'}, {U'○', 'o'}, {U'■', '|'},
    {U'▓', '#'}, {U'▒', '%'}, {U'░', 's'},  {U'─', '-'}, {U'│', '|'}, {U'└', '`'},
    {U'├', '|'}, {U'┌', '+'}, {U'┐', '+'},  {U'┘', '+'}, {U'▁', '_'}, {U'▂', '.'},
    {U'▃', ':'}, {U'▄', '-'}, {U'▅', '='},  {U'▆', '+'}, {U'▇', '*'}, {U'█', '#'},
    {U'“', '"'}, {U'”', '"'}, {U'’', '\''}, {U'≥', '>'}, {U'▏', '|'}, {U'✓', 'v'},
}};

}  // namespace

int glyph_width(char32_t glyph) { return glyph >= 0x1100 && within(kWide, glyph) ? 2 : 1; }

char32_t to_ascii(char32_t glyph) {
  if (glyph < 0x7F) return glyph;
  for (const auto& [from, to] : kAsciiFor) {
    if (from == glyph) return static_cast<char32_t>(to);
  }
  return U'?';
}

std::u32string drawable(std::string_view utf8, Charset charset) {
  const std::string text = printable(utf8);
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const char32_t glyph = next_character(text, at);
    if (glyph >= 0x80 && within(kCombining, glyph)) continue;
    out += charset == Charset::kAscii ? to_ascii(glyph) : glyph;
  }
  return out;
}

int text_width(std::u32string_view text) {
  int width = 0;
  for (const char32_t glyph : text) width += glyph_width(glyph);
  return width;
}

}  // namespace tierwatch
