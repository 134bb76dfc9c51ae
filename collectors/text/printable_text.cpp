// SPDX-License-Identifier: MIT
#include "collectors/text/printable_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace tierwatch {
namespace {

constexpr char32_t kNoCharacter = 0xFFFD;

struct Range {
  char32_t first, last;
};

/// Characters that terminals obey, that change how others are drawn, or that nobody can see (UAX
/// #9, UTR #36): a title could use them to look like another.
constexpr std::array kInvisible = {
    Range{0x0000, 0x001F},   Range{0x007F, 0x009F},   Range{0x00AD, 0x00AD},
    Range{0x061C, 0x061C},   Range{0x115F, 0x1160},   Range{0x180B, 0x180F},
    Range{0x200B, 0x200F},   Range{0x2028, 0x202E},   Range{0x2060, 0x206F},
    Range{0x3164, 0x3164},   Range{0xD800, 0xF8FF},   Range{0xFDD0, 0xFDEF},
    Range{0xFEFF, 0xFEFF},   Range{0xFFA0, 0xFFA0},   Range{0xFFF0, 0xFFFB},
    Range{0xFFFE, 0xFFFF},   Range{0x1BCA0, 0x1BCA3}, Range{0x1D173, 0x1D17A},
    Range{0xE0000, 0xE00FF}, Range{0xE01F0, 0x10FFFF}};

bool is_visible(char32_t character) {
  const auto after =
      std::upper_bound(kInvisible.begin(), kInvisible.end(), character,
                       [](char32_t value, const Range& range) { return value < range.first; });
  return after == kInvisible.begin() || character > std::prev(after)->last;
}

void append_hex(std::string& out, std::string_view prefix, std::uint32_t value, int digits) {
  out += prefix;
  while (digits-- > 0) out += "0123456789abcdef"[value >> (4 * digits) & 15];
}

void append_bytes(std::string& out, std::string_view bytes) {
  for (const char byte : bytes) append_hex(out, "\\x", static_cast<unsigned char>(byte), 2);
}

void append_escape(std::string& out, char32_t character, std::string_view bytes) {
  if (character == kNoCharacter || character < 0x80) return append_bytes(out, bytes);
  const bool is_short = character <= 0xFFFF;
  append_hex(out, is_short ? "\\u" : "\\U", character, is_short ? 4 : 8);
}

/// As JSON writes it: what takes more than 16 bits is a pair of surrogates (RFC 8259, 7).
void append_json_escape(std::string& out, char32_t character) {
  if (character <= 0xFFFF) return append_hex(out, "\\u", character, 4);
  append_hex(out, "\\u", 0xD7C0 + (character >> 10), 4);
  append_hex(out, "\\u", 0xDC00 + (character & 0x3FF), 4);
}

}  // namespace

std::string printable(std::string_view text, std::string_view keep) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const char32_t character = next_character(text, at);
    const std::string_view bytes = text.substr(begin, at - begin);
    const bool broken = character == kNoCharacter && bytes.size() == 1;
    const bool kept = character < 0x80 && keep.find(bytes[0]) != std::string_view::npos;
    if (kept || (!broken && is_visible(character)))
      out += bytes;
    else
      append_escape(out, character, bytes);
  }
  return out;
}

std::string printable_start(std::string_view text, std::size_t most) {
  if (text.size() <= most) return printable(text);
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return printable(text.substr(0, most)) + "…";
}

std::string printable_lines(std::string_view text) { return printable(text, "\n"); }

std::string printable_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    const std::size_t begin = at;
    const char32_t character = next_character(json, at);
    const bool broken = character == kNoCharacter && at - begin == 1;
    if (character < 0x7F || (!broken && is_visible(character)))
      out += json.substr(begin, at - begin);
    else
      append_json_escape(out, character);
  }
  return out;
}

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string told_line(std::string_view text) { return "tierwatch: " + printable(text) + "\n"; }

char32_t next_character(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  if (first < 0x80) return first;
  const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  if (first < 0xC2 || first > 0xF4 || text.size() - at < static_cast<std::size_t>(more))
    return kNoCharacter;
  char32_t character = first & (0x3Fu >> more);
  for (int i = 0; i < more; ++i) {
    const auto byte = static_cast<unsigned char>(text[at + i]);
    if ((byte & 0xC0) != 0x80) return kNoCharacter;
    character = (character << 6) | (byte & 0x3F);
  }
  constexpr std::array<char32_t, 4> kLeast = {0, 0x80, 0x800, 0x10000};
  const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
  if (character < kLeast[more] || character > 0x10FFFF || surrogate) return kNoCharacter;
  at += more;
  return character;
}

void append_utf8(std::string& out, char32_t character) {
  const auto add = [&out](char32_t byte) { out += static_cast<char>(byte); };
  if (character < 0x80) return add(character);
  if (character < 0x800) {
    add(0xC0 | character >> 6);
  } else {
    if (character < 0x10000) {
      add(0xE0 | character >> 12);
    } else {
      add(0xF0 | character >> 18);
      add(0x80 | (character >> 12 & 0x3F));
    }
    add(0x80 | (character >> 6 & 0x3F));
  }
  add(0x80 | (character & 0x3F));
}

}  // namespace tierwatch
