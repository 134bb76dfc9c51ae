// SPDX-License-Identifier: MIT
#include "analysis/stats/estimate.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>

namespace tierwatch {
namespace {

/// In double alone: long double would double the work of the compiler and change no digit that is
/// shown.
using StudentsT = boost::math::students_t_distribution<
    double, boost::math::policies::policy<boost::math::policies::promote_double<false>>>;

constexpr double kOutside = 0.05;  ///< probability that is left outside of an interval
constexpr double kMostCorrelated = 0.9;

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// As how many independent values `count` neighbours with this correlation are worth.
double worth(double count, double correlation) {
  const double rho = std::clamp(correlation, 0.0, kMostCorrelated);
  return std::max(2.0, count * (1 - rho) / (1 + rho));
}

/// A few values show less correlation than there is: about (1 + 4ρ) / n less (Kendall).
double unbiased_correlation(std::span<const double> values) {
  const double count = static_cast<double>(values.size());
  const double seen = lag_one_correlation(values);
  return count > 8 ? std::min(kMostCorrelated, (seen * count + 1) / (count - 4)) : seen;
}

}  // namespace

double student_two_sided_p(double t, double degrees) {
  return 2 * cdf(complement(StudentsT(degrees), std::abs(t)));
}

double student_t(double p, double degrees) {
  return quantile(complement(StudentsT(degrees), p / 2));
}

double lag_one_correlation(std::span<const double> values) {
  if (values.size() < 4) return 0;
  const double mean = mean_of(values);
  double together = 0, alone = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    alone += (values[i] - mean) * (values[i] - mean);
    if (i > 0) together += (values[i] - mean) * (values[i - 1] - mean);
  }
  return alone > 0 ? together / alone : 0;
}

std::optional<Estimate> mean_of_neighbours(std::span<const double> values) {
  if (values.empty()) return std::nullopt;
  const double mean = mean_of(values);
  if (values.size() == 1) return Estimate{mean, mean, mean};
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double count = static_cast<double>(values.size());
  const double independent = worth(count, unbiased_correlation(values));
  const double error = std::sqrt(squares / (count - 1) / independent);
  const double reach = error * student_t(kOutside, independent - 1);
  return Estimate{mean, mean - reach, mean + reach};
}

std::optional<LineFit> fit_line(std::span<const LinePoint> points) {
  double weights = 0, x_sum = 0, y_sum = 0;
  for (const LinePoint& point : points) {
    weights += point.weight;
    x_sum += point.weight * point.x;
    y_sum += point.weight * point.y;
  }
  if (points.size() < 3 || weights <= 0) return std::nullopt;
  const double x_mean = x_sum / weights, y_mean = y_sum / weights;
  double xx = 0, xy = 0, yy = 0;
  for (const LinePoint& point : points) {
    xx += point.weight * (point.x - x_mean) * (point.x - x_mean);
    xy += point.weight * (point.x - x_mean) * (point.y - y_mean);
    yy += point.weight * (point.y - y_mean) * (point.y - y_mean);
  }
  if (xx <= 1e-12 * weights * x_mean * x_mean || xx <= 0) return std::nullopt;
  const double slope = xy / xx;
  std::vector<double> left_over;
  double squares = 0;
  for (const LinePoint& point : points) {
    const double residual = point.y - y_mean - slope * (point.x - x_mean);
    left_over.push_back(residual * std::sqrt(point.weight));
    squares += point.weight * residual * residual;
  }
  const double count = static_cast<double>(points.size());
  const double independent = std::max(3.0, worth(count, lag_one_correlation(left_over)));
  // Weights say how the variance is shared out, not what it is: that is learnt from the residuals.
  const double variance = squares / (count - 2) * (count / independent);
  LineFit fit;
  fit.x_mean = x_mean;
  fit.slope_error = std::sqrt(variance / xx);
  const double t = student_t(kOutside, independent - 2);
  const double intercept = y_mean - slope * x_mean;
  const double intercept_error = std::sqrt(variance * (1 / weights + x_mean * x_mean / xx));
  fit.slope = {slope, slope - t * fit.slope_error, slope + t * fit.slope_error};
  fit.intercept = {intercept, intercept - t * intercept_error, intercept + t * intercept_error};
  fit.r_squared = yy > 0 ? 1 - squares / yy : 1;
  return fit;
}

std::optional<double> quantile(std::vector<double> values, double p) {
  if (values.empty()) return std::nullopt;
  std::ranges::sort(values);
  const double place = std::clamp(p, 0.0, 1.0) * static_cast<double>(values.size() - 1);
  const std::size_t below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

}  // namespace tierwatch
