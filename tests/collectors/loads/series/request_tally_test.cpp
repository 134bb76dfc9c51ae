// SPDX-License-Identifier: MIT
#include "collectors/loads/series/request_tally.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tierwatch {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

LoadSeries written(RequestTally& tally) {
  LoadSeries series;
  tally.write_to(series, true);
  return series;
}

TEST(RequestTally, TheOrderOfRequestsDoesNotMatter) {
  std::vector<RequestRow> rows;
  for (int i = 0; i < 500; ++i)
    rows.push_back({milliseconds(1'000'300 + i * 37), milliseconds(1'000'300 + i * 37 + i % 400),
                    i % 7 == 0, 10.0});
  RequestTally in_order(RequestTally::Users::kInFlight);
  for (const auto& row : rows) EXPECT_EQ(in_order.add(row), nullptr);
  std::shuffle(rows.begin(), rows.end(), std::minstd_rand(1));
  RequestTally shuffled(RequestTally::Users::kInFlight);
  for (const auto& row : rows) EXPECT_EQ(shuffled.add(row), nullptr);
  EXPECT_EQ(written(in_order), written(shuffled));
}

TEST(RequestTally, RunsOfDaysGetLongerPointsAndLoseNothing) {
  RequestTally tally(RequestTally::Users::kInFlight);
  const int minutes = 3 * 24 * 60;
  for (int i = 0; i < minutes; ++i) {
    const auto begin = seconds(1'700'000'000) + std::chrono::minutes(i);
    ASSERT_EQ(tally.add({begin, begin + seconds(30)}), nullptr);
  }
  const LoadSeries series = written(tally);
  EXPECT_LE(series.points.size(), 4u * 3600);
  EXPECT_EQ(series.totals.requests, minutes);
  EXPECT_NEAR(series.totals.users.value(), 0.5, 0.001);
  double requests = 0;
  for (const LoadPoint& point : series.points) requests += point.requests;
  EXPECT_EQ(requests, minutes);
}

TEST(RequestTally, UsersThatComeAndGoAreAMeanOverEachPoint) {
  RequestTally tally(RequestTally::Users::kSteps);
  tally.step_users(seconds(10), 1);
  tally.step_users(milliseconds(11'500), 1);
  tally.step_users(seconds(13), -1);
  EXPECT_EQ(tally.add({seconds(10), milliseconds(13'999)}), nullptr);
  const LoadSeries series = written(tally);
  ASSERT_EQ(series.points.size(), 4u);
  EXPECT_DOUBLE_EQ(series.points[0].users.value(), 1);
  EXPECT_DOUBLE_EQ(series.points[1].users.value(), 1.5);
  EXPECT_DOUBLE_EQ(series.points[2].users.value(), 2);
}

TEST(RequestTally, RequestsBeginInOneSecondAndEndInAnother) {
  RequestTally tally(RequestTally::Users::kSeen);
  tally.see_users(seconds(10), 5);
  EXPECT_EQ(tally.add({seconds(10), milliseconds(12'500)}), nullptr);
  EXPECT_EQ(tally.add({seconds(10), milliseconds(10'500)}), nullptr);
  EXPECT_EQ(tally.add({seconds(12), seconds(13)}), nullptr);
  EXPECT_EQ(tally.see_dropped(seconds(11), 7), nullptr);
  const LoadSeries series = written(tally);
  ASSERT_EQ(series.points.size(), 3u);
  EXPECT_EQ(series.points[0].started, 2);
  EXPECT_EQ(series.points[1].started, 0);
  EXPECT_EQ(series.points[2].started, 1);
  EXPECT_DOUBLE_EQ(series.points[0].under_way.value(), 1.5);
  EXPECT_DOUBLE_EQ(series.points[1].under_way.value(), 1);
  EXPECT_EQ(series.points[1].dropped, 7);
  EXPECT_EQ(series.totals.dropped, 7);
}

TEST(RequestTally, OfMeansOfSeveralItIsNotKnownWhenTheyBegan) {
  RequestTally tally;
  RequestRow row{seconds(10), seconds(11)};
  row.samples = 4;
  EXPECT_EQ(tally.add(row), nullptr);
  const LoadSeries series = written(tally);
  EXPECT_FALSE(series.points[0].started);
  EXPECT_FALSE(series.points[0].under_way);
  EXPECT_FALSE(series.points[0].dropped);
}

TEST(RequestTally, SliversAtTheEdgesJoinTheirNeighbours) {
  RequestTally tally;
  tally.add({milliseconds(990), milliseconds(995)});
  tally.add({milliseconds(1500), milliseconds(1600)});
  tally.add({milliseconds(2900), milliseconds(3100)});
  const LoadSeries series = written(tally);
  ASSERT_EQ(series.points.size(), 2u);
  EXPECT_EQ(series.points[0].begin, nanoseconds(0));
  EXPECT_EQ(series.points[0].length, milliseconds(1010));
  EXPECT_EQ(series.points[0].requests, 2);
  EXPECT_EQ(series.points[1].length, milliseconds(1100));
}

TEST(RequestTally, RefusesTimesThatCannotBeRight) {
  RequestTally tally;
  EXPECT_EQ(tally.add({hours(1000), hours(1000)}), nullptr);
  EXPECT_STREQ(tally.add({hours(1000), hours(999)}), "it ends before it begins");
  EXPECT_NE(tally.add({nanoseconds::min(), nanoseconds::max()}), nullptr);
  EXPECT_NE(tally.add({nanoseconds::max(), nanoseconds::max()}), nullptr);
  EXPECT_NE(tally.see_users(nanoseconds::max(), 1), nullptr);
  EXPECT_EQ(tally.requests(), 1u);
}

TEST(RequestTally, RunsThatLieDaysApartKeepTheirSeconds) {
  RequestTally tally(RequestTally::Users::kInFlight);
  tally.add({hours(1), hours(1)});  // a clock that was not set yet
  for (const int day : {300, 200})
    for (int i = 0; i < 20; ++i) {
      const auto begin = hours(24 * day) + seconds(i);
      ASSERT_EQ(tally.add({begin, begin + milliseconds(500), i < 3}), nullptr);
    }
  const LoadSeries series = written(tally);
  EXPECT_EQ(series.totals.requests, 40);
  EXPECT_EQ(series.totals.errors, 6);
  EXPECT_NEAR(series.totals.seconds, 39, 0.2);
  EXPECT_NEAR(series.totals.users.value(), 20.0 / 39, 0.01);
  EXPECT_DOUBLE_EQ(series.totals.mean_seconds.value(), 0.5);
  EXPECT_EQ(series.start->time_since_epoch(), hours(24 * 200));
  ASSERT_EQ(series.points.size(), 40u);
  EXPECT_EQ(series.points[20].begin, hours(24 * 100));
  EXPECT_EQ(series.points[20].length, seconds(1));
  ASSERT_EQ(series.warnings.size(), 1u);
  EXPECT_EQ(series.warnings[0], "1 rows lie more than a day from the others and are left out");
}

TEST(RequestTally, MoreRunsThanAFileHasAreRefused) {
  RequestTally tally;
  for (int i = 0; i < 16; ++i) EXPECT_EQ(tally.add({hours(i * 100), hours(i * 100)}), nullptr);
  EXPECT_NE(tally.add({hours(2000), hours(2000)}), nullptr);
}

TEST(RequestTally, APauseHasNoPointsAndThinkingDoes) {
  for (const bool thinks : {false, true}) {
    RequestTally tally(RequestTally::Users::kSeen);
    for (int i = 0; i < 20; ++i) {  // a request each 40 s, or two bursts of 10 s
      const auto begin = seconds(thinks ? i * 40 : i + (i < 10 ? 0 : 600));
      ASSERT_EQ(tally.add({begin, begin + milliseconds(900)}), nullptr);
      tally.see_users(begin + milliseconds(900), i < 10 ? 4 : 1);
    }
    const LoadSeries series = written(tally);
    EXPECT_NEAR(series.totals.seconds, thinks ? 761 : 20, 0.2) << thinks;
    EXPECT_EQ(series.points.size(), thinks ? 761u : 20u);
    if (thinks) continue;
    EXPECT_EQ(series.points[9].users, 4);
    EXPECT_EQ(series.points[10].users, 1) << "carried through";
    EXPECT_EQ(series.points[10].begin, seconds(610));
  }
}

TEST(RequestTally, WhatWaitsIsUnderWayAndNoPause) {
  RequestTally tally(RequestTally::Users::kSeen);
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(tally.add({seconds(i * 100), seconds(i * 100 + 90)}), nullptr);
    tally.see_users(seconds(i * 100 + 90), 2);
  }
  const LoadSeries series = written(tally);
  EXPECT_NEAR(series.totals.seconds, 390, 0.1);
  EXPECT_EQ(series.points[10].users, 1) << "in flight, before the first that tells";
  EXPECT_EQ(series.points[95].users, 2);
}

TEST(RequestTally, ARowOfManyCountsAsManyOfTheMeanLatency) {
  RequestTally tally;
  tally.add({.begin = seconds(1), .end = milliseconds(1100), .samples = 50, .failed_samples = 3});
  tally.add({.begin = seconds(2), .end = milliseconds(2100), .timed = false});
  const LoadSeries series = written(tally);
  EXPECT_EQ(series.totals.requests, 51);
  EXPECT_EQ(series.totals.errors, 3);
  EXPECT_DOUBLE_EQ(series.totals.mean_seconds.value(), 0.1);
  EXPECT_EQ(series.totals.p50_seconds, std::nullopt);
}

TEST(RequestTally, EdgesOfWholeSecondsAreEstimatedFromTheirShareOfRequests) {
  RequestTally tally;
  const int counts[] = {25, 100, 100, 100, 60};  // 0.25 + 3 + 0.6 s at 100/s
  for (int second = 0; second < 5; ++second)
    for (int i = 0; i < counts[second]; ++i)
      tally.add({seconds(second) + milliseconds(500), seconds(second) + milliseconds(501)});
  EXPECT_TRUE(tally.estimate_edges());
  EXPECT_NEAR(written(tally).totals.seconds, 3.85, 1e-6);
}

}  // namespace
}  // namespace tierwatch
