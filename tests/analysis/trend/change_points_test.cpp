// SPDX-License-Identifier: MIT
#include "analysis/trend/change_points.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

namespace tierwatch {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr int kRuns = 40, kRows = 200;
constexpr double kStep = 0.05;

/// Logarithms of what a request costs: runs differ by `noise`, and are dearer from `at` on.
std::vector<double> row(std::uint32_t seed, double noise, int at = kRuns, double step = kStep) {
  std::mt19937 random(seed);
  std::normal_distribution<double> of_run(0, noise);
  std::vector<double> values;
  for (int i = 0; i < kRuns; ++i)
    values.push_back(std::log(0.012) + of_run(random) + (i >= at ? std::log1p(step) : 0));
  return values;
}

/// Now and then a run goes wrong.
std::vector<double> rough_row(std::uint32_t seed, double noise, int at = kRuns) {
  std::mt19937 random(seed + 10'000);
  std::vector<double> values = row(seed, noise, at);
  for (double& value : values)
    if (random() % 20 == 0) value += random() % 2 == 0 ? 0.4 : -0.3;
  return values;
}

/// A change for the dearer, at most so many runs from where it is.
bool finds(const std::vector<double>& values, int at, int within = 3) {
  for (const ChangePoint& one : find_change_points(values, {}))
    if (std::abs(int(one.at) - at) <= within && one.after > one.before) return true;
  return false;
}

/// Of all rows.
template <typename Row>
double share_found(const Row& of_seed, int at, int within) {
  int found = 0;
  for (std::uint32_t seed = 0; seed < kRows; ++seed) found += finds(of_seed(seed), at, within);
  return double(found) / kRows;
}

TEST(ChangePoints, AStepOfFivePerCentInFortyNoisyRunsIsFoundInNineOfTen) {
  for (const int at : {10, 20, 30}) {
    EXPECT_GE(share_found([at](auto seed) { return row(seed, 0.02, at); }, at, 3), 0.9)
        << "with a noise of 2 %, at run " << at;
    // In more noise its place is less certain than that it is there.
    EXPECT_GE(share_found([at](auto seed) { return row(seed, 0.03, at); }, at, 10), 0.9)
        << "with a noise of 3 %, at run " << at;
  }
}

TEST(ChangePoints, ItIsFoundAlsoWhereSomeRunsWentWrong) {
  EXPECT_GE(share_found([](auto seed) { return rough_row(seed, 0.02, 20); }, 20, 5), 0.85);
}

TEST(ChangePoints, OfUnchangedRowsOneInTwentyHasOneAtMost) {
  int alarms = 0, rough_alarms = 0;
  for (std::uint32_t seed = 0; seed < kRows; ++seed) {
    alarms += !find_change_points(row(seed, 0.03), {.false_alarms = 0.04}).empty();
    rough_alarms += !find_change_points(rough_row(seed, 0.03), {.false_alarms = 0.04}).empty();
  }
  EXPECT_LE(alarms, kRows / 20);
  EXPECT_LE(rough_alarms, kRows / 20);
}

TEST(ChangePoints, SayWhereFromWhatAndToWhat) {
  std::vector<double> values;
  for (int i = 0; i < 20; ++i) values.push_back((i < 12 ? 10 : 11) + 0.1 * (i % 3));
  const auto found = find_change_points(values, {});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].at, 12u);
  EXPECT_NEAR(found[0].before, 10.1, 0.05);
  EXPECT_NEAR(found[0].after, 11.1, 0.05);
  EXPECT_LT(found[0].difference.low, 1);
  EXPECT_GT(found[0].difference.high, 1);
  EXPECT_GT(found[0].difference.low, 0.8);
  EXPECT_LE(found[0].p, 0.001);
}

TEST(ChangePoints, SeveralAreFoundInOrder) {
  std::vector<double> values;
  for (int i = 0; i < 45; ++i)
    values.push_back((i < 15 ? 10 : i < 30 ? 12 : 13.5) + 0.2 * ((i * 7) % 5));
  const auto found = find_change_points(values, {});
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].at, 15u);
  EXPECT_EQ(found[1].at, 30u);
}

TEST(ChangePoints, OneRunThatWentWrongIsNone) {
  std::vector<double> values(30, 10);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += 0.1 * double(i * 7 % 5);
  values[20] = 100;
  values.back() = 0;
  EXPECT_THAT(find_change_points(values, {}), IsEmpty());
}

TEST(ChangePoints, SmallerOnesThanAskedForAreNone) {
  EXPECT_THAT(find_change_points(row(1, 0.001, 20, 0.02), {}), SizeIs(1));
  EXPECT_THAT(find_change_points(row(1, 0.001, 20, 0.02), {.least_difference = 0.03}), IsEmpty());
}

TEST(ChangePoints, AFewValuesOrEqualOnesHaveNone) {
  EXPECT_THAT(find_change_points(std::vector<double>{1, 1, 1, 9, 9, 9, 9}, {}), IsEmpty());
  EXPECT_THAT(find_change_points(std::vector<double>(50, 0.1), {}), IsEmpty());
  EXPECT_THAT(find_change_points({}, {}), IsEmpty());
}

TEST(ChangePoints, TheSameRowGivesTheSameAnswer) {
  for (std::uint32_t seed = 0; seed < 20; ++seed)
    EXPECT_EQ(find_change_points(row(seed, 0.03, 20), {}),
              find_change_points(row(seed, 0.03, 20), {}));
}

TEST(ChangePoints, NoiseIsWhatIsLeftWithoutThem) {
  const auto values = row(3, 0.02, 20, 0.3);
  EXPECT_NEAR(noise_within(values, find_change_points(values, {})), 0.02, 0.008);
  EXPECT_GT(noise_within(values, {}), 0.08);
}

}  // namespace
}  // namespace tierwatch
