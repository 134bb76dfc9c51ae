// SPDX-License-Identifier: MIT
//
// From where on something counts as full, and what a user may change about it: for all tiers, or
// for one.
#pragma once

#include <map>
#include <string>

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
  /// Of a tier, or of one of its servers.
  const Thresholds& of(const std::string& tier) const {
    const auto found = tiers.find(std::string(tier_part(tier)));
    return found == tiers.end() ? all : found->second;
  }
};

}  // namespace tierwatch
