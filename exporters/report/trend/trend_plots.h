// SPDX-License-Identifier: MIT
//
// Plots of a measure over many runs: a point for each run, a line for each level.
#pragma once

#include <string>

#include "analysis/trend/run_trend.h"
#include "exporters/report/formats/text_page.h"

namespace tierwatch {

/// "412/s", "12.1 ms", "0.4 %".
std::string trend_figure(const TrendSeries& series, double value);

/// Draws a measure in block characters: columns are runs, several together where there are more
/// than fit.
void draw_trend(const RunTrend& trend, const TrendSeries& series, TextPage& page);

/// The same as a picture for a page, with what each point is as its title. No script.
std::string trend_svg(const RunTrend& trend, const TrendSeries& series);

}  // namespace tierwatch
