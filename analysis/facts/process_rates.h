// SPDX-License-Identifier: MIT
//
// Rates of single processes, and the extremes of a tier that a sum would hide.
#pragma once

#include <optional>
#include <vector>

#include "analysis/facts/process_ledger.h"
#include "analysis/snapshot.h"

namespace tierwatch {

/// The last reading of a process of no tier, and its rate.
struct OutsiderRate {
  ProcessId id;
  nanoseconds read_at{}, cpu{};
  std::optional<double> cores;
};

/// One sample per reading, in order, which is by pid. Processes of tiers are read at each tick and
/// get the rate over `elapsed`; others are read every few seconds: `outsiders` remembers them
/// between ticks, in the same order, and forgets those gone.
std::vector<ProcessSample> process_samples(std::vector<ProcessReading> readings,
                                           const std::vector<ProcessGrowth>& growth,
                                           nanoseconds elapsed,
                                           std::vector<OutsiderRate>& outsiders);

/// Adds one member to its tier and role: gauges, hottest process and thread, worst descriptor
/// ratio, oldest start.
void add_to_tier(std::vector<TierSample>& tiers, const ProcessSample& process);

}  // namespace tierwatch
