// SPDX-License-Identifier: MIT
//
// Inks as colours. Colour only repeats what letters and shapes say already, so any of these can be
// left out, and one of them does.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "exporters/terminal/screen/frame.h"

namespace tierwatch {

enum class PaletteName : std::uint8_t {
  kClassic,     ///< green, yellow, red, as in htop
  kColorblind,  ///< blue, yellow, vermilion: apart for all common kinds of colour blindness
  kMono,        ///< no colour: bold, dim, reverse
};
inline constexpr std::size_t kPalettes = 3;

/// "classic", "colorblind", "mono".
std::string_view to_string(PaletteName palette);
std::optional<PaletteName> palette_named(std::string_view name);

/// How an ink looks. Colours are of the 256 of xterm, or -1 for the terminal's own.
struct Look {
  std::int16_t foreground = -1, background = -1;
  bool bold = false, dim = false, reverse = false, underline = false;
};

/// `colors`: how many the terminal has; with fewer than 256 the nearest of the first 8 is given,
/// with fewer than 8 none.
Look look_of(Ink ink, PaletteName palette, int colors);

}  // namespace tierwatch
