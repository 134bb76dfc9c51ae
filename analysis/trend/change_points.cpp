// SPDX-License-Identifier: MIT
#include "analysis/trend/change_points.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace tierwatch {
namespace {

constexpr double kClip = 2.5;         ///< standard deviations
constexpr double kOfNormal = 1.4826;  ///< standard deviation / median absolute deviation

/// SplitMix64 (Steele, Lea & Flood 2014). The standard's engines are portable, but not what its
/// distributions and shuffle make of them: the same runs must give the same report everywhere.
class Shuffler {
 public:
  explicit Shuffler(std::uint64_t seed) : state_(seed) {}

  template <typename T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

 private:
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  /// The bias of a remainder is below 2⁻⁵⁰ for the few thousand values that a row may have.
  std::size_t below(std::size_t most) { return static_cast<std::size_t>(next() % most); }

  std::uint64_t state_;
};

double median_deviation(std::span<const double> values, double median) {
  std::vector<double> deviations;
  for (const double value : values) deviations.push_back(std::abs(value - median));
  return kOfNormal * quantile(std::move(deviations), 0.5).value_or(0);
}

std::vector<double> without_outliers(std::span<const double> values) {
  std::vector<double> clipped(values.begin(), values.end());
  const double median = quantile(clipped, 0.5).value_or(0);
  const double reach = kClip * median_deviation(values, median);
  if (reach > 0)
    for (double& value : clipped) value = std::clamp(value, median - reach, median + reach);
  return clipped;
}

struct Split {
  std::size_t at = 0;
  double height = 0;  ///< |sum of the deviations until there|, over what chance makes of it
};

/// The place at which the means of both sides differ most, in units of their chance.
Split highest_split(std::span<const double> values, double mean, std::size_t shortest) {
  Split highest;
  const double count = double(values.size());
  double sum = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    sum += values[i - 1] - mean;
    if (i < shortest || values.size() - i < shortest) continue;
    const double before = double(i);
    const double height = std::abs(sum) / std::sqrt(before * (count - before) / count);
    if (height > highest.height) highest = {i, height};
  }
  return highest;
}

double row_mean(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / double(values.size());
}

class Divider {
 public:
  Divider(const ChangePointOptions& options, std::size_t size_of_row)
      : options_(options), size_of_row_(size_of_row), shuffler_(options.seed) {}

  /// Adds the changes within [first, first + values.size()).
  void divide(std::span<const double> values, std::size_t first, std::vector<ChangePoint>& found) {
    if (values.size() < std::max(kFewestForChanges, 2 * options_.shortest)) return;
    const std::vector<double> clipped = without_outliers(values);
    const double mean = row_mean(clipped);
    const Split split = highest_split(clipped, mean, options_.shortest);
    // Rounding makes a little of nothing.
    if (split.height <= 1e-9 * std::abs(mean)) return;
    const double difference = row_mean(std::span(clipped).subspan(split.at)) -
                              row_mean(std::span(clipped).first(split.at));
    if (std::abs(difference) < options_.least_difference) return;
    const bool known = values.size() == size_of_row_ && options_.p_of_whole;
    const double allowed =
        known ? options_.false_alarms : options_.false_alarms / double(options_.rows_together);
    const double p =
        known ? *options_.p_of_whole : probability(clipped, mean, split.height, allowed);
    if (p > allowed) return;
    divide(values.first(split.at), first, found);
    found.push_back({.at = first + split.at, .p = p, .difference = {}});
    divide(values.subspan(split.at), first + split.at, found);
  }

 private:
  /// How often another order is as high. Ends as soon as it is clear that there is no change.
  double probability(std::vector<double> values, double mean, double height, double allowed) {
    const double all = double(options_.permutations) + 1;
    std::size_t as_high = 0;
    for (std::size_t i = 0; i < options_.permutations; ++i) {
      shuffler_.shuffle(values);
      if (highest_split(values, mean, options_.shortest).height >= height * (1 - 1e-12)) ++as_high;
      if (double(as_high + 1) / all > allowed) return 1;
    }
    return double(as_high + 1) / all;
  }

  const ChangePointOptions& options_;
  std::size_t size_of_row_;
  Shuffler shuffler_;
};

/// The known values of a row with mean 0 and variance 1, so that rows can be compared, by run.
class ScaledRow {
 public:
  ScaledRow(std::span<const std::optional<double>> row, std::size_t shortest)
      : shortest_(shortest) {
    std::vector<double> known;
    for (std::size_t run = 0; run < row.size(); ++run)
      if (row[run]) known.push_back(*row[run]);
    if (known.size() < std::max(kFewestForChanges, 2 * shortest)) return;
    known = without_outliers(known);
    const double mean = row_mean(known);
    double squares = 0;
    for (const double value : known) squares += std::pow(value - mean, 2);
    const double scale = std::sqrt(squares / double(known.size()));
    if (scale <= 1e-9 * std::abs(mean)) return;
    auto next = known.begin();
    for (const auto& value : row)
      by_run_.push_back(value ? std::optional((*next++ - mean) / scale) : std::nullopt);
  }

  /// 0 where there is too little to split.
  double height(std::span<const std::size_t> order) {
    ordered_.clear();
    if (!by_run_.empty())
      for (const std::size_t run : order)
        if (by_run_[run]) ordered_.push_back(*by_run_[run]);
    return highest_split(ordered_, 0, shortest_).height;
  }

 private:
  std::size_t shortest_;
  std::vector<std::optional<double>> by_run_;
  std::vector<double> ordered_;
};

/// Mean and variance of the mean of a level.
struct RowLevel {
  double mean = 0, variance = 0, degrees = 1;
};

RowLevel row_level(std::span<const double> values) {
  const std::vector<double> clipped = without_outliers(values);
  RowLevel level{.mean = row_mean(clipped)};
  double squares = 0;
  for (const double value : clipped) squares += std::pow(value - level.mean, 2);
  const double count = double(clipped.size());
  level.degrees = std::max(1.0, count - 1);
  level.variance = squares / level.degrees / std::max(1.0, count);
  return level;
}

/// Welch's interval.
Estimate difference_of(const RowLevel& before, const RowLevel& after) {
  const double value = after.mean - before.mean, variance = before.variance + after.variance;
  const double parts = before.variance * before.variance / before.degrees +
                       after.variance * after.variance / after.degrees;
  const double degrees = parts > 0 ? std::max(1.0, variance * variance / parts) : 1;
  const double reach = variance > 0 ? student_t(0.05, degrees) * std::sqrt(variance) : 0;
  return {value, value - reach, value + reach};
}

}  // namespace

std::vector<ChangePoint> find_change_points(std::span<const double> values,
                                            const ChangePointOptions& options) {
  std::vector<ChangePoint> found;
  Divider(options, values.size()).divide(values, 0, found);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::size_t begin = i == 0 ? 0 : found[i - 1].at;
    const std::size_t end = i + 1 == found.size() ? values.size() : found[i + 1].at;
    const RowLevel before = row_level(values.subspan(begin, found[i].at - begin));
    const RowLevel after = row_level(values.subspan(found[i].at, end - found[i].at));
    found[i].before = before.mean;
    found[i].after = after.mean;
    found[i].difference = difference_of(before, after);
  }
  return found;
}

std::vector<double> probabilities_together(std::span<const std::vector<std::optional<double>>> rows,
                                           const ChangePointOptions& options) {
  std::vector<ScaledRow> scaled;
  for (const auto& row : rows) scaled.emplace_back(row, options.shortest);
  std::vector<std::size_t> order(rows.empty() ? 0 : rows.front().size());
  std::iota(order.begin(), order.end(), 0);
  std::vector<double> heights;
  for (ScaledRow& row : scaled) heights.push_back(row.height(order));
  std::vector<std::size_t> as_high(rows.size());
  Shuffler shuffler(options.seed);
  for (std::size_t i = 0; i < options.permutations; ++i) {
    shuffler.shuffle(order);
    double highest = 0;
    for (ScaledRow& row : scaled) highest = std::max(highest, row.height(order));
    for (std::size_t row = 0; row < rows.size(); ++row)
      as_high[row] += highest >= heights[row] * (1 - 1e-12);
  }
  std::vector<double> all;
  for (std::size_t row = 0; row < rows.size(); ++row)
    all.push_back(heights[row] > 0 ? double(as_high[row] + 1) / double(options.permutations + 1)
                                   : 1);
  return all;
}

double noise_within(std::span<const double> values, std::span<const ChangePoint> changes) {
  if (values.size() < 4) return 0;
  std::vector<double> rest;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= changes.size(); ++i) {
    const std::size_t end = i < changes.size() ? changes[i].at : values.size();
    const auto level = values.subspan(begin, end - begin);
    const double median = quantile({level.begin(), level.end()}, 0.5).value_or(0);
    for (const double value : level) rest.push_back(value - median);
    begin = end;
  }
  return median_deviation(rest, 0);
}

}  // namespace tierwatch
