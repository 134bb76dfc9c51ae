// SPDX-License-Identifier: MIT
//
// Where a row of numbers changes its level, and where it stands still. Knows nothing of what the
// numbers are: users, throughput or CPU time.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tierwatch {

inline constexpr double kSameLevel = 0.05;     ///< levels that differ by less are one
inline constexpr double kShortestPlateau = 5;  ///< seconds

/// Values [first, last) of one level.
struct Stretch {
  std::size_t first = 0, last = 0;
  double mean = 0;
  std::size_t size() const { return last - first; }
  bool operator==(const Stretch&) const = default;
};

/// Cuts `values`, each `seconds` long, where their mean changes by more than 5 % and more than
/// noise would. Covers all of them, in order. Quadratic in their number.
std::vector<Stretch> levels(const std::vector<double>& values, double seconds);

/// The stretch without its first and its last value where these lie more than 5 % off the median:
/// the level changed somewhere within them. Short stretches stay as they are.
Stretch without_mixed_ends(const std::vector<double>& values, Stretch stretch);

/// True when a stretch is long enough (5 s) and does not climb or fall by 10 % on its way.
bool stands_still(const std::vector<double>& values, double seconds, const Stretch& stretch);

/// How many values at the begin are warm-up: cutting them off makes the mean of the rest most
/// certain (MSER, White 1997); at most a half of them. None where those are at the level of the
/// rest: what noise alone would cut off is no warm-up.
std::size_t warm_up(std::span<const double> values);

}  // namespace tierwatch
