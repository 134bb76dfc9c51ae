// SPDX-License-Identifier: MIT
//
// Rates of single processes, and the extremes of a tier that a sum would hide.
#pragma once

#include <map>
#include <vector>

#include "analysis/facts/process_ledger.h"
#include "analysis/snapshot.h"

namespace tierwatch {

/// One sample per reading, in order. Processes of tiers are read at each tick and get the rate over
/// `elapsed`; others are read every few seconds: `outsiders` remembers their last reading and rate
/// between ticks, and forgets those gone.
std::vector<ProcessSample> process_samples(std::vector<ProcessReading> readings,
                                           const std::vector<ProcessGrowth>& growth,
                                           nanoseconds elapsed,
                                           std::map<pid_t, ProcessSample>& outsiders);

/// Adds one member to its tier and role: gauges, hottest process and thread, worst descriptor
/// ratio, oldest start.
void add_to_tier(std::vector<TierSample>& tiers, const ProcessSample& process);

}  // namespace tierwatch
