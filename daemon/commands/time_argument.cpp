// SPDX-License-Identifier: MIT
#include "daemon/commands/time_argument.h"

#include <charconv>
#include <cmath>
#include <ctime>

#include "config/values.h"

namespace tierwatch {
namespace {

using std::chrono::system_clock;

/// The whole of `text` as a number of at least `least` and at most `most`.
std::optional<int> number(std::string_view text, int least, int most) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (text.empty() || value < least || value > most) return std::nullopt;
  return value;
}

/// "14:05", "14:05:30" into `parts`.
bool read_time(std::string_view text, std::tm& parts) {
  if (text.size() != 5 && text.size() != 8) return false;
  if (text[2] != ':' || (text.size() == 8 && text[5] != ':')) return false;
  const auto hour = number(text.substr(0, 2), 0, 23), minute = number(text.substr(3, 2), 0, 59);
  const auto second = text.size() == 8 ? number(text.substr(6, 2), 0, 60) : 0;
  if (!hour || !minute || !second) return false;
  parts.tm_hour = *hour;
  parts.tm_min = *minute;
  parts.tm_sec = *second;
  return true;
}

/// "2026-11-21" into `parts`.
bool read_date(std::string_view text, std::tm& parts) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto year = number(text.substr(0, 4), 1970, 9999), month = number(text.substr(5, 2), 1, 12);
  const auto day = number(text.substr(8, 2), 1, 31);
  if (!year || !month || !day) return false;
  parts.tm_year = *year - 1900;
  parts.tm_mon = *month - 1;
  parts.tm_mday = *day;
  return true;
}

std::optional<system_clock::time_point> epoch(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(seconds) || std::abs(seconds) > 9e9) return std::nullopt;
  return system_clock::time_point(
      std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6)));
}

}  // namespace

std::optional<system_clock::time_point> parse_moment(std::string_view text,
                                                     system_clock::time_point now) {
  if (text.starts_with('@')) return epoch(text.substr(1));
  if (text.starts_with('-')) {
    const auto ago = parse_duration(std::string(text.substr(1)));
    return ago ? std::optional(now - *ago) : std::nullopt;
  }
  const std::time_t today = system_clock::to_time_t(now);
  std::tm parts{};
  localtime_r(&today, &parts);
  if (text.size() > 10) {
    if ((text[10] != ' ' && text[10] != 'T') || !read_date(text.substr(0, 10), parts))
      return std::nullopt;
    text.remove_prefix(11);
  }
  if (!read_time(text, parts)) return std::nullopt;
  parts.tm_isdst = -1;
  return system_clock::from_time_t(std::mktime(&parts));
}

}  // namespace tierwatch
