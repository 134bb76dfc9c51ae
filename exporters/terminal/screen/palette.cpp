// SPDX-License-Identifier: MIT
#include "exporters/terminal/screen/palette.h"

#include <array>

namespace tierwatch {
namespace {

constexpr std::array<std::string_view, kPalettes> kNames = {"classic", "colorblind", "mono"};

/// An ink in the four ways it can be drawn: with 256 colours in two palettes, with 8, with none.
struct Entry {
  Ink ink;
  Look classic, colorblind, eight, mono;
};

// Colour-blind: blue 33/39, yellow 220, vermilion 208/166 after the set of Okabe and Ito (2008),
// in which every pair differs in lightness, too.
constexpr std::array<Entry, kInks> kEntries = {{
    {Ink::kPlain, {}, {}, {}, {}},
    {Ink::kDim, {.foreground = 245}, {.foreground = 245}, {.foreground = 6}, {.dim = true}},
    {Ink::kStrong, {.bold = true}, {.bold = true}, {.bold = true}, {.bold = true}},
    {Ink::kTitle, {.foreground = 73}, {.foreground = 110}, {.foreground = 6}, {}},
    {Ink::kGood, {.foreground = 71}, {.foreground = 75}, {.foreground = 2}, {}},
    {Ink::kWarm, {.foreground = 214}, {.foreground = 220}, {.foreground = 3}, {.bold = true}},
    {Ink::kHot,
     {.foreground = 203, .bold = true},
     {.foreground = 208, .bold = true},
     {.foreground = 1, .bold = true},
     {.bold = true, .reverse = true}},
    {Ink::kBandGood,
     {.foreground = 231, .background = 28, .bold = true},
     {.foreground = 231, .background = 25, .bold = true},
     {.foreground = 0, .background = 2},
     {.bold = true, .reverse = true}},
    {Ink::kBandWarm,
     {.foreground = 16, .background = 214, .bold = true},
     {.foreground = 16, .background = 220, .bold = true},
     {.foreground = 0, .background = 3},
     {.bold = true, .reverse = true}},
    {Ink::kBandHot,
     {.foreground = 231, .background = 160, .bold = true},
     {.foreground = 16, .background = 208, .bold = true},
     {.foreground = 7, .background = 1, .bold = true},
     {.bold = true, .reverse = true}},
    {Ink::kBandUnknown,
     {.foreground = 231, .background = 240},
     {.foreground = 231, .background = 240},
     {.foreground = 0, .background = 7},
     {.reverse = true}},
    {Ink::kHeader,
     {.foreground = 252, .background = 238},
     {.foreground = 252, .background = 238},
     {.foreground = 0, .background = 2},
     {.reverse = true}},
    {Ink::kHeaderSort,
     {.foreground = 16, .background = 73, .bold = true},
     {.foreground = 16, .background = 110, .bold = true},
     {.foreground = 0, .background = 6},
     {.bold = true, .reverse = true}},
    {Ink::kSelected,
     {.foreground = 16, .background = 73},
     {.foreground = 16, .background = 110},
     {.foreground = 0, .background = 6},
     {.reverse = true}},
    {Ink::kTagged,
     {.foreground = 221, .bold = true},
     {.foreground = 220, .bold = true},
     {.foreground = 3, .bold = true},
     {.bold = true, .underline = true}},
    {Ink::kMatch,
     {.foreground = 16, .background = 221},
     {.foreground = 16, .background = 220},
     {.foreground = 0, .background = 3},
     {.bold = true, .underline = true}},
    {Ink::kKey, {.bold = true}, {.bold = true}, {.bold = true}, {.bold = true}},
    {Ink::kKeyLabel,
     {.foreground = 16, .background = 73},
     {.foreground = 16, .background = 110},
     {.foreground = 0, .background = 6},
     {.reverse = true}},
    {Ink::kUser, {.foreground = 71}, {.foreground = 75}, {.foreground = 2}, {.bold = true}},
    {Ink::kSystem, {.foreground = 203}, {.foreground = 208}, {.foreground = 1}, {}},
    {Ink::kInterrupt, {.foreground = 179}, {.foreground = 220}, {.foreground = 3}, {.dim = true}},
    {Ink::kSteal, {.foreground = 135}, {.foreground = 177}, {.foreground = 5}, {.reverse = true}},
    {Ink::kMemory, {.foreground = 71}, {.foreground = 75}, {.foreground = 2}, {.bold = true}},
    {Ink::kCache, {.foreground = 179}, {.foreground = 220}, {.foreground = 3}, {.dim = true}},
    {Ink::kSwap, {.foreground = 203}, {.foreground = 208}, {.foreground = 1}, {.bold = true}},
    {Ink::kSpark, {.foreground = 73}, {.foreground = 110}, {.foreground = 6}, {}},
}};

const Entry& entry_of(Ink ink) { return kEntries[static_cast<std::size_t>(ink)]; }

constexpr bool in_order() {
  for (std::size_t i = 0; i < kInks; ++i) {
    if (static_cast<std::size_t>(kEntries[i].ink) != i) return false;
  }
  return true;
}
static_assert(in_order(), "kEntries has one row per ink, in the order of the enum");

}  // namespace

std::string_view to_string(PaletteName palette) {
  return kNames[static_cast<std::size_t>(palette)];
}

std::optional<PaletteName> palette_named(std::string_view name) {
  for (std::size_t i = 0; i < kPalettes; ++i) {
    if (kNames[i] == name) return static_cast<PaletteName>(i);
  }
  return std::nullopt;
}

Look look_of(Ink ink, PaletteName palette, int colors) {
  const Entry& entry = entry_of(ink);
  if (palette == PaletteName::kMono || colors < 8) return entry.mono;
  if (colors >= 256) return palette == PaletteName::kClassic ? entry.classic : entry.colorblind;
  Look look = entry.eight;
  if (palette == PaletteName::kColorblind) {  // blue for green, yellow and bold for red
    const auto swap = [](std::int16_t color) -> std::int16_t {
      return color == 2 ? std::int16_t{4} : color == 1 ? std::int16_t{3} : color;
    };
    look.foreground = swap(look.foreground);
    look.background = swap(look.background);
    if (look.background == 3) look.foreground = 0;
  }
  return look;
}

}  // namespace tierwatch
