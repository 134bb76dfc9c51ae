// SPDX-License-Identifier: MIT
//
// Figures and times as reports write them, and what came from outside made fit for being shown.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "analysis/stats/estimate.h"
#include "exporters/glyphs.h"

namespace tierwatch {

/// What stands for a figure that is not known.
inline constexpr std::string_view kAbsent = "–";

/// "1240", "412", "35.2", "0.84": requests per second, or any other rate.
std::string rate_figure(double per_second);
/// "1.20 s", "310 ms", "4.2 ms", "0.21 ms", "8.5 µs".
std::string latency_figure(double seconds);
/// "±2 %"; empty when the interval is empty, "–" when the value is zero.
std::string spread_figure(const Estimate& estimate);
/// "398–431", by `format` of its ends; one figure when they look the same.
std::string range_figure(const Estimate& estimate, std::string (*format)(double));
/// "0 %", "<0.1 %", "2.5 %", "41 %".
std::string ratio_figure(double ratio);
/// "+7.30 s", "−3 h 0 m 0.00 s".
std::string offset_figure(std::chrono::nanoseconds offset);
/// "+12.5 %", "−3.0 %": a change.
std::string change_figure(double ratio);
/// "2:05", "1:02:05": since the run's begin; "-0:10" before it.
std::string elapsed_figure(double seconds);

/// The figure, or what stands for one that is not known.
template <typename Format>
std::string or_absent(const std::optional<double>& value, Format format) {
  return value ? format(*value) : std::string(kAbsent);
}

/// What came from outside, as one line: nothing that a terminal obeys, at most `longest`
/// characters, then "…".
std::string one_line(std::string_view text, std::size_t longest = 200,
                     Charset charset = Charset::kUnicode);

}  // namespace tierwatch
