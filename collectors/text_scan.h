// SPDX-License-Identifier: MIT
//
// The few ways in which the kernel's text files are walked: line by line, field by field, number by
// number.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace tierwatch {

/// Takes the part of `rest` before `separator` (all of it when there is none) and moves `rest` past
/// it.
inline std::string_view take_until(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return taken;
}

inline std::string_view trim_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

/// The next field between blanks; empty at the end.
inline std::string_view take_field(std::string_view& rest) {
  const auto first = rest.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) {
    rest = {};
    return {};
  }
  rest.remove_prefix(first);
  const auto end = rest.find_first_of(" \t\n");
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(field.size());
  return field;
}

/// The whole of `text` as a number; absent when it is empty, has anything else in it, or does not
/// fit.
template <std::integral Number>
std::optional<Number> to_number(std::string_view text, int base = 10) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The next field as a number.
template <std::integral Number>
std::optional<Number> take_number(std::string_view& rest) {
  return to_number<Number>(take_field(rest));
}

}  // namespace tierwatch
