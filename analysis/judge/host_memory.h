// SPDX-License-Identifier: MIT
//
// Is the host out of memory? Not by how much of it is in use: what is left of 512 GB may be much,
// and caches fill what nobody needs. By who waits for it: pressure, and the kernel making room.
#pragma once

#include <vector>

#include "analysis/judge_input.h"
#include "analysis/thresholds.h"
#include "analysis/verdict.h"

namespace tierwatch {

/// Adds the memory of the host to what has been found: of the tier that has most of it, or of
/// nobody we watch. It is full when somebody waits for it, warm while it is nearly used up, and the
/// kernel makes room, or does not tell whether it does.
void add_host_memory(const JudgeInput& input, const ThresholdTable& thresholds,
                     const HotSet& before, std::vector<Saturation>& found);

}  // namespace tierwatch
