// SPDX-License-Identifier: MIT
//
// Numbers with the range they are believed to lie in, made from samples that lean on their
// neighbours: seconds of one run are not independent of each other, and an interval that forgets
// it is several times too narrow.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace tierwatch {

/// A value and its 95 % interval.
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
  bool operator==(const Estimate&) const = default;
};

/// Probability that |t| of Student's distribution is at least `t`: two-sided. `degrees` > 0.
double student_two_sided_p(double t, double degrees);
/// The |t| that is exceeded with probability `p`, 0 < p < 1: 2.26 for 0.05 and 9 degrees.
double student_t(double p, double degrees);

/// Correlation of each value with the next, about their mean; 0 for fewer than four values.
double lag_one_correlation(std::span<const double> values);

/// Mean of consecutive values with the interval that their autocorrelation leaves: the number of
/// values counts as n·(1−ρ)/(1+ρ). Absent for no value; of a single value the interval is empty.
std::optional<Estimate> mean_of_neighbours(std::span<const double> values);

struct LinePoint {
  double x = 0;
  double y = 0;
  double weight = 1;  ///< seconds, as a rule
};

struct LineFit {
  Estimate slope;
  Estimate intercept;
  double r_squared = 0;
  double x_mean = 0;
  double slope_error = 0;  ///< standard error
};

/// Weighted least squares; points in order of time, for what is left over leans on its neighbours,
/// too. Absent for fewer than three points or when x does not vary.
std::optional<LineFit> fit_line(std::span<const LinePoint> points);

/// The p-quantile (0 to 1) by linear interpolation; absent for no value.
std::optional<double> quantile(std::vector<double> values, double p);

}  // namespace tierwatch
