// SPDX-License-Identifier: MIT
//
// A screen as a value: a grid of cells, each a character and what it means (an ink). Which colour
// an ink has is the palette's business; how cells get to a terminal is terminal.cpp's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/glyphs.h"

namespace tierwatch {

struct Size {
  int columns = 0, rows = 0;
  bool operator==(const Size&) const = default;
};

struct Point {
  int x = 0, y = 0;
  bool operator==(const Point&) const = default;
};

/// A part of a frame; its parts outside the frame do not exist.
struct Area {
  int x = 0, y = 0, width = 0, height = 0;
  bool contains(Point p) const {
    return p.x >= x && p.y >= y && p.x < x + width && p.y < y + height;
  }
  int bottom() const { return y + height; }
  bool operator==(const Area&) const = default;
};

/// What a cell is about.
enum class Ink : std::uint8_t {
  kPlain,
  kDim,     ///< units, separators, what is not known
  kStrong,  ///< figures that matter
  kTitle,   ///< names of meters
  kGood,    ///< states
  kWarm,
  kHot,
  kBandGood,  ///< the verdict, by its state
  kBandWarm,
  kBandHot,
  kBandUnknown,
  kHeader,      ///< of a table
  kHeaderSort,  ///< the column that sorts
  kSelected,
  kTagged,
  kMatch,  ///< found by the search
  kKey,    ///< footer: the key, then what it does
  kKeyLabel,
  kUser,  ///< CPU by mode
  kSystem,
  kInterrupt,
  kSteal,
  kMemory,  ///< memory by kind
  kCache,
  kSwap,
  kSpark,
};
inline constexpr std::size_t kInks = 26;

struct Cell {
  char32_t glyph = U' ';  ///< 0: the right half of the wide character on its left
  Ink ink = Ink::kPlain;
  bool operator==(const Cell&) const = default;
};

class Frame {
 public:
  explicit Frame(Size size, Charset charset = Charset::kUnicode);

  Size size() const { return size_; }
  Area area() const { return {0, 0, size_.columns, size_.rows}; }
  const Cell& at(int x, int y) const { return cells_[index(x, y)]; }

  /// Draws UTF-8 from (x, y) on, at most `width` columns of it, and returns the column behind it.
  /// What lies outside the frame is not drawn; a wide character is drawn whole or as a blank.
  int put(int x, int y, std::string_view utf8, Ink ink, int width = kWhole);
  int put(int x, int y, std::u32string_view drawable_text, Ink ink, int width = kWhole);
  /// The same, ending at column `x + width` when it is shorter.
  void put_right(int x, int y, std::string_view utf8, Ink ink, int width);
  /// `count` times the same character, which must be one column wide.
  int repeat(int x, int y, char32_t glyph, int count, Ink ink);
  /// Gives all cells of an area that ink; characters stay.
  void paint(const Area& area, Ink ink);
  /// Blanks an area.
  void clear(const Area& area, Ink ink = Ink::kPlain);

  /// A row as UTF-8, without blanks at its end.
  std::string row_text(int y) const;
  /// All rows, each ending in a line feed.
  std::string text() const;

  bool operator==(const Frame&) const = default;

  static constexpr int kWhole = 1 << 20;

 private:
  std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(size_.columns) +
           static_cast<std::size_t>(x);
  }
  void set(int x, int y, char32_t glyph, Ink ink);
  void split_wide(int x, int y);
  Area clipped(const Area& area) const;

  Size size_;
  Charset charset_;
  std::vector<Cell> cells_;
};

}  // namespace tierwatch
