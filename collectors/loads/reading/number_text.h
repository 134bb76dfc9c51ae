// SPDX-License-Identifier: MIT
//
// Numbers and durations as load generators write them. Absent: it is no such thing.
#pragma once

#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <string_view>
#include <type_traits>

namespace tierwatch {

/// The whole text as a number; infinite and not-a-number are none.
template <typename T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(value)) return std::nullopt;
  }
  return value;
}

/// As nanoseconds, rounded; absent beyond ±126 years, so that two of them can be added.
inline std::optional<std::chrono::nanoseconds> nanoseconds_of(double value, double unit_seconds) {
  const double ns = value * unit_seconds * 1e9;
  if (!(std::abs(ns) < 4e18)) return std::nullopt;
  return std::chrono::nanoseconds(std::llround(ns));
}

/// "12.5" of that unit (1e-3: ms) as nanoseconds.
inline std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text,
                                                              double unit_seconds) {
  const auto value = parse_number<double>(text);
  return value ? nanoseconds_of(*value, unit_seconds) : std::nullopt;
}

/// Without spaces, tabs and carriage returns at both ends.
inline std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace tierwatch
