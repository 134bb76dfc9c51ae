// SPDX-License-Identifier: MIT
#include "exporters/terminal/screen/figures.h"

#include <algorithm>
#include <cmath>

#include "collectors/seconds.h"
#include "collectors/text/format.h"

namespace tierwatch {
namespace {

/// Three significant digits and a unit, "1.50G"; `value` is scaled by `step` until it fits.
std::string scaled(double value, double step, const char* units) {
  for (; units[1] != '\0' && value >= 999.5; ++units) value /= step;
  const char unit = *units;
  if (value >= 99.95) return formatted("{:.0f}{}", std::min(value, 99999.0), unit);
  return value >= 9.995 ? formatted("{:.1f}{}", value, unit) : formatted("{:.2f}{}", value, unit);
}

}  // namespace

std::string short_bytes(double bytes) {
  if (!(bytes >= 0)) return kUnknownFigure;
  if (bytes < 1024 * 999.5) return formatted("{:.0f}K", bytes / 1024);
  return scaled(bytes / 1024 / 1024, 1024, "MGTPE");
}

std::string short_cores(double cores) {
  if (!(cores >= 0)) return kUnknownFigure;
  if (cores < 9.995) return formatted("{:.2f}", cores);
  return cores < 99.95 ? formatted("{:.1f}", cores) : formatted("{:.0f}", std::min(cores, 9999.0));
}

std::string short_percent(double ratio) {
  if (!(ratio >= 0)) return kUnknownFigure;
  if (ratio >= 9.995) return ">999%";
  return ratio > 0 && ratio < 0.005 ? "<1%" : formatted("{:.0f}%", ratio * 100);
}

std::string short_count(double count) {
  if (!(count >= 0)) return kUnknownFigure;
  if (count < 9999.5) return formatted("{:.0f}", count);
  if (count < 999'500) return formatted("{:.0f}k", count / 1000);
  if (count < 9'950'000) return formatted("{:.1f}M", count / 1e6);
  if (count < 999.5e6) return formatted("{:.0f}M", count / 1e6);
  return count < 999.5e9 ? formatted("{:.0f}G", count / 1e9) : ">1T";
}

std::string short_time(nanoseconds time) {
  const long long hundredths = time.count() / 10'000'000;
  const long long seconds = hundredths / 100;
  if (seconds < 0) return kUnknownFigure;
  if (seconds < 3600)
    return formatted("{}:{:02}.{:02}", seconds / 60, seconds % 60, hundredths % 100);
  if (seconds < 100 * 3600)
    return formatted("{}h{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (seconds >= 1000 * 86400LL) return formatted("{}d", seconds / 86400);
  return formatted("{}d{:02}h", seconds / 86400, seconds / 3600 % 24);
}

std::string interval_words(nanoseconds interval) {
  const double seconds = seconds_of(interval);
  if (seconds < 0.9995) return formatted("{:.0f} ms", seconds * 1000);
  if (seconds >= 600) return formatted("{:.0f} min", seconds / 60);
  return std::abs(seconds - std::round(seconds)) < 0.05 ? formatted("{:.0f} s", seconds)
                                                        : formatted("{:.1f} s", seconds);
}

}  // namespace tierwatch
