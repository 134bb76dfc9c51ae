// SPDX-License-Identifier: MIT
//
// What `tierwatch trend` says: text with a plot of each measure, Markdown, a page, JSON.
#pragma once

#include <string>

#include "analysis/trend/run_trend.h"
#include "exporters/report/document.h"
#include "exporters/report/formats/report_text.h"

namespace tierwatch {

ReportDocument describe(const RunTrend& trend);

/// Ends in a line feed; whatever came from outside is made drawable.
std::string trend_text(const RunTrend& trend, const TextOptions& options = {});

/// One file that needs no network and no script: the plots are pictures in it (SVG).
std::string trend_html(const RunTrend& trend);

/// "format": "tierwatch-trend"; docs/report-format.md. Ends in a line feed.
std::string trend_json(const RunTrend& trend, int indent = 2);

}  // namespace tierwatch
