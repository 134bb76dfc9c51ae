// SPDX-License-Identifier: MIT
#include "exporters/terminal/screen/frame.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

TEST(Frame, TextIsCutAtItsWidthAndAtTheEdge) {
  Frame frame({6, 2});
  EXPECT_EQ(frame.put(1, 0, "abcdef", Ink::kPlain, 3), 4);
  EXPECT_EQ(frame.put(4, 1, "xyz", Ink::kPlain), 6);
  EXPECT_EQ(frame.text(), " abc\n    xy\n");
}

TEST(Frame, WhatLiesOutsideIsNotDrawn) {
  Frame frame({3, 1});
  frame.put(0, -1, "up", Ink::kPlain);
  frame.put(0, 1, "down", Ink::kPlain);
  frame.put(9, 0, "right", Ink::kPlain);
  frame.put(-2, 0, "left", Ink::kPlain);
  EXPECT_EQ(frame.text(), "ft\n");
}

TEST(Frame, AWideCharacterIsDrawnWholeOrAsABlank) {
  Frame frame({4, 1});
  frame.put(0, 0, "中文字", Ink::kPlain);
  EXPECT_EQ(frame.row_text(0), "中文");
  frame.put(0, 0, "中文", Ink::kPlain, 3);
  EXPECT_EQ(frame.at(2, 0).glyph, U' ');
}

TEST(Frame, HalfOfAWideCharacterDoesNotStay) {
  Frame frame({4, 1});
  frame.put(0, 0, "中文", Ink::kPlain);
  frame.put(1, 0, "x", Ink::kPlain);
  EXPECT_EQ(frame.row_text(0), " x文");
  frame.put(2, 0, "y", Ink::kPlain);
  EXPECT_EQ(frame.row_text(0), " xy");
  frame.put(0, 0, "  中", Ink::kPlain);
  frame.put(1, 0, "文", Ink::kPlain);
  EXPECT_EQ(frame.row_text(0), " 文");
}

TEST(Frame, RightAlignedTextEndsAtTheRight) {
  Frame frame({8, 1});
  frame.put_right(1, 0, "42", Ink::kPlain, 5);
  EXPECT_EQ(frame.row_text(0), "    42");
  frame.put_right(0, 0, "123456789", Ink::kPlain, 4);
  EXPECT_EQ(frame.row_text(0), "123442");
}

TEST(Frame, PaintChangesInkAlone) {
  Frame frame({3, 2});
  frame.put(0, 0, "abc", Ink::kPlain);
  frame.paint({1, 0, 9, 9}, Ink::kHot);
  EXPECT_EQ(frame.text(), "abc\n\n");
  EXPECT_EQ(frame.at(0, 0).ink, Ink::kPlain);
  EXPECT_EQ(frame.at(2, 1).ink, Ink::kHot);
}

TEST(Frame, AnAsciiFrameHoldsOnlyAscii) {
  Frame frame({5, 1}, Charset::kAscii);
  frame.put(0, 0, "a×中", Ink::kPlain);
  frame.repeat(3, 0, U'█', 2, Ink::kPlain);
  EXPECT_EQ(frame.row_text(0), "ax?##");
}

TEST(Frame, NothingFitsIntoNothing) {
  Frame frame({-1, 0});
  frame.put(0, 0, "x", Ink::kPlain);
  frame.clear({0, 0, 5, 5});
  EXPECT_EQ(frame.text(), "");
}

}  // namespace
}  // namespace tierwatch
