// SPDX-License-Identifier: MIT
#include "collectors/loads/reading/xml_text.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string_view>

namespace tierwatch {
namespace {

constexpr std::size_t kLongestReference = 12;  // "&#x0010FFFF;"

/// XML 1.0, 2.2: tab, newline, return, and from the space on all but surrogates and two more.
bool is_allowed(std::uint32_t character) {
  if (character < 0x20) return character == '\t' || character == '\n' || character == '\r';
  return character < 0xD800 || (character > 0xDFFF && character != 0xFFFE && character != 0xFFFF &&
                                character <= 0x10FFFF);
}

/// Length of a reference `&#…;` to a forbidden character with which the text begins, else 0.
std::size_t forbidden_reference(std::string_view text) {
  const auto end = text.substr(0, kLongestReference).find(';');
  if (end == text.npos) return 0;
  const bool hex = text.size() > 2 && text[2] == 'x';
  const std::string_view digits = text.substr(hex ? 3 : 2, end - (hex ? 3 : 2));
  std::uint32_t character = 0;
  const auto [stop, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), character, hex ? 16 : 10);
  const bool number = error == std::errc{} && stop == digits.data() + digits.size();
  return number && !is_allowed(character) ? end + 1 : 0;
}

}  // namespace

std::size_t XmlText::clean(char* text, std::size_t size) {
  std::size_t to = 0;
  for (std::size_t from = 0; from < size; ++from) {
    const auto c = static_cast<unsigned char>(text[from]);
    if (c == 0) {
      ++zeros_;
      continue;
    }
    std::size_t length = c < 0x20 && !is_allowed(c) ? 1 : 0;
    if (c == '&' && from + 1 < size && text[from + 1] == '#')
      length = forbidden_reference({text + from, size - from});
    text[to++] = length > 0 ? '?' : text[from];
    if (length == 0) continue;
    from += length - 1;
    ++replaced_;
  }
  return to;
}

std::size_t XmlText::read(char* into, std::size_t size) {
  for (;;) {
    std::size_t got = read_whole(into, size);
    if (got == 0) return 0;
    if (!begun_) {
      // What stands before the declaration, or the first element, is no XML.
      const auto first = std::string_view(into, got).find_first_not_of(" \t\r\n");
      if (first == std::string_view::npos) continue;
      begun_ = true;
      std::memmove(into, into + first, got -= first);
    }
    if (const std::size_t left = clean(into, got)) return left;
  }
}

/// The next bytes without a reference that they cut.
std::size_t XmlText::read_whole(char* into, std::size_t size) {
  const std::size_t before = held_.size();
  std::memcpy(into, held_.data(), before);
  const std::size_t got = source_.read(into + before, size - before);
  std::size_t whole = before + got;
  held_.clear();
  if (got > 0) {  // what may be a reference waits for its end
    const std::string_view text(into, whole);
    const auto open = text.find('&', whole - std::min(whole, kLongestReference));
    if (open != text.npos && open > 0 && text.find(';', open) == text.npos) {
      held_ = text.substr(open);
      whole = open;
    }
  }
  return whole;
}

}  // namespace tierwatch
