// SPDX-License-Identifier: MIT
//
// The way that requests take: from the tier that outside clients speak to, through the one that is
// named, to what its requests wait for in the end, over any number of hops.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/judge_input.h"
#include "analysis/verdict.h"

namespace tierwatch {

/// The tiers before `tier`, the entry first, and itself: at each step back the client with most
/// requests on it. Its own name alone where no client of it is watched.
std::vector<PathStep> path_to(const JudgeInput& input, const std::string& tier);

/// What the requests of `tier` wait for, a step at a time; ends at an address that is not watched,
/// or at the tier that keeps them to itself. Empty where that is not known. Never goes in a circle.
std::vector<PathStep> path_from(const JudgeInput& input, const TierFacts& tier);

/// The end of path_from(), and the tiers on the way there.
std::optional<WaitingOn> end_of(const std::vector<PathStep>& downstream);

}  // namespace tierwatch
