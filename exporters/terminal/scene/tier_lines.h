// SPDX-License-Identifier: MIT
//
// What a tier's line says, gathered from the parts of a snapshot. The table, the plain text and the
// sparklines all take it from here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/snapshot.h"
#include "exporters/terminal/screen/frame.h"

namespace tierwatch {

/// CPU of a tier against what it may use.
struct TierCpu {
  std::optional<double> used_cores;
  std::optional<double> capacity_cores;
  std::optional<double> ratio;
};

/// Of snapshot.tiers[tier]. The capacity is the least of its bounds (capacity.h) but that of a
/// single hot worker, which has a figure of its own; the host's processors where facts are missing.
TierCpu tier_cpu(const Snapshot& snapshot, std::size_t tier);

/// The worst first.
enum class TierState {
  kFull,  ///< named by the verdict
  kGone,  ///< had processes, has none
  kHot,   ///< full of something, but not what limits
  kWarm,  ///< near
  kCalm,
  kNever,    ///< watched, never seen
  kUnknown,  ///< no verdict yet
};

struct QueueLine {
  double length = 0;
  std::optional<double> limit;
};

struct TierLine {
  std::size_t tier = 0;  ///< index of Snapshot::tiers
  std::string name;
  TierState state = TierState::kUnknown;
  std::string badge;  ///< "FULL cpu", "warm fds", "ok", "gone", "?"
  unsigned processes = 0;
  TierCpu cpu;
  std::optional<double> hottest_cores;    ///< its most loaded thread or process
  std::optional<double> run_delay_cores;  ///< threads that wait for a processor
  bool delayed = false;                   ///< ... for a share of time that hurts
  std::optional<double> resident_bytes, anonymous_bytes;
  std::optional<double> memory_ratio;  ///< of its cgroup's limit
  std::optional<double> fd_ratio;      ///< worst process
  std::optional<QueueLine> queue;      ///< its fullest accept queue
  std::optional<double> busy_workers, workers;
  std::optional<double> connections;  ///< accepted and not yet closed
};

/// One for each tier of the snapshot that has, or had, or is expected to have processes, in their
/// order.
std::vector<TierLine> tier_lines(const Snapshot& snapshot);

/// How a state is drawn.
Ink ink_of(TierState state);
/// How a share of something that can be full is drawn.
Ink ink_of_ratio(std::optional<double> ratio, double full = 0.9);

}  // namespace tierwatch
