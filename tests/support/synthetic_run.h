// SPDX-License-Identifier: MIT
//
// A load run that never happened: a web stack as a queueing network whose answers are known, with
// the noise of real ones. What the analysis finds in it can be compared with the truth.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/load/run_sample.h"
#include "analysis/runs/run_findings.h"
#include "collectors/loads/load_series.h"

namespace tierwatch {

struct SyntheticTier {
  std::string name;           ///< of a tier of quiet_stack()
  double demand_seconds = 0;  ///< CPU per request
  double capacity_cores = 8;  ///< servers of its station
  double idle_cores = 0.01;   ///< used without load
};

struct SyntheticLoad {
  double users = 0;
  double seconds = 30;
};

struct SyntheticStack {
  std::vector<SyntheticTier> tiers = {{"nginx", 0.0005, 2, 0.01},
                                      {"uwsgi", 0.010, 4, 0.02},
                                      {"postgres", 0.002, 8, 0.03},
                                      {"redis", 0.0002, 1, 0.01}};
  double processors = 8;
  bool quota = false;       ///< uwsgi's capacity is a quota: it is not pinned
  double workers = 16;      ///< of uwsgi, which is pinned to its capacity
  double mail_seconds = 0;  ///< for which each request holds a worker and nobody works
  double think_seconds = 0.5;
  double inflation = 0;     ///< of demands, at a full tier: 0.1 is 10 % dearer
  double fds_per_user = 1;  ///< of the fullest nginx worker
  double errors_ratio = 0;
  std::vector<SyntheticLoad> steps = {{25}, {50}, {100}, {150}, {200}, {250}, {300}, {400}};
  double warm_up_seconds = 3;                      ///< of each step, in which throughput climbs
  double before_seconds = 10, after_seconds = 10;  ///< without load
  // Noise of seconds leans on its neighbour (AR(1)); a run as a whole is faster or slower, too.
  double noise = 0.03, correlation = 0.6, run_noise = 0.02, cpu_noise = 0.02;
  std::uint32_t seed = 1;
};

struct SyntheticRun {
  std::vector<RunSample> samples;  ///< one a second
  LoadSeries load;                 ///< with points and totals, by the same clock
  RunData data() const {
    return {.label = {.name = "synthetic"}, .samples = samples, .load = &load};
  }
};

/// Throughput with `users`, by mean value analysis: no noise.
double true_throughput(const SyntheticStack& stack, double users);
/// Lowest of capacity / demand over the tiers and of workers / time held.
double true_ceiling(const SyntheticStack& stack);

SyntheticRun synthetic_run(const SyntheticStack& stack);

}  // namespace tierwatch
