// SPDX-License-Identifier: MIT
//
// Numbers as a sysadmin would say them. Only sentences use these; machines get the numbers.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace tierwatch {

/// "3.94": two digits, as cores are told.
std::string two_digits(double value);
/// "0.5", "2", "11.6": as few digits as say it, one at most unless below one.
std::string few_digits(double value);
/// "41 %"
std::string percent(double ratio);
/// "+4.1 %", "−12 %": of a change.
std::string signed_percent(double ratio);
/// "3.94/s", "812/s": of requests.
std::string rate_words(double per_second);
/// "4": the nearest whole number.
std::string whole(double value);
/// "1 worker", "4 workers": the nearest whole number of them.
std::string count_of(double value, std::string_view one);
/// "12 s", "1 m 52 s", "2 h 5 m".
std::string duration_words(double seconds);
/// The same, of what may be short: "240 ms".
std::string length_words(double seconds);
/// "241 MiB", "1.5 GiB".
std::string bytes_words(double bytes);
/// "a", "a and b", "a, b and c".
std::string listed(const std::vector<std::string>& words);
/// "a, b, c".
template <typename Words>
std::string joined(const Words& words, std::string_view between = ", ") {
  std::string text;
  for (const auto& word : words) (text += text.empty() ? "" : between) += word;
  return text;
}

/// A time in this machine's zone, by a format of strftime(3).
std::string local_time(std::chrono::system_clock::time_point at,
                       const char* format = "%Y-%m-%d %H:%M:%S");

}  // namespace tierwatch
