// SPDX-License-Identifier: MIT
//
// The report for programs: all findings as JSON, described in docs/report-format.md. What is not
// known is left out, never zero.
#pragma once

#include <span>
#include <string>

#include "analysis/compare/fail_if.h"
#include "exporters/report/plots/plots.h"

namespace tierwatch {

inline constexpr int kReportFormatVersion = 1;

/// The findings and the numbers of all plots; `indent` as in JsonOptions. Bytes that are not UTF-8
/// become U+FFFD.
std::string report_json(const RunFindings& findings, std::span<const Plot> plots, int indent = 2);

/// A comparison; with the answer to --fail-if where there was one.
std::string comparison_json(const RunComparison& comparison, const FailIfAnswer* fail_if,
                            int indent = 2);

/// What the page's script reads: the plots, the strip, the marks. Holds no "<", so that no text in
/// it can end the element it stands in.
std::string page_json(const RunFindings& findings, std::span<const Plot> plots);

}  // namespace tierwatch
