// SPDX-License-Identifier: MIT
#include "exporters/glyphs.h"

#include <gtest/gtest.h>

#include <random>

#include "collectors/text/printable_text.h"

namespace tierwatch {
namespace {

std::string shown(std::string_view bytes, Charset charset = Charset::kUnicode) {
  std::string out;
  for (const char32_t glyph : drawable(bytes, charset)) append_utf8(out, glyph);
  return out;
}

TEST(Drawable, IsPrintable) {
  EXPECT_EQ(shown("\033[2Jx"), R"(\x1b[2Jx)");
  EXPECT_EQ(shown("\xC2\x9B\xE2\x80\xAE\xFF"), R"(\u009b\u202e\xff)");
}

TEST(Drawable, CombiningMarksAreLeftOut) { EXPECT_EQ(shown("e\xCC\x81t"), "et"); }

TEST(Drawable, AsciiHoldsOnlyAscii) {
  EXPECT_EQ(shown("4 × 1 … 中 ■", Charset::kAscii), "4 x 1 ~ ? |");
}

TEST(GlyphWidth, WideCharactersTakeTwoColumns) {
  for (const char32_t wide : {U'中', U'한', U'Ａ', U'💩', U'⏰'}) EXPECT_EQ(glyph_width(wide), 2);
  for (const char32_t narrow : {U'a', U'é', U'■', U'▁', U'─', U'\uFFFD', U'▓', U'▼'})
    EXPECT_EQ(glyph_width(narrow), 1) << static_cast<unsigned>(narrow);
}

TEST(Drawable, AnyBytesGivePrintableCharacters) {
  std::mt19937 engine(7);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes(engine() % 24, '\0');
    for (char& byte : bytes) byte = static_cast<char>(engine());
    for (const char32_t glyph : drawable(bytes)) {
      EXPECT_GE(glyph, 0x20u);
      EXPECT_FALSE(glyph >= 0x7F && glyph < 0xA0);
      EXPECT_LE(glyph, 0x10FFFFu);
    }
    for (const char32_t glyph : drawable(bytes, Charset::kAscii)) EXPECT_LT(glyph, 0x7Fu);
  }
}

}  // namespace
}  // namespace tierwatch
