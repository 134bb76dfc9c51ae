// SPDX-License-Identifier: MIT
//
// OpenMetrics 1.0 text, for whoever asks for it; the older format is prometheus-cpp's.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "exporters/prometheus/families.h"

namespace tierwatch {

enum class MetricFormat : std::uint8_t { kText, kOpenMetrics };
inline constexpr std::size_t kMetricFormats = 2;

/// The header of an answer.
const char* content_type(MetricFormat format);

/// What ends a page, after all its families.
inline constexpr std::string_view kOpenMetricsEnd = "# EOF\n";

/// `started`: of the daemon, in seconds since the epoch, to tell when its counters began.
std::string openmetrics_text(std::span<const CollectedFamily> families,
                             std::optional<double> started);

}  // namespace tierwatch
