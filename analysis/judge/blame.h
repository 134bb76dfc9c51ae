// SPDX-License-Identifier: MIT
//
// Who waits for whom, and therefore which of several full things limits and which are its victims.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/judge/saturation.h"
#include "analysis/verdict.h"

namespace tierwatch {

/// Does `from` (as a client) wait for tier `to`? By what its held workers are seen to wait for,
/// else by its connections; absent when neither is known.
std::optional<bool> waits_for(const TierFacts& from, const std::string& to);

/// The same over any number of steps. Absent when it depends on something not known.
std::optional<bool> leads_to(const JudgeInput& input, const std::string& from,
                             const std::string& to);

/// Of the `full` ones another tier that `held` waits for, and that does not wait for it; null:
/// none.
const Saturation* held_by(const JudgeInput& input, const Saturation& held,
                          std::span<const Saturation* const> full);

/// What the held workers of `tier` wait for most of their time, or what its connections leave as
/// the only possibility; absent otherwise.
std::optional<WaitingOn> waiting_on(const JudgeInput& input, const TierFacts& tier);

/// What one stretch of time comes down to: pointers into the saturations given.
struct Blame {
  const Saturation* bottleneck = nullptr;  ///< null: nothing is full
  std::vector<const Saturation*> joint;    ///< as full, and independent
};
Blame find_bottleneck(const JudgeInput& input, const ThresholdTable& thresholds,
                      const std::vector<Saturation>& saturations,
                      const std::optional<TierResource>& named_before);

}  // namespace tierwatch
