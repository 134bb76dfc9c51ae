// SPDX-License-Identifier: MIT
#include "exporters/glyphs.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <utility>

#include "collectors/text/printable_text.h"

namespace tierwatch {
namespace {

constexpr std::array<std::pair<char32_t, char>, 36> kAsciiFor = {{
    {U'×', 'x'}, {U'·', '-'}, {U'…', '~'},  {U'–', '-'}, {U'—', '-'}, {U'→', '>'},
    {U'←', '<'}, {U'▲', '^'}, {U'▼', 'v'},  {U'●', '*'}, {U'○', 'o'}, {U'■', '|'},
    {U'▓', '#'}, {U'▒', '%'}, {U'░', 's'},  {U'─', '-'}, {U'│', '|'}, {U'└', '`'},
    {U'├', '|'}, {U'┌', '+'}, {U'┐', '+'},  {U'┘', '+'}, {U'▁', '_'}, {U'▂', '.'},
    {U'▃', ':'}, {U'▄', '-'}, {U'▅', '='},  {U'▆', '+'}, {U'▇', '*'}, {U'█', '#'},
    {U'“', '"'}, {U'”', '"'}, {U'’', '\''}, {U'≥', '>'}, {U'▏', '|'}, {U'✓', 'v'},
}};

int width_of(char32_t glyph) {
  return glyph < 0x7F ? 1 : utf8proc_charwidth(static_cast<utf8proc_int32_t>(glyph));
}

/// Cuts after `width` columns.
std::pair<std::string, std::string> cut(std::string_view text, std::size_t width) {
  std::string head, tail;
  std::size_t used = 0;
  for (const char32_t glyph : drawable(text)) {
    used += static_cast<std::size_t>(glyph_width(glyph));
    append_utf8(used <= width || head.empty() ? head : tail, glyph);
  }
  return {head, tail};
}

}  // namespace

int glyph_width(char32_t glyph) { return std::max(1, width_of(glyph)); }

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
    if (width_of(glyph) == 0) continue;
    out += charset == Charset::kAscii ? to_ascii(glyph) : glyph;
  }
  return out;
}

int text_width(std::u32string_view text) {
  int width = 0;
  for (const char32_t glyph : text) width += glyph_width(glyph);
  return width;
}

std::size_t columns_of(std::string_view utf8) {
  return static_cast<std::size_t>(text_width(drawable(utf8)));
}

std::string padded(std::string_view text, std::size_t width, Align align) {
  const std::size_t used = columns_of(text);
  const std::string blanks(width > used ? width - used : 0, ' ');
  return align == Align::kLeft ? std::string(text) + blanks : blanks + std::string(text);
}

std::vector<std::string> aligned(const std::vector<std::vector<std::string>>& rows,
                                 std::size_t right) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], columns_of(row[i]));
  }
  std::vector<std::string> lines;
  for (const auto& row : rows) {
    std::string& line = lines.emplace_back();
    for (std::size_t i = 0; i + 1 < row.size(); ++i)
      if (widths[i] > 0)
        line += padded(row[i], widths[i], i == right ? Align::kRight : Align::kLeft) + "  ";
    if (!row.empty()) line += row.back();
  }
  return lines;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  std::size_t used = 0;
  const auto put = [&](std::string word) {
    std::size_t size = columns_of(word);
    if (used > 0 && used + 1 + size > width) {
      lines.emplace_back();
      used = 0;
    }
    while (used == 0 && size > width) {
      auto [head, tail] = cut(word, width);
      lines.back() = head;
      lines.emplace_back();
      word = tail;
      size = columns_of(word);
    }
    if (used > 0) lines.back() += ' ';
    lines.back() += word;
    used += size + (used > 0 ? 1 : 0);
  };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = std::min(text.find(' ', at), text.size());
    while (text.substr(end).starts_with(" %"))  // no line begins with the unit of the one before
      end = std::min(text.find(' ', end + 1), text.size());
    if (end > at) put(std::string(text.substr(at, end - at)));
    at = end + 1;
  }
  return lines;
}

}  // namespace tierwatch
