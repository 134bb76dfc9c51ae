// SPDX-License-Identifier: MIT
//
// The thresholds a user may change: their names in the file and what each may be. A new threshold
// is a row here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/thresholds.h"

namespace tierwatch {

struct ThresholdKey {
  std::string_view name;
  double Thresholds::*field = nullptr;
  double least = 0, most = 1;
  bool of_host = false;  ///< about the machine: no tier can have its own
};

/// What is full leaves at `leave_margin` below its threshold: so no threshold may be as low as the
/// widest margin, or it would never be left again.
inline constexpr double kWidestLeaveMargin = 0.15, kLeastFull = 0.2;

inline constexpr ThresholdKey kThresholdKeys[] = {
    {"cpu", &Thresholds::cpu, kLeastFull},
    {"event_loop", &Thresholds::event_loop, kLeastFull},
    {"host_cpu", &Thresholds::host_cpu, kLeastFull, 1, true},
    {"cpu_share", &Thresholds::cpu_share, 0.01},
    {"run_delay", &Thresholds::run_delay, 0.01},
    {"fds", &Thresholds::fds, kLeastFull},
    {"memory", &Thresholds::memory, kLeastFull},
    {"host_memory", &Thresholds::host_memory, kLeastFull, 1, true},
    {"connections", &Thresholds::connections, kLeastFull},
    {"connection_table", &Thresholds::connection_table, kLeastFull},
    {"workers", &Thresholds::workers, kLeastFull},
    {"queued", &Thresholds::queued, kLeastFull},
    {"lock_waiting", &Thresholds::lock_waiting, kLeastFull},
    {"disk_waiting", &Thresholds::disk_waiting, kLeastFull},
    {"disk_busy", &Thresholds::disk_busy, kLeastFull},
    {"io_pressure", &Thresholds::io_pressure, 0.01},
    {"leave_margin", &Thresholds::leave_margin, 0, kWidestLeaveMargin},
    {"warm_margin", &Thresholds::warm_margin, 0, 0.5},
};

/// What is wrong with a threshold; absent when nothing is.
std::optional<std::string> threshold_problem(const ThresholdKey& key, double value,
                                             bool of_one_tier);

/// The thresholds that were written at one place.
struct ThresholdsDraft {
  bool of_one_tier = false;
  std::vector<std::pair<double Thresholds::*, double>> set;

  /// Lays them over others.
  void apply(Thresholds& thresholds) const {
    for (const auto& [field, value] : set) thresholds.*field = value;
  }
};

}  // namespace tierwatch
