// SPDX-License-Identifier: MIT
//
// How full each tier is of each resource, and since which level it counts as full. What is full is
// not yet what limits: verdict.h picks the one that does.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "analysis/capacity.h"
#include "analysis/judge_input.h"
#include "analysis/resource.h"
#include "analysis/thresholds.h"

namespace tierwatch {

enum class Heat : std::uint8_t { kCalm, kWarm, kHot };
/// "calm", "warm", "hot".
std::string_view to_string(Heat heat);

/// What makes something full, in the order in which one bottleneck is sought among many.
enum class Rule : std::uint8_t {
  kCountableLimit,  ///< fds, memory, slots: facts
  kLock,            ///< processes that wait for each other
  kOwnCeiling,      ///< CPU against what the tier itself may use
  kSharedCpu,       ///< the processors are full, by all together
  kDisk,
  kWorkers,          ///< all held
  kConnectionTable,  ///< nginx' own
  kStuck,            ///< connections wait for accept(2) and nothing above explains it
};

struct Saturation {
  std::string tier;
  Resource resource = Resource::kCpu;
  Rule rule = Rule::kOwnCeiling;
  Heat state = Heat::kCalm;
  std::optional<double> utilization_ratio;  ///< absent: only its consequences are seen
  std::optional<double> used, capacity;     ///< in the resource's own unit
  double full_at = 1;                       ///< the threshold it is measured by
  std::string bound;                        ///< of CPU: what the capacity is made of
  bool event = false;                       ///< something that happened, no level: it need not last
  std::string why;                          ///< for people
  bool operator==(const Saturation&) const = default;
};

/// The ones that were hot at the last judgement: they stay so until `leave_margin` lower.
using HotSet = std::set<TierResource>;

/// Every tier that runs × every resource about which something is known. Order: by tier, then
/// resource, whatever the order of `input`. Pure; cost: some microseconds.
std::vector<Saturation> assess(const JudgeInput& input, const ThresholdTable& thresholds,
                               const HotSet& before);

/// run delay / (run + run delay) of the tier's threads; absent when it is not known or means
/// nothing: below 0.05 cores of run, idle tiers show 0.3 to 0.7.
std::optional<double> run_delay_ratio(const TierFacts& tier);
/// The largest share of samples in which one of its listeners had a queue; absent when none is
/// known.
std::optional<double> queued_ratio(const TierFacts& tier);
/// Share of its workers that are held; absent when not known, or for a tier without such workers.
std::optional<double> held_ratio(const TierFacts& tier);
/// A pool that answers one request per worker, of a size it chooses itself.
bool is_pool(const TierFacts& tier);
/// True when ratio is at `full`, or 10 points (`leave_margin`) below and it was there before.
bool is_full(double ratio, double full, bool was_hot, const Thresholds& thresholds);

}  // namespace tierwatch
