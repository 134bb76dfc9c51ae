// SPDX-License-Identifier: MIT
#include "analysis/load/level_cuts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "analysis/stats/estimate.h"

namespace tierwatch {
namespace {

double mean_value(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
}

constexpr double kSteadySlope = 0.10;  ///< of its mean, from the begin of a plateau to its end
constexpr double kMixed = 0.05;        ///< of the median

/// Cuts a row of values where its mean changes: the cut of least squares, each cut at a price.
/// Prefix sums make the squares of any stretch one subtraction; the best cut up to each place
/// follows from the best ones before it.
class Cutter {
 public:
  explicit Cutter(const std::vector<double>& values) : sums_(1, 0), squares_(1, 0) {
    for (const double value : values) {
      sums_.push_back(sums_.back() + value);
      squares_.push_back(squares_.back() + value * value);
    }
  }

  std::vector<Stretch> cut(double price, std::size_t shortest) const {
    const std::size_t count = sums_.size() - 1;
    std::vector<double> best(count + 1, std::numeric_limits<double>::infinity());
    std::vector<std::size_t> from(count + 1, 0);
    best[0] = -price;
    for (std::size_t end = shortest; end <= count; ++end)
      for (std::size_t begin = 0; begin + shortest <= end; ++begin)
        if (const double cost = best[begin] + squares(begin, end) + price; cost < best[end]) {
          best[end] = cost;
          from[end] = begin;
        }
    std::vector<Stretch> stretches;
    for (std::size_t end = count; end > 0; end = from[end])
      stretches.push_back({from[end], end, mean(from[end], end)});
    std::ranges::reverse(stretches);
    return stretches;
  }

  double mean(std::size_t begin, std::size_t end) const {
    return (sums_[end] - sums_[begin]) / static_cast<double>(end - begin);
  }

 private:
  double squares(std::size_t begin, std::size_t end) const {
    const double sum = sums_[end] - sums_[begin];
    return std::max(0.0, squares_[end] - squares_[begin] - sum * sum / double(end - begin));
  }
  std::vector<double> sums_, squares_;
};

/// Variance of what is left when slow changes are taken away: from differences of neighbours, by
/// their median, so that steps do not count.
double noise_variance(const std::vector<double>& values) {
  std::vector<double> differences;
  for (std::size_t i = 1; i < values.size(); ++i)
    differences.push_back(std::abs(values[i] - values[i - 1]));
  const double median = quantile(differences, 0.5).value_or(0);
  const double deviation = median / 0.6745 / std::sqrt(2.0);
  return deviation * deviation;
}

void join_equal_levels(std::vector<Stretch>& stretches, const Cutter& cutter) {
  for (std::size_t i = 1; i < stretches.size();) {
    const double before = stretches[i - 1].mean, now = stretches[i].mean;
    if (std::abs(now - before) > kSameLevel * std::max(std::abs(now), std::abs(before))) {
      ++i;
      continue;
    }
    stretches[i - 1].last = stretches[i].last;
    stretches[i - 1].mean = cutter.mean(stretches[i - 1].first, stretches[i - 1].last);
    stretches.erase(stretches.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace

std::vector<Stretch> levels(const std::vector<double>& values, double seconds) {
  if (values.empty()) return {};
  const Cutter cutter(values);
  const double top = *std::ranges::max_element(values);
  // Neighbouring seconds resemble each other, so differences understate the noise: hence the six.
  const double variance = std::max(6 * noise_variance(values), 1e-4 * top * top);
  const double price = 2 * variance * std::log(static_cast<double>(values.size()) + 1);
  const std::size_t shortest = std::min<std::size_t>(
      values.size(), std::max<std::size_t>(1, std::size_t(std::ceil(2 / seconds))));
  auto stretches = cutter.cut(price, shortest);
  join_equal_levels(stretches, cutter);
  return stretches;
}

Stretch without_mixed_ends(const std::vector<double>& values, Stretch stretch) {
  constexpr std::size_t kShort = 4;
  if (stretch.size() <= kShort) return stretch;
  const auto begin = values.begin() + std::ptrdiff_t(stretch.first);
  const auto end = values.begin() + std::ptrdiff_t(stretch.last);
  const double median = *quantile({begin, end}, 0.5);
  const auto mixed = [&](double value) { return std::abs(value - median) > kMixed * median; };
  if (mixed(values[stretch.last - 1])) --stretch.last;
  if (mixed(values[stretch.first])) ++stretch.first;
  stretch.mean = std::accumulate(values.begin() + std::ptrdiff_t(stretch.first),
                                 values.begin() + std::ptrdiff_t(stretch.last), 0.0) /
                 double(stretch.size());
  return stretch;
}

bool stands_still(const std::vector<double>& values, double seconds, const Stretch& stretch) {
  if (double(stretch.size()) * seconds < kShortestPlateau || stretch.mean <= 0) return false;
  if (stretch.size() < 4) return true;
  std::vector<LinePoint> points;
  for (std::size_t i = stretch.first; i < stretch.last; ++i)
    points.push_back({double(i), values[i], 1});
  const auto line = fit_line(points);
  if (!line) return true;
  const double rise = line->slope.value * double(stretch.size());
  const bool certain = line->slope.low > 0 || line->slope.high < 0;
  return !certain || std::abs(rise) < kSteadySlope * stretch.mean;
}

std::size_t warm_up(std::span<const double> values) {
  std::size_t best = 0;
  double least = std::numeric_limits<double>::infinity();
  double sum = 0, squares = 0;
  for (std::size_t left = values.size(), count = 1; left-- > 0; ++count) {
    sum += values[left];
    squares += values[left] * values[left];
    if (left > values.size() / 2) continue;
    const double n = double(count);
    const double error = std::max(0.0, squares / n - sum / n * sum / n) / n;
    if (error < least * (1 - 1e-9)) {
      least = error;
      best = left;
    }
  }
  if (best == 0) return 0;
  const double cold = mean_value(values.first(best)), warm = mean_value(values.subspan(best));
  return std::abs(cold - warm) > kSameLevel * std::abs(warm) ? best : 0;
}

}  // namespace tierwatch
