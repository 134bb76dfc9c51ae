// SPDX-License-Identifier: MIT
//
// The judge: which tier limits, out of the facts of one stretch of time.
#pragma once

#include <optional>

#include "analysis/judge_input.h"
#include "analysis/thresholds.h"
#include "analysis/verdict.h"

namespace tierwatch {

/// Judges one stretch of time by itself: sustain and `since_seconds` are the tracker's (see
/// verdict_tracker.h). `before`: what was hot at the last judgement. The order of the tiers, and
/// idle ones, change nothing. `named_before`: of two that are equally full, the one named last time
/// is named again. Pure; some tens of microseconds.
Verdict judge(const JudgeInput& input, const ThresholdTable& thresholds = {},
              const HotSet& before = {}, const std::optional<TierResource>& named_before = {});

}  // namespace tierwatch
