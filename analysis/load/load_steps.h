// SPDX-License-Identifier: MIT
//
// A run cut into its steps of load, each with the steady stretch that may be judged: warm-up and
// the way from one level to the next tell of neither.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "analysis/load/run_sample.h"
#include "analysis/stats/estimate.h"
#include "collectors/loads/load_series.h"
#include "collectors/seconds.h"

namespace tierwatch {

/// Of the requests: failed ones cost something else, so a step with more of them teaches nothing.
inline constexpr double kManyErrors = 0.05;

struct LoadStep {
  enum class Kind {
    kPlateau,  ///< users (or, where unknown, throughput) stood still
    kRamp,     ///< a slice of a slow ramp, taken because there are no plateaus
    kWhole,    ///< all of a load generator's run: it tells no series
    kActivity  ///< told by the tiers' CPU time alone: nothing is known of the load
  };
  Kind kind = Kind::kPlateau;
  std::chrono::system_clock::time_point begin{}, end{};  ///< of the steady part, our clock
  double left_out_seconds = 0;                           ///< warm-up at its begin that was cut off
  bool short_data = false;  ///< too short for what is told of it to be trusted
  std::optional<double> users;
  std::optional<Estimate> requests_per_second;  ///< answered or failed
  std::optional<double> error_ratio;
  std::optional<double> mean_seconds, p50_seconds, p95_seconds, p99_seconds;
  std::size_t first_sample = 0, samples = 0;  ///< those wholly inside, in the run's samples

  double seconds() const { return seconds_of(end - begin); }
  /// Requests under way by Little's law, N = X·R; absent without latency.
  std::optional<double> under_way() const {
    if (!requests_per_second || !mean_seconds) return std::nullopt;
    return requests_per_second->value * *mean_seconds;
  }
  bool operator==(const LoadStep&) const = default;
};
/// "plateau", "ramp", "whole", "activity".
std::string_view to_string(LoadStep::Kind kind);

/// Steps in order of time. `load` may be null; `offset` is added to its stamps. With a series of
/// points: plateaus of users, else of throughput; slices of 10 s where there are only ramps. With
/// totals alone: one step for each run of the tool. Without load: stretches of `run` (of all
/// samples, when none lies wholly in it) in which the tiers used the same CPU. A step without a
/// sample of ours stays, with none. Pure; quadratic in at most 2,000 points.
std::vector<LoadStep> load_steps(const LoadSeries* load, std::chrono::nanoseconds offset,
                                 std::span<const RunSample> samples, const RunTime& run);

/// Samples that lie wholly in [begin, end], as first and count.
std::pair<std::size_t, std::size_t> samples_within(std::span<const RunSample> samples,
                                                   std::chrono::system_clock::time_point begin,
                                                   std::chrono::system_clock::time_point end);

}  // namespace tierwatch
