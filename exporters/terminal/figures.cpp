// SPDX-License-Identifier: MIT
#include "exporters/terminal/figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace tierwatch {
namespace {

template <typename... Values>
std::string print(const char* format, Values... values) {
  std::array<char, 48> text{};
  const int length = std::snprintf(text.data(), text.size(), format, values...);
  return {text.data(), std::min(text.size() - 1, static_cast<std::size_t>(std::max(0, length)))};
}

/// Three significant digits and a unit, "1.50G"; `value` is scaled by `step` until it fits.
std::string scaled(double value, double step, const char* units) {
  for (; units[1] != '\0' && value >= 999.5; ++units) value /= step;
  const char unit = *units;
  if (value >= 99.95) return print("%.0f%c", std::min(value, 99999.0), unit);
  return value >= 9.995 ? print("%.1f%c", value, unit) : print("%.2f%c", value, unit);
}

}  // namespace

std::string short_bytes(double bytes) {
  if (!(bytes >= 0)) return kUnknownFigure;
  if (bytes < 1024 * 999.5) return print("%.0fK", bytes / 1024);
  return scaled(bytes / 1024 / 1024, 1024, "MGTPE");
}

std::string short_cores(double cores) {
  if (!(cores >= 0)) return kUnknownFigure;
  if (cores < 9.995) return print("%.2f", cores);
  return cores < 99.95 ? print("%.1f", cores) : print("%.0f", std::min(cores, 9999.0));
}

std::string short_percent(double ratio) {
  if (!(ratio >= 0)) return kUnknownFigure;
  if (ratio >= 9.995) return ">999%";
  return ratio > 0 && ratio < 0.005 ? "<1%" : print("%.0f%%", ratio * 100);
}

std::string short_count(double count) {
  if (!(count >= 0)) return kUnknownFigure;
  if (count < 9999.5) return print("%.0f", count);
  if (count < 999'500) return print("%.0fk", count / 1000);
  if (count < 9'950'000) return print("%.1fM", count / 1e6);
  if (count < 999.5e6) return print("%.0fM", count / 1e6);
  return count < 999.5e9 ? print("%.0fG", count / 1e9) : ">1T";
}

std::string short_time(nanoseconds time) {
  const long long hundredths = time.count() / 10'000'000;
  const long long seconds = hundredths / 100;
  if (seconds < 0) return kUnknownFigure;
  if (seconds < 3600)
    return print("%lld:%02lld.%02lld", seconds / 60, seconds % 60, hundredths % 100);
  if (seconds < 100 * 3600)
    return print("%lldh%02lld:%02lld", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (seconds >= 1000 * 86400LL) return print("%lldd", seconds / 86400);
  return print("%lldd%02lldh", seconds / 86400, seconds / 3600 % 24);
}

std::string interval_words(nanoseconds interval) {
  const double seconds = std::chrono::duration<double>(interval).count();
  if (seconds < 0.9995) return print("%.0f ms", seconds * 1000);
  if (seconds >= 600) return print("%.0f min", seconds / 60);
  return std::abs(seconds - std::round(seconds)) < 0.05 ? print("%.0f s", seconds)
                                                        : print("%.1f s", seconds);
}

}  // namespace tierwatch
