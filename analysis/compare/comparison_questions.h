// SPDX-License-Identifier: MIT
//
// What two groups of runs can be asked, and what each run answers: at loads that all of them had,
// else at their limits.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/runs/run_findings.h"

namespace tierwatch {

/// One value of one run, with the standard error it has within that run, relative to it.
struct RunValue {
  double value = 0;
  double relative_error = 0;
};
using Read = std::function<std::optional<RunValue>(const RunFindings&)>;

/// A measure yet to be read from the runs.
struct Question {
  std::string name, unit;
  std::optional<double> users;
  bool higher_is_better = true;
  double noise = 1;  ///< times of run_to_run_noise
  Read read;
};

/// Throughput and latency at each level of users that all runs have; where there is none, of the
/// busiest steps. Groups that are known to have had other loads are asked for neither, but for what
/// they answer at their limits. Then the ceiling, and what a request costs.
std::vector<Question> questions_for(std::span<const RunFindings> a, std::span<const RunFindings> b);

/// What is to be said of groups without a common level of users; else empty.
std::string unmatched_words(std::span<const RunFindings> a, std::span<const RunFindings> b);

}  // namespace tierwatch
