// SPDX-License-Identifier: MIT
//
// Dates and times of day as load generators write them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tierwatch {

/// What stands first in a date with two slashes and the year at its end, as far as it tells.
enum class DateOrder : std::uint8_t { kNone, kEither, kMonthFirst, kDayFirst };

/// Of one time: kNone where it has no such date, or its day and month are the same number; kEither
/// where both may be the month. Pure.
DateOrder date_order(std::string_view time);

/// `2026/11/21 06:14:22`, the same with dashes or a T, `11/21/26 06:14:22` or `11/21/2026 06:14:22`
/// (the month first, or the day where that is said), `21.11.2026 06:14:22` (the day), all with
/// `.123` or without, in this machine's time zone, since the epoch. Absent for anything else.
/// Remembers the hour last seen, as asking the system for the zone's offset is dear.
class LocalTimeReader {
 public:
  std::optional<std::chrono::nanoseconds> read(std::string_view text);
  /// Of dates with slashes and the year at the end.
  void put_day_first() { day_first_ = true; }

 private:
  bool day_first_ = false;
  long long hour_key_ = -1;
  std::chrono::seconds hour_begin_{};
};

/// RFC 3339, `2026-11-21T06:15:29.614Z` or with `+03:00`, to the nanosecond, since the epoch.
std::optional<std::chrono::nanoseconds> parse_rfc3339(std::string_view text);

}  // namespace tierwatch
