// SPDX-License-Identifier: MIT
#include "collectors/loads/joined_load.h"

#include <gmock/gmock.h>

#include "analysis/load/load_steps.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using Moment = std::chrono::system_clock::time_point;

const Moment kBegin{seconds(1'790'000'000)};

/// What wrk or ab prints: totals, without a course over time.
LoadSeries summary(int begin, double length, double users, double requests) {
  LoadSeries load{
      .tool = "wrk", .source = "wrk at " + std::to_string(begin), .start = kBegin + seconds(begin)};
  load.totals = {.requests = requests,
                 .seconds = length,
                 .users = users,
                 .mean_seconds = users * length / requests,
                 .p50_seconds = 0.01,
                 .p95_seconds = 0.02,
                 .max_seconds = 0.1 + begin};
  return load;
}

LoadSeries course(int begin, int length, double users, double rate) {
  LoadSeries load{
      .tool = "jmeter", .source = "a.jtl", .start = kBegin + std::chrono::seconds(begin)};
  for (int i = 0; i < length; ++i)
    load.points.push_back({.begin = seconds(i),
                           .requests = rate,
                           .errors = 1,
                           .users = users,
                           .mean_seconds = users / rate,
                           .p95_seconds = 2 * users / rate});
  load.totals = {.requests = rate * length,
                 .errors = double(length),
                 .seconds = double(length),
                 .users = users,
                 .mean_seconds = users / rate};
  return load;
}

LoadSeries joined(const std::vector<LoadSeries>& loads) {
  auto result = join_loads(loads);
  EXPECT_TRUE(std::holds_alternative<LoadSeries>(result)) << std::get<std::string>(result);
  return std::get<LoadSeries>(result);
}

std::string refusal(const std::vector<LoadSeries>& loads) {
  const auto result = join_loads(loads);
  return std::holds_alternative<std::string>(result) ? std::get<std::string>(result) : "";
}

double requests_in(const std::vector<LoadPoint>& points) {
  double sum = 0;
  for (const LoadPoint& point : points) sum += point.requests;
  return sum;
}

TEST(JoinLoads, OneStaysAsItIs) {
  const LoadSeries load = course(0, 10, 4, 100);
  EXPECT_EQ(joined({load}), load);
}

TEST(JoinLoads, SummariesOneAfterTheOtherAreStepsWithTheirOwnNumbers) {
  const LoadSeries load =
      joined({summary(20, 10, 4, 2000), summary(0, 10, 1, 600), summary(10, 10, 2, 1100)});
  ASSERT_EQ(load.points.size(), 3u);
  const auto steps = load_steps(&load, {}, {}, {});
  ASSERT_EQ(steps.size(), 3u);
  const std::pair<double, double> expected[] = {{1, 60}, {2, 110}, {4, 200}};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(steps[i].kind, LoadStep::Kind::kWhole);
    EXPECT_EQ(steps[i].users, expected[i].first);
    EXPECT_NEAR(steps[i].requests_per_second->value, expected[i].second, 1e-6);
    EXPECT_EQ(steps[i].begin, kBegin + seconds(10 * int(i)));
    EXPECT_EQ(steps[i].p95_seconds, 0.02);
  }
  EXPECT_EQ(load.totals.requests, 3700);
  EXPECT_NEAR(load.totals.seconds, 30, 1e-6);
  EXPECT_EQ(load.totals.max_seconds, 20.1);
  EXPECT_FALSE(load.totals.p95_seconds) << "of the whole it is not known";
}

TEST(JoinLoads, SummariesAtTheSameTimeAreAddedUp) {
  const LoadSeries load = joined({summary(0, 10, 4, 1000), summary(1, 10, 8, 2000)});
  ASSERT_EQ(load.points.size(), 1u);
  EXPECT_EQ(load.points[0].users, 12);
  EXPECT_EQ(load.points[0].requests, 3000);
  EXPECT_EQ(load.points[0].length, seconds(11));
  EXPECT_NEAR(*load.points[0].mean_seconds, 0.04, 1e-9);
}

TEST(JoinLoads, SummariesThatOverlapByRoundingStayApart) {
  LoadSeries second = summary(10, 10, 2, 1000);
  second.start = *second.start - std::chrono::milliseconds(20);
  const LoadSeries load = joined({summary(0, 10, 1, 500), second});
  ASSERT_EQ(load.points.size(), 2u);
  EXPECT_EQ(load.points[1].begin, load.points[0].begin + load.points[0].length);
}

TEST(JoinLoads, CoursesBesideEachOtherAreSummedSecondBySecond) {
  LoadSeries late = course(5, 10, 6, 300);
  late.start = *late.start + std::chrono::milliseconds(500);
  late.source = "b.jtl";
  const LoadSeries load = joined({course(0, 10, 4, 100), late});
  EXPECT_NEAR(requests_in(load.points), 4000, 1e-6);
  EXPECT_EQ(load.totals.requests, 4000);
  EXPECT_EQ(load.totals.errors, 20);
  EXPECT_NEAR(load.totals.seconds, 15.5, 1e-6);
  ASSERT_EQ(load.points.size(), 16u);
  EXPECT_NEAR(load.points[2].requests, 100, 1e-6);
  EXPECT_NEAR(load.points[7].requests, 400, 1e-6);
  EXPECT_NEAR(*load.points[7].users, 10, 1e-6);
  EXPECT_NEAR(load.points[5].requests, 100 + 150, 1e-6) << "half a second of the second one";
  EXPECT_NEAR(*load.points[7].mean_seconds, (100 * 0.04 + 300 * 0.02) / 400, 1e-9);
  EXPECT_FALSE(load.points_are_runs);
}

TEST(JoinLoads, ASummaryBesideACourseIsSpreadOverItsTime) {
  const LoadSeries load = joined({course(0, 20, 4, 100), summary(5, 10, 2, 500)});
  EXPECT_NEAR(load.points[2].requests, 100, 1e-6);
  EXPECT_NEAR(load.points[9].requests, 150, 1e-6);
  EXPECT_NEAR(*load.points[9].users, 6, 1e-6);
  EXPECT_EQ(load.tool, "jmeter and wrk");
}

TEST(JoinLoads, UsersAreUnknownWhereOneDoesNotTellThem) {
  LoadSeries silent = course(10, 10, 4, 100);
  for (LoadPoint& point : silent.points) point.users.reset();
  const LoadSeries load = joined({course(0, 20, 4, 100), silent});
  EXPECT_EQ(load.points[5].users, 4);
  EXPECT_FALSE(load.points[15].users);
}

TEST(JoinLoads, ALongRunHasBoundedPoints) {
  const LoadSeries load = joined({summary(0, 86400, 4, 1e6), course(0, 100, 4, 100)});
  EXPECT_LE(load.points.size(), 14400u);
  EXPECT_NEAR(requests_in(load.points), 1e6 + 10000, 1);
}

TEST(JoinLoads, RefusesWhatCannotBeOneRun) {
  LoadSeries timeless = summary(0, 10, 1, 100);
  timeless.start.reset();
  EXPECT_THAT(refusal({course(0, 10, 1, 10), timeless}), HasSubstr("has no times of day"));
  EXPECT_THAT(refusal({course(0, 10, 1, 10), course(3 * 3600, 10, 1, 10)}),
              HasSubstr("2 h 59 m before"));
}

TEST(JoinLoads, ErrorsOfWhichAPartIsNotKnownAreNot) {
  LoadSeries ab = course(0, 20, 4, 100);
  EXPECT_TRUE(joined({course(0, 20, 4, 100), ab}).errors_known);
  ab.errors_known = false;
  EXPECT_FALSE(joined({course(0, 20, 4, 100), ab}).errors_known);
}

}  // namespace
}  // namespace tierwatch
