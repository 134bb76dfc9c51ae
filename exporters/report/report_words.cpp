// SPDX-License-Identifier: MIT
#include "exporters/report/report_words.h"

#include <cmath>

#include "collectors/seconds.h"
#include "collectors/text/format.h"
#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"

namespace tierwatch {
namespace {

constexpr double kManyTimes = 9;  ///< more than tenfold: per cent would be hard to read

/// The sign that typesets as wide as "+".
std::string with_sign(double value, const std::string& magnitude) {
  return (value < 0 ? "−" : "+") + magnitude;
}

}  // namespace

std::string rate_figure(double per_second) {
  const double size = std::abs(per_second);
  if (size == 0) return "0";
  if (size >= 99.95) return formatted("{:.0f}", per_second);
  return formatted("{:.{}f}", per_second, size >= 9.995 ? 1 : 2);
}

std::string latency_figure(double seconds) {
  if (seconds == 0) return "0 ms";
  if (seconds >= 0.9995) return formatted("{:.{}f} s", seconds, seconds < 99.95 ? 2 : 0);
  const double milliseconds = seconds * 1000;
  if (milliseconds >= 9.95) return formatted("{:.0f} ms", milliseconds);
  if (milliseconds >= 0.0995)
    return formatted("{:.{}f} ms", milliseconds, milliseconds >= 0.995 ? 1 : 2);
  return formatted("{:.{}f} µs", seconds * 1e6, seconds >= 9.95e-6 ? 0 : 1);
}

std::string spread_figure(const Estimate& estimate) {
  if (estimate.low == estimate.high) return "";
  if (estimate.value == 0) return std::string(kAbsent);
  const double half = (estimate.high - estimate.low) / 2 / std::abs(estimate.value);
  return formatted("±{:.{}f} %", half * 100, half < 0.0995 ? 1 : 0);
}

std::string range_figure(const Estimate& estimate, std::string (*format)(double)) {
  const std::string low = format(estimate.low), high = format(estimate.high);
  return low == high ? low : low + "–" + high;
}

std::string ratio_figure(double ratio) {
  if (ratio == 0) return "0 %";
  if (ratio < 0.0005) return "<0.1 %";
  return formatted("{:.{}f} %", ratio * 100, ratio < 0.0995 ? 1 : 0);
}

std::string offset_figure(std::chrono::nanoseconds offset) {
  const double seconds = std::abs(seconds_of(offset));
  const double hours = std::floor(seconds / 3600), minutes = std::floor(seconds / 60) - hours * 60;
  std::string text;
  if (hours > 0) text += formatted("{:.0f} h ", hours);
  if (hours > 0 || minutes > 0) text += formatted("{:.0f} m ", minutes);
  text += formatted("{:.2f} s", seconds - hours * 3600 - minutes * 60);
  return with_sign(static_cast<double>(offset.count()), text);
}

std::string change_figure(double ratio) {
  if (ratio >= kManyTimes) return "× " + formatted("{:.0f}", 1 + ratio);
  return with_sign(ratio, formatted("{:.1f} %", std::abs(ratio) * 100));
}

std::string elapsed_figure(double seconds) {
  const long all = std::lround(std::abs(seconds));
  const long hours = all / 3600, minutes = all % 3600 / 60;
  const char* sign = seconds < 0 && all > 0 ? "-" : "";
  return hours > 0 ? formatted("{}{}:{:02}:{:02}", sign, hours, minutes, all % 60)
                   : formatted("{}{}:{:02}", sign, minutes, all % 60);
}

std::string one_line(std::string_view text, std::size_t longest, Charset charset) {
  // A character takes at most four bytes: what lies beyond is not looked at.
  std::string flat(text.substr(0, 4 * longest + 4));
  for (char& byte : flat)
    if (byte == '\n' || byte == '\r' || byte == '\t') byte = ' ';
  const std::u32string glyphs = drawable(flat, charset);
  std::string line;
  for (std::size_t i = 0; i < glyphs.size(); ++i) {
    if (i == longest || (i + 1 == glyphs.size() && flat.size() < text.size())) {
      append_utf8(line, charset == Charset::kAscii ? U'~' : U'…');
      break;
    }
    append_utf8(line, glyphs[i]);
  }
  return line;
}

}  // namespace tierwatch
