// SPDX-License-Identifier: MIT
//
// Many runs of one load in the order of their time: which measure changed its level, by how much,
// and since which run.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/compare/run_comparison.h"
#include "analysis/runs/run_findings.h"
#include "analysis/trend/change_points.h"

namespace tierwatch {

struct TrendRun {
  std::string name;
  std::chrono::system_clock::time_point begin{};
  std::string bottleneck;       ///< "uwsgi cpu", "nothing on the server", "unknown"
  std::optional<double> users;  ///< of the busiest step
  std::string load_tool;
  /// Of the host's CPU in the busiest step: what neither tiers nor load generator used.
  std::optional<double> other_programs_ratio{};
  bool operator==(const TrendRun&) const = default;
};

struct TrendChange {
  std::size_t run = 0;  ///< index of the first run of the new level
  double p = 1;
  double before = 0, after = 0;
  /// after / before − 1 with its interval; of error ratios after − before.
  Estimate change;
  Change verdict = Change::kWorse;
  std::string words;  ///< "uwsgi CPU per request +7.1 % (+5.9 to +8.3 %) since run 31 of 40"
  bool operator==(const TrendChange&) const = default;
};

struct TrendSeries {
  std::string name;   ///< as in `compare`: "throughput", "demand.uwsgi"
  std::string title;  ///< for people: "uwsgi CPU per request"
  std::string unit;   ///< "/s", "s", "s/request", "ratio"
  bool higher_is_better = true;
  std::vector<std::optional<double>> values;  ///< one for each run
  std::vector<TrendChange> changes;           ///< in order
  double noise = 0;                           ///< of one run: a share; of error ratios a difference
  /// A change that would be found in nine of ten such rows, if it came in the middle; absent: there
  /// are too few runs for any.
  std::optional<double> findable;
  bool operator==(const TrendSeries&) const = default;
};

struct RunTrend {
  std::vector<TrendRun> runs;  ///< by their begin
  std::vector<TrendSeries> series;
  std::string sentence;               ///< first line
  std::vector<std::string> warnings;  ///< what makes it doubtful
  bool operator==(const RunTrend&) const = default;
};

struct TrendOptions {
  double false_alarms = 0.04;  ///< for all measures together: at most one row of runs in twenty
  double least_change = 0.01;  ///< a share; of error ratios a point
};

/// Throughput, latency, p95, p99 and errors of the busiest step, the ceiling, and the CPU that a
/// request costs each tier that has a twentieth of it. Measures that fewer than eight runs know are
/// left out. Pure.
RunTrend find_trend(std::span<const RunFindings> runs, const TrendOptions& options = {});

}  // namespace tierwatch
