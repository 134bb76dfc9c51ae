// SPDX-License-Identifier: MIT
#include "analysis/stats/estimate.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

namespace tierwatch {
namespace {

TEST(Student, QuantilesAreThoseOfTheTables) {
  EXPECT_NEAR(student_t(0.05, 1), 12.706, 0.001);
  EXPECT_NEAR(student_t(0.05, 9), 2.262, 0.001);
  EXPECT_NEAR(student_t(0.01, 8), 3.355, 0.001);
  EXPECT_NEAR(student_t(0.05, 1000), 1.962, 0.001);
  EXPECT_NEAR(student_two_sided_p(2.262, 9), 0.05, 1e-4);
  EXPECT_DOUBLE_EQ(student_two_sided_p(0, 5), 1);
}

std::vector<double> neighbours(std::size_t count, double rho, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values;
  double state = normal(random);
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back(100 + state);
    state = rho * state + std::sqrt(1 - rho * rho) * normal(random);
  }
  return values;
}

TEST(MeanOfNeighbours, IntervalHoldsTheTruthHoweverMuchTheyLean) {
  for (const double rho : {0.0, 0.5, 0.8}) {
    int inside = 0;
    for (std::uint32_t seed = 1; seed <= 400; ++seed) {
      const auto mean = mean_of_neighbours(neighbours(60, rho, seed));
      inside += mean->low <= 100 && 100 <= mean->high;
    }
    EXPECT_GE(inside, 360) << "correlation " << rho;
  }
}

TEST(MeanOfNeighbours, OneValueHasNoWidthAndNoneNoMean) {
  EXPECT_EQ(mean_of_neighbours(std::vector<double>{3}), (Estimate{3, 3, 3}));
  EXPECT_EQ(mean_of_neighbours({}), std::nullopt);
}

TEST(FitLine, ExactLineIsFound) {
  const LinePoint points[] = {{0, 1}, {1, 3}, {2, 5}, {3, 7}};
  const auto line = fit_line(points);
  ASSERT_TRUE(line);
  EXPECT_NEAR(line->slope.value, 2, 1e-12);
  EXPECT_NEAR(line->intercept.value, 1, 1e-12);
  EXPECT_NEAR(line->r_squared, 1, 1e-12);
}

TEST(FitLine, NeedsThreePointsAndASpread) {
  const LinePoint two[] = {{0, 1}, {1, 3}};
  EXPECT_FALSE(fit_line(two));
  const LinePoint same[] = {{5, 1}, {5, 3}, {5, 2}};
  EXPECT_FALSE(fit_line(same));
}

TEST(Quantile, IsBetweenItsNeighbours) {
  EXPECT_EQ(quantile({4, 1, 3, 2}, 0.5), 2.5);
  EXPECT_EQ(quantile({1, 2, 3}, 1), 3);
  EXPECT_EQ(quantile({}, 0.5), std::nullopt);
}

}  // namespace
}  // namespace tierwatch
