// SPDX-License-Identifier: MIT
#include "collectors/loads/series/latency_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// From nanoseconds to hours, as many in each decade.
std::vector<std::int64_t> random_latencies(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> exponent(0, 13);
  std::vector<std::int64_t> values(count);
  for (auto& value : values) value = static_cast<std::int64_t>(std::pow(10, exponent(random)));
  return values;
}

TEST(LatencyHistogram, QuantilesAreWithinOnePercentOfTheTrueOnes) {
  auto values = random_latencies(20'000, 7);
  LatencyHistogram histogram;
  for (const auto value : values) histogram.add(nanoseconds(value));
  std::sort(values.begin(), values.end());
  for (int permille = 0; permille <= 1000; ++permille) {
    const double ratio = permille / 1000.0;
    const auto rank = std::max(1.0, std::ceil(ratio * static_cast<double>(values.size())));
    const double truth = static_cast<double>(values[static_cast<std::size_t>(rank) - 1]) / 1e9;
    EXPECT_NEAR(histogram.quantile_seconds(ratio).value(), truth, truth * 0.01) << ratio;
  }
}

TEST(LatencyHistogram, MergedEqualsCountedTogether) {
  LatencyHistogram one, other, both;
  for (const auto value : random_latencies(500, 1))
    one.add(nanoseconds(value)), both.add(nanoseconds(value));
  for (const auto value : random_latencies(500, 2))
    other.add(nanoseconds(value)), both.add(nanoseconds(value));
  one.merge(other);
  one.merge(LatencyHistogram{});
  EXPECT_EQ(one.count(), both.count());
  EXPECT_EQ(one.max_seconds(), both.max_seconds());
  EXPECT_NEAR(one.mean_seconds().value(), both.mean_seconds().value(), 1e-9);
  for (int percent = 0; percent <= 100; ++percent)
    EXPECT_EQ(one.quantile_seconds(percent / 100.0), both.quantile_seconds(percent / 100.0));
}

TEST(LatencyHistogram, MeanAndGreatestAreExactAndAValueAloneIsItsQuantiles) {
  LatencyHistogram histogram;
  histogram.add(milliseconds(203));
  EXPECT_DOUBLE_EQ(histogram.mean_seconds().value(), 0.203);
  EXPECT_DOUBLE_EQ(histogram.max_seconds().value(), 0.203);
  EXPECT_DOUBLE_EQ(histogram.quantile_seconds(0.5).value(), 0.203);
}

TEST(LatencyHistogram, WithoutLatenciesAllIsAbsent) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.mean_seconds(), std::nullopt);
  EXPECT_EQ(histogram.max_seconds(), std::nullopt);
  EXPECT_EQ(histogram.quantile_seconds(0.5), std::nullopt);
}

TEST(LatencyHistogram, TakesTheLeastAndTheGreatestTimes) {
  LatencyHistogram histogram;
  histogram.add(nanoseconds::min());
  histogram.add(nanoseconds(0));
  histogram.add(nanoseconds::max());
  EXPECT_EQ(histogram.quantile_seconds(0.5), 0);
  EXPECT_NEAR(histogram.quantile_seconds(1).value(), 9.22e9, 0.1e9);
}

}  // namespace
}  // namespace tierwatch
