// SPDX-License-Identifier: MIT
//
// What grows with users, and the number of users at which it hits its wall: files, connections,
// memory. And the other way round: what was provided and never used.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/load/load_steps.h"
#include "analysis/load/run_sample.h"
#include "analysis/resource.h"
#include "analysis/stats/estimate.h"

namespace tierwatch {

/// A countable thing on its way to its limit.
struct LimitForecast {
  enum class Per {
    kUser,      ///< users of the load generator
    kUnderWay,  ///< requests under way, where users are not known
    kSecond,    ///< it grows with time at the same load: a leak, as far as this run tells
  };
  std::string tier;  ///< or kHostTier
  Resource resource = Resource::kFds;
  Per per = Per::kUser;
  Estimate growth;     ///< in the resource's unit, per `per`
  double highest = 0;  ///< seen in the run
  double limit = 0;
  /// Users, requests under way, or seconds from the end of the run, at which `limit` is reached.
  Estimate wall;
  std::string words;  ///< "nginx: 1.02 files per user; 1024 are open at about 990 users"
  bool operator==(const LimitForecast&) const = default;
};
/// "user", "request under way", "second".
std::string_view to_string(LimitForecast::Per per);

/// Forecasts whose growth is certain (its interval does not reach zero), nearest wall first; only
/// walls within ten times of what was seen. Pure.
std::vector<LimitForecast> forecast_limits(std::span<const LoadStep> steps,
                                           std::span<const RunSample> samples);

/// Something that was there and not needed, even in the busiest second.
struct Waste {
  std::string tier;         ///< or kHostTier
  std::string what;         ///< "workers", "cores", "memory", "fds", "connections"
  double provided = 0;      ///< cores, bytes, or a count
  double highest_used = 0;  ///< 99th percentile of the samples for workers and cores, else the peak
  std::optional<double> suggested;    ///< enough with a fifth to spare
  std::optional<double> saved_bytes;  ///< memory of the surplus, where it costs any
  std::string words;
  bool operator==(const Waste&) const = default;
};

/// What was provided at least twice over (workers: 1.2 times), largest surplus first. Pure.
std::vector<Waste> find_waste(std::span<const RunSample> samples);

}  // namespace tierwatch
