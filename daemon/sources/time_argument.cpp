// SPDX-License-Identifier: MIT
#include "daemon/sources/time_argument.h"

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
  using namespace std::chrono;
  if (!year_month_day(std::chrono::year(*year), std::chrono::month(unsigned(*month)),
                      std::chrono::day(unsigned(*day)))
           .ok())
    return false;
  parts.tm_year = *year - 1900;
  parts.tm_mon = *month - 1;
  parts.tm_mday = *day;
  return true;
}

/// Takes ".835" and the like off the end.
std::optional<system_clock::duration> take_fraction(std::string_view& text) {
  const auto point = text.find('.');
  if (point == text.npos) return system_clock::duration{};
  std::string digits(text.substr(point + 1));
  text = text.substr(0, point);
  if (digits.empty() || digits.size() > 9) return std::nullopt;
  digits.resize(9, '0');
  const auto nanoseconds = number(digits, 0, 999'999'999);
  if (!nanoseconds) return std::nullopt;
  return std::chrono::duration_cast<system_clock::duration>(std::chrono::nanoseconds(*nanoseconds));
}

/// Takes "Z", "+02:00" off the end of a time of day. Absent: it has none, so it is local.
std::optional<std::chrono::minutes> take_zone(std::string_view& text) {
  if (text.ends_with('Z')) {
    text.remove_suffix(1);
    return std::chrono::minutes(0);
  }
  const auto sign = text.find_first_of("+-");
  if (sign == text.npos || text.size() - sign != 6 || text[sign + 3] != ':') return std::nullopt;
  const auto hours = number(text.substr(sign + 1, 2), 0, 23);
  const auto minutes = number(text.substr(sign + 4), 0, 59);
  if (!hours || !minutes) return std::nullopt;
  const std::chrono::minutes ahead(*hours * 60 + *minutes);
  const bool west = text[sign] == '-';
  text = text.substr(0, sign);
  return west ? -ahead : ahead;
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
  if (text == "now") return now;
  if (text.starts_with('@')) return epoch(text.substr(1));
  if (text.starts_with('-')) {
    const auto ago = parse_duration(std::string(text.substr(1)));
    return ago ? std::optional(now - *ago) : std::nullopt;
  }
  const std::time_t today = system_clock::to_time_t(now);
  std::tm parts{};
  localtime_r(&today, &parts);
  std::optional<std::chrono::minutes> zone;
  if (text.size() >= 10 && text[4] == '-') {
    if (!read_date(text.substr(0, 10), parts)) return std::nullopt;
    if (text.size() == 10) return parse_moment(std::string(text) + " 00:00", now);
    if (text[10] != ' ' && text[10] != 'T') return std::nullopt;
    text.remove_prefix(11);
    zone = take_zone(text);
  }
  const auto fraction = take_fraction(text);
  if (!fraction || !read_time(text, parts)) return std::nullopt;
  parts.tm_isdst = zone ? 0 : -1;
  const std::time_t whole = zone ? timegm(&parts) : std::mktime(&parts);
  return system_clock::from_time_t(whole) - zone.value_or(std::chrono::minutes(0)) + *fraction;
}

}  // namespace tierwatch
