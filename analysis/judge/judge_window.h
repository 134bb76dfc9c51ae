// SPDX-License-Identifier: MIT
//
// Several ticks as one: what a window of facts is on average.
#pragma once

#include <span>

#include "analysis/judge_input.h"

namespace tierwatch {

/// The mean of `samples` (oldest first), weighted by their length; counts of events are summed,
/// peaks are the highest, names and limits the newest. A fact that was known less than half of the
/// time stays absent. Tiers are those of the newest sample. Pure.
JudgeInput window_mean(std::span<const JudgeInput* const> samples);

}  // namespace tierwatch
