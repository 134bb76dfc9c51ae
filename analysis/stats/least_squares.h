// SPDX-License-Identifier: MIT
//
// What several things cost each, from rows in which all of them happened at once.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "analysis/stats/estimate.h"

namespace tierwatch {

struct ColumnsFit {
  /// Largest over smallest singular value of the columns, each of length 1: 1 where each varies by
  /// itself; large where they rise and fall together, and nothing tells them apart.
  double condition = 0;
  std::vector<Estimate> coefficients;  ///< one for each column
};

/// Ordinary least squares without an intercept of `values` by `rows`, which all have the same
/// number of columns, in order of time: what is left over leans on its neighbours. Absent for fewer
/// than two rows more than columns, or a column without anything in it. Pure.
std::optional<ColumnsFit> fit_columns(std::span<const std::vector<double>> rows,
                                      std::span<const double> values);

}  // namespace tierwatch
