// SPDX-License-Identifier: MIT
//
// The few ways in which the kernel's text files are walked: line by line, field by field, number by
// number.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
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

constexpr bool separates_fields(char c) { return c == ' ' || c == '\t' || c == '\n'; }

/// The next field between blanks; empty at the end.
inline std::string_view take_field(std::string_view& rest) {
  // find_first_of() would look each character up in a list of three: a third of all parsing.
  std::size_t first = 0;
  while (first < rest.size() && separates_fields(rest[first])) ++first;
  std::size_t end = first;
  while (end < rest.size() && !separates_fields(rest[end])) ++end;
  const std::string_view field = rest.substr(first, end - first);
  rest.remove_prefix(end);
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

/// Whether nothing was cut off at the end: the kernel ends its texts with a newline, and the last
/// number of a text that does not may lack digits.
inline bool is_whole(std::string_view text) { return text.ends_with('\n'); }

/// `number` of `unit` as time; absent when 64 bits of that duration cannot hold it (nanoseconds end
/// after 292 years).
template <typename Duration>
std::optional<Duration> to_time(std::optional<std::uint64_t> number, Duration unit) {
  const auto most = Duration::max().count() / unit.count();
  if (!number || *number > static_cast<std::uint64_t>(most)) return std::nullopt;
  return unit * static_cast<typename Duration::rep>(*number);
}

/// A line that is looked for in a text of names and numbers, and where its number goes.
struct WantedLine {
  std::string_view name;
  std::optional<std::uint64_t>* number;
};

/// Fills the wanted line of this name. False when its value does not read as a number.
inline bool take_wanted(std::span<const WantedLine> wanted, std::string_view name,
                        std::string_view value) {
  for (const WantedLine& line : wanted) {
    if (line.name != name) continue;
    *line.number = to_number<std::uint64_t>(trim_blanks(value));
    return line.number->has_value();
  }
  return true;
}

/// Fills what is wanted from lines of "name number", passing over all others. False when the text
/// is not whole or a wanted number does not read as one.
inline bool take_wanted_lines(std::span<const WantedLine> wanted, std::string_view text) {
  if (!is_whole(text)) return false;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    const std::string_view name = take_field(line);
    if (!take_wanted(wanted, name, line)) return false;
  }
  return true;
}

}  // namespace tierwatch
