// SPDX-License-Identifier: MIT
#include "collectors/loads/reading/clock_text.h"

#include <ctime>

#include "collectors/loads/reading/number_text.h"

namespace tierwatch {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

/// `text` against a pattern in which each of "YMDhms" stands for a digit of that number and all
/// else for itself; false if it does not fit. The rest stays in `text`.
struct ClockFields {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};
bool take_pattern(std::string_view& text, std::string_view pattern, ClockFields& fields) {
  if (text.size() < pattern.size()) return false;
  ClockFields got;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    int* number = nullptr;
    switch (pattern[i]) {
      case 'Y':
        number = &got.year;
        break;
      case 'M':
        number = &got.month;
        break;
      case 'D':
        number = &got.day;
        break;
      case 'h':
        number = &got.hour;
        break;
      case 'm':
        number = &got.minute;
        break;
      case 's':
        number = &got.second;
        break;
      default:
        if (text[i] != pattern[i]) return false;
        continue;
    }
    if (text[i] < '0' || text[i] > '9') return false;
    *number = *number * 10 + (text[i] - '0');
  }
  const bool possible = got.month >= 1 && got.month <= 12 && got.day >= 1 && got.day <= 31 &&
                        got.hour <= 23 && got.minute <= 59 && got.second <= 60;
  if (!possible) return false;
  text.remove_prefix(pattern.size());
  fields = got;
  return true;
}

/// Nanoseconds since 1970, added to a latency, do not reach much farther.
bool is_near_enough(const ClockFields& at) { return at.year >= 1970 && at.year <= 2100; }

/// ".123" to nanoseconds, taken off the front; 0 if there is none.
nanoseconds take_fraction(std::string_view& text) {
  if (!text.starts_with('.') && !text.starts_with(',')) return {};
  std::int64_t ns = 0, unit = 100'000'000;
  std::size_t i = 1;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i, unit /= 10)
    ns += (text[i] - '0') * unit;
  text.remove_prefix(i);
  return nanoseconds(ns);
}

seconds since_epoch_utc(const ClockFields& at) {
  const std::chrono::sys_days day{std::chrono::year(at.year) / at.month / at.day};
  return day.time_since_epoch() + std::chrono::hours(at.hour) + std::chrono::minutes(at.minute) +
         seconds(at.second);
}

seconds since_epoch_local(const ClockFields& at) {
  std::tm local{};
  local.tm_year = at.year - 1900;
  local.tm_mon = at.month - 1;
  local.tm_mday = at.day;
  local.tm_hour = at.hour;
  local.tm_isdst = -1;
  return seconds(std::mktime(&local));
}

}  // namespace

DateOrder date_order(std::string_view time) {
  ClockFields month_first, day_first;
  const auto fits = [&](std::string_view pattern, ClockFields& fields) {
    std::string_view text = time;
    return take_pattern(text, pattern, fields);
  };
  const bool month = fits("MM/DD/YYYY hh:", month_first) || fits("MM/DD/YY hh:", month_first);
  const bool day = fits("DD/MM/YYYY hh:", day_first) || fits("DD/MM/YY hh:", day_first);
  if (month && day)
    return month_first.month == day_first.month ? DateOrder::kNone : DateOrder::kEither;
  if (month) return DateOrder::kMonthFirst;
  return day ? DateOrder::kDayFirst : DateOrder::kNone;
}

std::optional<nanoseconds> LocalTimeReader::read(std::string_view text) {
  ClockFields at;
  if (!take_pattern(text, "YYYY/MM/DD hh:mm:ss", at) &&
      !take_pattern(text, "YYYY-MM-DD hh:mm:ss", at) &&
      !take_pattern(text, "YYYY-MM-DDThh:mm:ss", at) &&
      !take_pattern(text, day_first_ ? "DD/MM/YYYY hh:mm:ss" : "MM/DD/YYYY hh:mm:ss", at) &&
      !take_pattern(text, "DD.MM.YYYY hh:mm:ss", at)) {
    if (!take_pattern(text, day_first_ ? "DD/MM/YY hh:mm:ss" : "MM/DD/YY hh:mm:ss", at))
      return std::nullopt;
    at.year += 2000;
  }
  const nanoseconds fraction = take_fraction(text);
  if (!text.empty() || !is_near_enough(at)) return std::nullopt;
  const long long key = ((at.year * 100LL + at.month) * 100 + at.day) * 100 + at.hour;
  if (key != hour_key_) {
    hour_begin_ = since_epoch_local(at);
    hour_key_ = key;
  }
  return hour_begin_ + std::chrono::minutes(at.minute) + seconds(at.second) + fraction;
}

std::optional<nanoseconds> parse_rfc3339(std::string_view text) {
  ClockFields at;
  if (!take_pattern(text, "YYYY-MM-DDThh:mm:ss", at) &&
      !take_pattern(text, "YYYY-MM-DD hh:mm:ss", at)) {
    return std::nullopt;
  }
  if (!is_near_enough(at)) return std::nullopt;
  const nanoseconds fraction = take_fraction(text);
  nanoseconds offset{};
  if (text == "Z" || text == "z") return since_epoch_utc(at) + fraction;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const auto hours = parse_number<int>(text.substr(1, 2));
  const auto minutes = parse_number<int>(text.substr(4, 2));
  if (!hours || !minutes) return std::nullopt;
  offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return since_epoch_utc(at) + fraction - (text[0] == '-' ? -offset : offset);
}

}  // namespace tierwatch
