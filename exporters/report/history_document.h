// SPDX-License-Identifier: MIT
//
// What `tierwatch history` says: for people as a document, for programs as JSON.
#pragma once

#include "analysis/runs/history_overview.h"
#include "exporters/report/document.h"

namespace tierwatch {

/// Rows of a table for people, the newest; how many there are more is said.
inline constexpr std::size_t kHistoryRows = 20;

/// `most`: rows of each table. Times are of this machine's zone.
ReportDocument describe(const HistoryOverview& history, std::size_t most = kHistoryRows);

/// "format": "tierwatch-history", all rows; docs/report-format.md. Ends in a line feed.
std::string history_json(const HistoryOverview& history, int indent = 2);

}  // namespace tierwatch
