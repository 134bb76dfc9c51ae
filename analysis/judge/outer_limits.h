// SPDX-License-Identifier: MIT
//
// Limits of a tier that lie around it: room on disks, links of the host, its listeners' backlogs of
// connections that are half open. Each is full only where somebody is denied, or waits.
#pragma once

#include <string_view>
#include <vector>

#include "analysis/judge_input.h"
#include "analysis/thresholds.h"
#include "analysis/verdict.h"

namespace tierwatch {

/// Saturation::bound of connections that are half open begins so; the listener follows.
inline constexpr std::string_view kHalfOpen = "half open at ";

/// Adds those of `tier` that are full, or nearly; what of its connections is full already stays.
void add_outer_limits(const TierFacts& tier, const JudgeInput& input, const Thresholds& thresholds,
                      const HotSet& before, std::vector<Saturation>& found);

}  // namespace tierwatch
