// SPDX-License-Identifier: MIT
//
// A tier with several servers is judged server by server (JudgeInput::instances); what is said is
// said of tiers, as metrics and views know them, with the server beside it.
#pragma once

#include <set>

#include "analysis/judge_input.h"
#include "analysis/verdict.h"

namespace tierwatch {

/// Instances in place of the tiers that have several.
JudgeInput by_instance(JudgeInput input);

/// The same verdict in names of tiers. Of several servers' saturations of one resource the fullest
/// stands for the tier; the sentence, the evidence and shares of time keep the servers' names.
Verdict by_tier(Verdict verdict);

/// The tiers of a set of instances.
std::set<TierResource> by_tier(const std::set<TierResource>& instances);

}  // namespace tierwatch
