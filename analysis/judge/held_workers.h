// SPDX-License-Identifier: MIT
//
// Is any worker free? Held workers, queues before them and what lies unread, once all CPU is
// judged.
#pragma once

#include <vector>

#include "analysis/judge/saturation.h"

namespace tierwatch {

/// Adds the `workers` of each tier to `found`, which has all its CPU; or, of a server with limited
/// parts of which one is full, its `connections`. Pure.
void add_workers(const JudgeInput& input, const ThresholdTable& thresholds, const HotSet& before,
                 std::vector<Saturation>& found);

}  // namespace tierwatch
