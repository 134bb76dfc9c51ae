// SPDX-License-Identifier: MIT
//
// What a tier is full of, in words, from the few facts that its metrics keep.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/judge_input.h"
#include "analysis/resource.h"

namespace tierwatch {

/// "5 of 6 active backends wait for a lock", "all 6 workers busy", "cpu 1.97 of 2 cores"; with
/// `used_ratio` alone "lock 83 %"; else the resource's name. `tier` may be null. Pure.
std::string full_words(const TierFacts* tier, Resource resource, std::optional<double> used_ratio);

/// What else was seen of it: its queue, its wait for processors, its quota. Pure.
std::vector<std::string> signs_of(const TierFacts& tier);

}  // namespace tierwatch
