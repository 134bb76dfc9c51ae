// SPDX-License-Identifier: MIT
//
// What makes a row of runs doubtful: other loads, other machines, a load generator at its own
// limit, and programs beside the stack that took more of the host in some runs than in others.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/trend/run_trend.h"

namespace tierwatch {

/// Since a run, programs of no tier take another share of the host's CPU.
struct OtherProgramsChange {
  std::size_t run = 0;           ///< index of the first run of the new level
  double before = 0, after = 0;  ///< shares of the host's processors
};

/// Share of the host's processors that neither the tiers nor the load generator used in the busiest
/// step: other programs, other virtual machines (steal), the kernel's own work. Absent without a
/// step or figures of the host. Pure.
std::optional<double> other_programs_ratio(const RunFindings& run);

/// In order; none of fewer than kFewestForChanges runs that know it. Pure; cost:
/// find_change_points.
std::vector<OtherProgramsChange> changes_of_other_programs(const RunTrend& trend,
                                                           const TrendOptions& options);

/// Sentences for people, those on other programs first. Pure.
std::vector<std::string> trend_warnings(std::span<const RunFindings> runs, const RunTrend& trend,
                                        const std::vector<OtherProgramsChange>& others);

}  // namespace tierwatch
