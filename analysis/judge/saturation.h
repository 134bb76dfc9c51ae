// SPDX-License-Identifier: MIT
//
// How full each tier is of each resource, and since which level it counts as full. What is full is
// not yet what limits: verdict.h picks the one that does.
#pragma once

#include <optional>
#include <vector>

#include "analysis/judge_input.h"
#include "analysis/thresholds.h"
#include "analysis/verdict.h"

namespace tierwatch {

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
std::optional<double> held_ratio(const TierFacts& tier, const Thresholds& thresholds = {});
/// A pool of connections to one address that takes nearly all local ports: it can have no more.
bool is_out_of_ports(const Saturation& pool, const HostFacts& host);
/// Of its processors, one of them or a quota of them.
bool is_cpu(Resource resource);
/// A pool that answers one request per worker, of a size it chooses itself.
bool is_pool(const TierFacts& tier);
/// No worker of it is free, and somebody waits for one.
bool is_short_of_workers(const TierFacts& tier, const Thresholds& thresholds);
/// True when ratio is at `full`, or 10 points (`leave_margin`) below and it was there before.
bool is_full(double ratio, double full, bool was_hot, const Thresholds& thresholds);

}  // namespace tierwatch
