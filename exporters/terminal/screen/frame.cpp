// SPDX-License-Identifier: MIT
#include "exporters/terminal/screen/frame.h"

#include <algorithm>

#include "collectors/text/printable_text.h"

namespace tierwatch {

Frame::Frame(Size size, Charset charset)
    : size_{std::max(size.columns, 0), std::max(size.rows, 0)},
      charset_(charset),
      cells_(static_cast<std::size_t>(size_.columns) * static_cast<std::size_t>(size_.rows)) {}

/// Whatever half of a wide character stands at (x, y): its other half becomes a blank.
void Frame::split_wide(int x, int y) {
  Cell& cell = cells_[index(x, y)];
  if (cell.glyph == 0 && x > 0) cells_[index(x - 1, y)].glyph = U' ';
  if (x + 1 < size_.columns && cells_[index(x + 1, y)].glyph == 0)
    cells_[index(x + 1, y)].glyph = U' ';
}

void Frame::set(int x, int y, char32_t glyph, Ink ink) {
  split_wide(x, y);
  cells_[index(x, y)] = {glyph, ink};
}

int Frame::put(int x, int y, std::string_view utf8, Ink ink, int width) {
  // A title can be a megabyte long; more bytes than these cannot be seen (at most 4 make a column,
  // and combining marks, which take none, are as good as never that many).
  const auto most = static_cast<std::size_t>(std::clamp(width, 0, size_.columns)) * 16 + 16;
  return put(x, y, drawable(utf8.substr(0, most), charset_), ink, width);
}

int Frame::put(int x, int y, std::u32string_view text, Ink ink, int width) {
  if (y < 0 || y >= size_.rows || x >= size_.columns || width <= 0) return x;
  const int end = std::min(size_.columns, width >= kWhole ? size_.columns : x + width);
  for (char32_t glyph : text) {
    if (charset_ == Charset::kAscii) glyph = to_ascii(glyph);
    const int columns = glyph_width(glyph);
    if (x >= end) break;
    if (x + columns > end) {
      if (x >= 0) set(x, y, U' ', ink);
      return end;
    }
    if (x >= 0) {
      set(x, y, glyph, ink);
      if (columns == 2) {
        split_wide(x + 1, y);
        cells_[index(x + 1, y)] = {0, ink};
      }
    }
    x += columns;
  }
  return std::min(x, end);
}

void Frame::put_right(int x, int y, std::string_view utf8, Ink ink, int width) {
  const std::u32string text = drawable(utf8, charset_);
  put(x + std::max(0, width - text_width(text)), y, text, ink, std::min(width, text_width(text)));
}

int Frame::repeat(int x, int y, char32_t glyph, int count, Ink ink) {
  if (y < 0 || y >= size_.rows) return x;
  if (charset_ == Charset::kAscii) glyph = to_ascii(glyph);
  for (const int end = std::min(size_.columns, x + count); x < end; ++x) {
    if (x >= 0) set(x, y, glyph, ink);
  }
  return x;
}

Area Frame::clipped(const Area& area) const {
  const int left = std::clamp(area.x, 0, size_.columns);
  const int top = std::clamp(area.y, 0, size_.rows);
  return {left, top, std::clamp(area.x + area.width, left, size_.columns) - left,
          std::clamp(area.bottom(), top, size_.rows) - top};
}

void Frame::paint(const Area& area, Ink ink) {
  const Area part = clipped(area);
  for (int y = part.y; y < part.bottom(); ++y) {
    for (int x = part.x; x < part.x + part.width; ++x) cells_[index(x, y)].ink = ink;
  }
}

void Frame::clear(const Area& area, Ink ink) {
  const Area part = clipped(area);
  for (int y = part.y; y < part.bottom(); ++y) {
    for (int x = part.x; x < part.x + part.width; ++x) set(x, y, U' ', ink);
  }
}

std::string Frame::row_text(int y) const {
  std::string row;
  for (int x = 0; x < size_.columns; ++x) {
    if (const char32_t glyph = at(x, y).glyph) append_utf8(row, glyph);
  }
  row.erase(row.find_last_not_of(' ') + 1);
  return row;
}

std::string Frame::text() const {
  std::string all;
  for (int y = 0; y < size_.rows; ++y) all += row_text(y) + "\n";
  return all;
}

}  // namespace tierwatch
