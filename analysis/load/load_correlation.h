// SPDX-License-Identifier: MIT
//
// Where a load looks most like what the tiers did: throughput against their CPU time and busy
// workers, at any lag between two clocks.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/load/tier_activity.h"
#include "collectors/loads/load_series.h"

namespace tierwatch {

/// A total over time, linear between its points: rates over any stretch are exact differences.
class RunningTotal {
 public:
  /// Times must not fall.
  void add(double at, double amount);
  bool empty() const { return times_.size() < 2; }
  double begin() const { return times_.front(); }
  double end() const { return times_.back(); }
  double at(double time) const;

 private:
  std::vector<double> times_, totals_;
};

/// Requests ended, by the generator's clock, in seconds since its start.
RunningTotal requests_of(const LoadSeries& load);

struct ActivitySignal {
  std::string name;
  RunningTotal total;  ///< in seconds since the load's start, by our clock
};

/// What the tiers did: their CPU time, and the workers they held (which is all that is seen of
/// tiers that wait).
std::vector<ActivitySignal> signals_of(std::span<const TierActivity> activity,
                                       std::chrono::system_clock::time_point origin);

struct CorrelationPeak {
  double lag = 0;
  double height = -1;
  double rival = -1;     ///< best outside of its own hill
  bool at_edge = false;  ///< still climbing where the search ended
  double error = 1e9;    ///< two standard errors, seconds
  int quarter_hours = 0;
};

bool convincing(const CorrelationPeak& peak);
/// Why `peak` does not convince.
std::string doubt(const CorrelationPeak& peak);

struct FoundLag {
  CorrelationPeak peak;
  std::string signal;
};

/// The best peak over zones (whole quarters of an hour) and signals, `reach` seconds around each;
/// its rival may be in another zone.
FoundLag search_lag(const RunningTotal& requests, const std::vector<ActivitySignal>& signals,
                    bool only_zone_zero, double reach);

/// The peak at the stamps as they are, give or take two seconds, where the stretch of time that
/// they name, with its edges, looks as much like the load as the one that was found elsewhere. What
/// happened before or after that stretch counts for neither.
std::optional<FoundLag> found_as_stamped(const RunningTotal& requests,
                                         const std::vector<ActivitySignal>& signals,
                                         const FoundLag& elsewhere);

}  // namespace tierwatch
