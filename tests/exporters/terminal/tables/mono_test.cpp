// SPDX-License-Identifier: MIT
//
// What is seen without any colour: characters, and the four ways a terminal has to set them apart.
#include <gtest/gtest.h>

#include "exporters/terminal/screen/palette.h"
#include "exporters/terminal/tables/render.h"
#include "tests/exporters/golden.h"
#include "tests/exporters/terminal/story_scene.h"

namespace tierwatch {
namespace {

/// '.' plain, 'b' bold, 'd' dim, 'r' reverse, 'R' both bold and reverse, 'u' underlined.
char letter_of(const Look& look) {
  if (look.underline) return 'u';
  if (look.reverse) return look.bold ? 'R' : 'r';
  return look.bold ? 'b' : look.dim ? 'd' : '.';
}

std::string without_colour(const Frame& frame) {
  std::string text = frame.text() + "--- attributes\n";
  for (int y = 0; y < frame.size().rows; ++y) {
    std::string row;
    for (int x = 0; x < frame.size().columns; ++x)
      row += letter_of(look_of(frame.at(x, y).ink, PaletteName::kMono, 256));
    text += row.erase(row.find_last_not_of('.') + 1) + "\n";
  }
  return text;
}

TEST(Mono, StoriesLookAsTheyDidWithoutColour) {
  for (const Story& told : stories()) {
    const StoryScene scene(told, {80, 24});
    const std::string actual = without_colour(render({.palette = PaletteName::kMono}, scene.scene));
    EXPECT_EQ(golden("tests/golden/top/" + told.name + ".mono", actual), actual) << told.name;
  }
}

TEST(Mono, NoInkHasAColour) {
  for (std::size_t ink = 0; ink < kInks; ++ink) {
    for (const int colors : {0, 2, 8, 256}) {
      const Look look = look_of(static_cast<Ink>(ink), PaletteName::kMono, colors);
      EXPECT_EQ(look.foreground, -1) << ink;
      EXPECT_EQ(look.background, -1) << ink;
    }
  }
}

TEST(Mono, WhatIsFullStandsOutFromWhatIsNot) {
  EXPECT_NE(letter_of(look_of(Ink::kHot, PaletteName::kMono, 0)),
            letter_of(look_of(Ink::kPlain, PaletteName::kMono, 0)));
  EXPECT_NE(letter_of(look_of(Ink::kWarm, PaletteName::kMono, 0)),
            letter_of(look_of(Ink::kGood, PaletteName::kMono, 0)));
}

}  // namespace
}  // namespace tierwatch
