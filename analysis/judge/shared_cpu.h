// SPDX-License-Identifier: MIT
//
// Processors that are full although no tier is at a ceiling of its own: who fills them, and do the
// tiers go short of them?
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/judge/saturation.h"

namespace tierwatch {

/// Marks the `cpu` of the tier that fills the host (or the processors it is pinned to), or adds one
/// for `other` when foreign processes fill it and a tier is short of CPU. Foreign processes that
/// take nothing from anybody are no bottleneck.
void add_shared_cpu(const JudgeInput& input, const ThresholdTable& thresholds, const HotSet& before,
                    std::vector<Saturation>& found);

/// Tiers, by name, with requests that wait because their threads wait for a CPU: workers short and
/// held ones at least a fifth of the time runnable and not mostly waiting for something else, or
/// event loops that would be full if they never had to wait.
std::vector<std::string> starved_tiers(const JudgeInput& input, const ThresholdTable& thresholds);

/// Cores used on the host by processes of no tier, and by the kernel for nobody; 0 when not known.
double foreign_cores(const JudgeInput& input);

/// True for the kernel names (comm) of well-known load generators.
bool is_load_generator(std::string_view comm);

}  // namespace tierwatch
