// SPDX-License-Identifier: MIT
#include "collectors/text/plain_words.h"

#include <algorithm>
#include <cmath>
#include <ctime>

#include "collectors/text/format.h"

namespace tierwatch {
std::string two_digits(double value) { return formatted("{:.2f}", value); }

std::string few_digits(double value) {
  std::string text = formatted("{:.{}f}", value, value < 1 ? 2 : 1);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string percent(double ratio) { return formatted("{:.0f} %", ratio * 100); }

std::string signed_percent(double ratio) {
  return (ratio < 0 ? "−" : "+") + few_digits(std::abs(ratio) * 100) + " %";
}

std::string rate_words(double per_second) {
  return (per_second < 10 ? two_digits(per_second) : whole(per_second)) + "/s";
}

std::string whole(double value) { return formatted("{:.0f}", value); }

std::string count_of(double value, std::string_view one) {
  std::string text = whole(value) + " " + std::string(one);
  if (std::lround(value) != 1) text += one.ends_with("s") ? "es" : "s";
  return text;
}

std::string duration_words(double seconds) {
  const long all = std::lround(seconds);
  if (all < 60) return formatted("{} s", all);
  if (all < 3600) return formatted("{} m {} s", all / 60, all % 60);
  return formatted("{} h {} m", all / 3600, all % 3600 / 60);
}

std::string length_words(double seconds) {
  const double milliseconds = seconds * 1000;
  return milliseconds >= 0.5 && milliseconds < 999.5 ? whole(milliseconds) + " ms"
                                                     : duration_words(seconds);
}

std::string bytes_words(double bytes) {
  const double mebibytes = bytes / (1024 * 1024);
  if (bytes > 0 && mebibytes < 0.95) return whole(std::max(1.0, bytes / 1024)) + " KiB";
  return mebibytes < 1024 ? whole(mebibytes) + " MiB" : few_digits(mebibytes / 1024) + " GiB";
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
    text += words[i];
  }
  return text;
}

std::string local_time(std::chrono::system_clock::time_point at, const char* format) {
  const std::time_t seconds =
      std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(at));
  std::tm parts{};
  localtime_r(&seconds, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, format, &parts)};
}

}  // namespace tierwatch
