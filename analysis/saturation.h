// SPDX-License-Identifier: MIT
//
// How full each tier is of each resource, and since which level it counts as full. What is full is
// not yet what limits: verdict.h picks the one that does.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "analysis/capacity.h"
#include "analysis/judge_input.h"
#include "analysis/resource.h"

namespace tierwatch {

/// From where on something is full. Ratios, 0 to 1.
struct Thresholds {
  double cpu = 0.90;               ///< of the tier's own ceiling: cpu, thread, quota
  double event_loop = 0.95;        ///< of a core, for one event loop among several
  double host_cpu = 0.90;          ///< of the host's cores, by all together
  double cpu_share = 0.40;         ///< of what is used on a full host, to be the one that fills it
  double run_delay = 0.20;         ///< of the time its threads could run: they waited for a CPU
  double fds = 0.95;               ///< of the soft limit, worst process
  double memory = 0.90;            ///< of the cgroup's limit
  double host_memory = 0.95;       ///< of the host's memory not available
  double connections = 0.95;       ///< of what applications may open
  double connection_table = 0.85;  ///< of worker_connections × workers
  double workers = 0.95;           ///< held
  double queued = 0.45;            ///< share of samples with an accept queue
  double lock_waiting = 0.50;      ///< share of Postgres' active backends
  double disk_waiting = 0.50;      ///< share of its busy processes
  double disk_busy = 0.90;         ///< of the time, for the busiest device
  double io_pressure = 0.10;       ///< of the time
  double leave_margin = 0.10;      ///< what is full stays so until it is this much lower
  double warm_margin = 0.20;       ///< warm begins this much below full
};

/// Thresholds of all tiers, and of those that have their own.
struct ThresholdTable {
  Thresholds all;
  std::map<std::string, Thresholds> tiers;
  const Thresholds& of(const std::string& tier) const {
    const auto found = tiers.find(tier);
    return found == tiers.end() ? all : found->second;
  }
};

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
