// SPDX-License-Identifier: MIT
#include "collectors/text/printable_text.h"

#include <gtest/gtest.h>

#include <random>

namespace tierwatch {
namespace {

TEST(Printable, ControlCharactersCannotSteerATerminalOrForgeALine) {
  EXPECT_EQ(printable("a\x1b[31mb\nc\x7f"), "a\\x1b[31mb\\x0ac\\x7f");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
}

TEST(Printable, NorCanThoseBeyondAscii) {
  EXPECT_EQ(printable("\xC2\x9B"
                      "2J"),
            "\\u009b2J")
      << "C1: the CSI of 8-bit terminals";
}

TEST(Printable, WhatTurnsOrHidesTextIsShown) {
  EXPECT_EQ(printable("a\u202Eb"), "a\\u202eb");
  EXPECT_EQ(printable("\u2066\u2069\u200B\uFEFF"), "\\u2066\\u2069\\u200b\\ufeff");
  EXPECT_EQ(printable("\U000E0041"), "\\U000e0041");
}

TEST(Printable, BytesThatAreNoCharacterAreShownAsBytes) {
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("\xC0\xAF"), "\\xc0\\xaf") << "an overlong slash";
  EXPECT_EQ(printable("\xED\xA0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(printable("\xE2\x82"), "\\xe2\\x82") << "cut";
  EXPECT_EQ(printable("\x9B"), "\\x9b");
}

TEST(Printable, OtherTextIsLeftAlone) {
  for (const char* text : {"uWSGI größer 4 µs", "中文 ■ \\x1b", "\uFFFD", ""})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, LinesStay) { EXPECT_EQ(printable_lines("a\n\rb"), "a\n\\x0db"); }

TEST(Printable, NothingObeyedComesThroughAndTwiceIsOnce) {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> byte(0, 255);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (int i = 0; i < 12; ++i) text += static_cast<char>(byte(random));
    const std::string shown = printable(text);
    EXPECT_EQ(printable(shown), shown);
    for (std::size_t at = 0; at < shown.size();) {
      const char32_t character = next_character(shown, at);
      EXPECT_FALSE(character < 0x20 || (character >= 0x7F && character < 0xA0)) << text;
    }
  }
}

TEST(PrintableJson, IsTheSameDocument) {
  EXPECT_EQ(printable_json("{\"a\": \"ö\xC2\x9B\u202E\x7f\"}\n"),
            "{\"a\": \"ö\\u009b\\u202e\\u007f\"}\n");
  EXPECT_EQ(printable_json("\"\U000E0041\""), "\"\\udb40\\udc41\"") << "a pair of surrogates";
}

}  // namespace
}  // namespace tierwatch
