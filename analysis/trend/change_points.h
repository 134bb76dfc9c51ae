// SPDX-License-Identifier: MIT
//
// Where a row of noisy numbers, one for each run, changes its level. The maximum of the CUSUM over
// all places is compared with what it is when the same numbers stand in any other order (a
// permutation test: exact, whatever their distribution, as long as runs do not lean on each other);
// both sides of a change are then looked at for themselves, as in hierarchical divisive estimation
// (Matteson & James, "A Nonparametric Approach for Multiple Change Point Analysis of Multivariate
// Data", JASA 109, 2014, which MongoDB and others use for performance runs).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "analysis/stats/estimate.h"

namespace tierwatch {

struct ChangePoint {
  std::size_t at = 0;   ///< index of the first value of the new level
  double p = 1;         ///< that as much shows up in another order of the same values
  double before = 0;    ///< level until then, from the change before on
  double after = 0;     ///< level from then on, until the next change
  Estimate difference;  ///< after − before, 95 %
  bool operator==(const ChangePoint&) const = default;
};

struct ChangePointOptions {
  double false_alarms = 0.05;  ///< of unchanged rows, the share in which one is found
  std::size_t permutations = 1999;
  std::size_t shortest = 3;     ///< values of a level
  double least_difference = 0;  ///< smaller changes are none
  std::uint64_t seed = 1;       ///< the same row gives the same answer
  /// Where it was tested together with other rows (probabilities_together()): that the highest
  /// split of the whole row is chance. Absent: the row is tested by itself.
  std::optional<double> p_of_whole{};
  /// How many rows those are: the parts of one, which are tested alone, may give so many times
  /// fewer false alarms.
  std::size_t rows_together = 1;
};

/// Rows that are shorter are not looked at: in eight values, no order is rare enough.
inline constexpr std::size_t kFewestForChanges = 8;

/// In order. Values that lie further than 2.5 (robust) standard deviations from the median of their
/// level count as lying there: a single run that went wrong is no change, and hides none. Pure.
/// Cost: values × permutations for each level; 40 values take 2 ms.
std::vector<ChangePoint> find_change_points(std::span<const double> values,
                                            const ChangePointOptions& options = {});

/// For each of several rows of the same runs: that the highest split in any of them would be as
/// high as its own is, were the runs in another order (Westfall & Young, "Resampling-Based Multiple
/// Testing", 1993). Rows that move together so cost no certainty: eight runs can be enough. A value
/// that a run does not know is absent; rows of fewer than kFewestForChanges values get 1. Pure.
std::vector<double> probabilities_together(std::span<const std::vector<std::optional<double>>> rows,
                                           const ChangePointOptions& options = {});

/// Standard deviation of a row without what its changes contribute; robust. 0 for fewer than four.
double noise_within(std::span<const double> values, std::span<const ChangePoint> changes);

}  // namespace tierwatch
