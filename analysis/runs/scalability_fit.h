// SPDX-License-Identifier: MIT
//
// Gunther's Universal Scalability Law fitted to a run's steps, where they carry it:
// X(N) = λN / (1 + σ(N−1) + κN(N−1)). σ is what queues, κ what thrashes.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "analysis/load/load_steps.h"
#include "analysis/stats/estimate.h"

namespace tierwatch {

struct ScalabilityFit {
  bool fitted = false;
  std::string words;  ///< what the coefficients say; when not fitted, why not
  std::string over;   ///< what N is: "requests under way" or "users"
  Estimate lambda;    ///< requests/s of one alone
  Estimate sigma, kappa;
  double r_squared = 0;
  double highest_n = 0;  ///< of the data: nothing is told beyond twice this
  /// N at which throughput is highest, and what it is there; absent when κ may be zero.
  std::optional<double> peak_n, peak_requests_per_second;

  /// λN / (1 + σ(N−1) + κN(N−1)).
  double requests_per_second(double n) const;
  bool operator==(const ScalabilityFit&) const = default;
};

/// Weighted non-linear least squares (Levenberg–Marquardt), λ free, σ and κ not negative, N by
/// Little's law where latency is known. Not fitted: fewer than six levels, a range of N below 4,
/// more than 5 % of errors, or a curve that does not describe the points. Pure.
ScalabilityFit fit_scalability(std::span<const LoadStep> steps);

}  // namespace tierwatch
