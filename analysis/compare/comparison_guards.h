// SPDX-License-Identifier: MIT
//
// What makes a comparison of runs doubtful, whatever its numbers say: other errors, another load,
// a full generator, a stolen processor.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/compare/run_comparison.h"

namespace tierwatch {

inline constexpr double kErrorPoint = 0.01;  ///< a change of the error ratio that counts

inline constexpr std::string_view kUnknownBottleneck = "unknown";

/// What most runs of the group were limited by: "uwsgi cpu", "nothing on the server"; "unknown"
/// when they do not agree.
std::string bottleneck_of(std::span<const RunFindings> runs);

/// Share of failed requests of each run that has totals.
std::vector<double> error_ratios(std::span<const RunFindings> runs);

/// Differences between the groups that are no result, but a reason to doubt the results.
std::vector<Guardrail> guardrails(std::span<const RunFindings> a, std::span<const RunFindings> b);

}  // namespace tierwatch
