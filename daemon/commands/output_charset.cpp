// SPDX-License-Identifier: MIT
#include "daemon/commands/output_charset.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "collectors/text/printable_text.h"

namespace tierwatch {
namespace {

/// The first of these that is set counts; empty: none is.
std::string_view locale_name() {
  for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (const char* value = std::getenv(variable); value && *value) return value;
  return {};
}

bool is_utf8(std::string_view locale) {
  for (const char* name : {"UTF-8", "utf8", "UTF8", "utf-8"})
    if (locale.find(name) != locale.npos) return true;
  return false;
}

}  // namespace

Charset output_charset(int descriptor) {
  const std::string_view locale = locale_name();
  const bool all = locale.empty() ? !isatty(descriptor) : is_utf8(locale);
  return all ? Charset::kUnicode : Charset::kAscii;
}

std::string in_charset(std::string text, Charset charset) {
  if (charset == Charset::kUnicode) return text;
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t at = 0; at < text.size();)
    append_utf8(plain, to_ascii(next_character(text, at)));
  return plain;
}

}  // namespace tierwatch
