// SPDX-License-Identifier: MIT
//
// Dates and times of day as load generators write them.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace tierwatch {

/// `2026/11/21 06:14:22`, the same with dashes or a T, `11/21/26 06:14:22` or `11/21/2026 06:14:22`
/// (the month first), `21.11.2026 06:14:22` (the day), all with `.123` or without, in this
/// machine's time zone, since the epoch. Absent for anything else. Remembers the hour last seen, as
/// asking the system for the zone's offset is dear.
class LocalTimeReader {
 public:
  std::optional<std::chrono::nanoseconds> read(std::string_view text);

 private:
  long long hour_key_ = -1;
  std::chrono::seconds hour_begin_{};
};

/// RFC 3339, `2026-11-21T06:15:29.614Z` or with `+03:00`, to the nanosecond, since the epoch.
std::optional<std::chrono::nanoseconds> parse_rfc3339(std::string_view text);

}  // namespace tierwatch
