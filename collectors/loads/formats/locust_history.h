// SPDX-License-Identifier: MIT
//
// Points out of the counters that Locust writes down every second or two. Its own rates lag some
// seven seconds behind, so they are not used.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "collectors/loads/load_series.h"

namespace tierwatch {

/// A row "Aggregated": counted since the start of the run. Latencies in seconds.
struct LocustSnapshot {
  std::int64_t at = 0;  ///< seconds since 1970
  double requests = 0, failures = 0, mean_seconds = 0;
  std::optional<double> users;
  std::optional<double> p50_seconds, p95_seconds, p99_seconds, max_seconds;
};

/// Takes snapshots in order of time.
class LocustHistory {
 public:
  void add(const LocustSnapshot& snapshot);
  bool empty() const { return count_ == 0; }
  const LocustSnapshot& last() const { return last_; }
  /// Points and totals; idle seconds at both ends, and pauses of half a minute, are left
  /// out. Quantiles only if they are those
  /// of the last seconds, which shows in that the greatest latency also falls. Where workers report
  /// every three seconds only, points are three seconds long.
  /// `full`: it was written with --csv-full-history.
  void write_to(LoadSeries& series, bool full = false);

 private:
  struct Interval {
    std::int64_t begin = 0, end = 0;
    double requests = 0, failures = 0, latency_sum = 0;
    LocustSnapshot at_end;
  };
  static bool idle(const Interval& interval);
  void trim_idle_ends();
  void leave_out_pauses();
  void join_threes();
  LoadPoint point_of(const Interval& interval, std::int64_t start) const;

  std::vector<Interval> intervals_;
  LocustSnapshot first_, last_;
  std::uint64_t count_ = 0;
  bool sliding_ = false;
  double resets_ = 0;
};

}  // namespace tierwatch
