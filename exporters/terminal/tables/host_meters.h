// SPDX-License-Identifier: MIT
//
// The machine in a few rows: processors by mode, memory, pressure, load.
#pragma once

#include <span>
#include <string>

#include "exporters/terminal/scene/scene.h"

namespace tierwatch {

void draw_host_meters(Frame& frame, const Area& area, const Scene& scene);

/// A part of a bar: a share of its length, its character and ink.
struct BarPart {
  double ratio = 0;
  char32_t glyph = U'■';
  Ink ink = Ink::kPlain;
};

/// `[■■■■▓▓    87%]` of `width` columns; the text ends at the right and covers the bar.
void draw_bar(Frame& frame, Point at, int width, std::span<const BarPart> parts,
              const std::string& text);

/// U+2581 to U+2588 for 0 to 1; a blank for less than nothing and for what is not known.
char32_t spark(std::optional<double> ratio);

}  // namespace tierwatch
