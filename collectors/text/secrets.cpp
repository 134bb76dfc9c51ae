// SPDX-License-Identifier: MIT
#include "collectors/text/secrets.h"

#include <algorithm>
#include <array>

namespace tierwatch {
namespace {

constexpr std::string_view kMask = "***";
constexpr std::size_t kLongestWord = 20;  ///< of letters and digits mixed: longer ones are keys

constexpr std::array<std::string_view, 16> kSecretWords = {
    "pass", "pwd",  "secret",  "token",   "key",       "auth", "cred", "cookie",
    "salt", "cert", "private", "session", "signature", "dsn",  "jwt",  "sid"};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool names_secret(std::string_view name) {
  if (name == "PWD" || name == "OLDPWD") return false;  // working directories
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
  return std::ranges::any_of(
      kSecretWords, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

/// A long run of letters and digits, as keys and hashes are.
bool looks_like_key(std::string_view value) {
  std::size_t length = 0;
  bool letter = false, digit = false;
  for (const char c : value) {
    const bool part = is_letter(c) || is_digit(c) || c == '+' || c == '_' || c == '-' || c == '=';
    length = part ? length + 1 : 0;
    letter = part && (letter || is_letter(c));
    digit = part && (digit || is_digit(c));
    if (length >= kLongestWord && letter && digit) return true;
  }
  return false;
}

/// "postgres://shop:***@db/shop": passwords between "://…:" and "@".
std::string without_passwords(std::string_view value) {
  std::string shown;
  while (true) {
    const std::size_t scheme = value.find("://");
    if (scheme == std::string_view::npos) return shown + std::string(value);
    const std::size_t begin = scheme + 3;
    const std::string_view rest = value.substr(begin);
    const std::string_view place = rest.substr(0, rest.find_first_of(" \t\n,;\"'"));
    const std::size_t at = place.rfind('@'), colon = place.find(':');
    shown += value.substr(0, begin);
    if (at == std::string_view::npos || colon == std::string_view::npos || colon > at) {
      value.remove_prefix(begin);
      continue;
    }
    shown += std::string(place.substr(0, colon + 1)) + std::string(kMask);
    value.remove_prefix(begin + at);
  }
}

}  // namespace

std::string masked_value(std::string_view name, std::string_view value) {
  if (value.empty()) return "";
  if (names_secret(name)) return std::string(kMask);
  std::string shown = without_passwords(value);
  return looks_like_key(shown) ? std::string(kMask) : shown;
}

}  // namespace tierwatch
