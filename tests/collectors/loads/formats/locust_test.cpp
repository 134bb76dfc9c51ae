// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/load_files.h"

namespace tierwatch {
namespace {

using testing::HasSubstr;

constexpr std::string_view kHeader =
    "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,"
    "99.99%,100%,Total Request Count,Total Failure Count,Total Median Response Time,Total Average "
    "Response Time,Total Min Response Time,Total Max Response Time,Total Average Content Size\n";

std::string row(int at, int users, int requests, int failures, double mean, int p50 = 5,
                int max = 9) {
  const std::string p = std::to_string(p50) + ",";
  return std::to_string(1'700'000'000 + at) + "," + std::to_string(users) + ",,Aggregated,0,0," +
         p + p + p + p + p + p + p + p + p + p + std::to_string(max) + "," +
         std::to_string(requests) + "," + std::to_string(failures) + ",5," + std::to_string(mean) +
         ",1,9,3.0\n";
}

TEST(ImportLocust, TotalsOfARealRunEqualItsStatsFile) {
  for (const char* name : {"locust-2.43_stats_history.csv", "locust-2.43_stats.csv"}) {
    const LoadSeries series = import_load(load_fixture(name));
    EXPECT_EQ(series.tool, "locust");
    EXPECT_EQ(series.totals.requests, 5991);
    EXPECT_EQ(series.totals.errors, 1481);
    EXPECT_DOUBLE_EQ(series.totals.requests_per_second(), 166.3103687539493);
    EXPECT_DOUBLE_EQ(series.totals.mean_seconds.value(), 4.562942278750402e-3);
    EXPECT_DOUBLE_EQ(series.totals.p50_seconds.value(), 0.002);
    EXPECT_DOUBLE_EQ(series.totals.p99_seconds.value(), 0.009);
    EXPECT_EQ(series.points.size(), 36u);
  }
}

TEST(ImportLocust, PointsOfARealRunAddUpToItsTotalsAndShowItsSteps) {
  const LoadSeries series = import_load(load_fixture("locust-2.43_stats_history.csv"));
  double requests = 0, errors = 0;
  for (const LoadPoint& point : series.points) {
    requests += point.requests;
    errors += point.errors;
  }
  EXPECT_EQ(requests, 5991);
  EXPECT_EQ(errors, 1481);
  EXPECT_EQ(series.points.front().users, 5);
  EXPECT_EQ(series.points.back().users, 30);
}

TEST(ImportLocust, RatesAreDifferencesOfCountsNotLocustsLaggingOnes) {
  const LoadSeries series = import_text(std::string(kHeader) + row(0, 0, 0, 0, 0) +
                                        row(1, 4, 10, 0, 5) + row(2, 4, 40, 6, 8));
  ASSERT_EQ(series.points.size(), 2u);
  EXPECT_EQ(series.points[0].requests, 10);
  EXPECT_EQ(series.points[1].requests, 30);
  EXPECT_EQ(series.points[1].errors, 6);
  EXPECT_DOUBLE_EQ(series.points[1].mean_seconds.value(), (40 * 8 - 10 * 5) / 30.0 / 1e3);
  EXPECT_EQ(series.totals.requests, 40);
}

TEST(ImportLocust, QuantilesSinceTheStartAreNotThoseOfAPoint) {
  const std::string rows = std::string(kHeader) + row(0, 1, 0, 0, 0) + row(1, 1, 10, 0, 5, 5, 9);
  EXPECT_EQ(import_text(rows + row(2, 1, 20, 0, 5, 6, 12)).points[1].p50_seconds, std::nullopt);
  EXPECT_EQ(import_text(rows + row(2, 1, 20, 0, 5, 6, 7)).points[1].p50_seconds, 0.006);
}

TEST(ImportLocust, IdleTimeAtBothEndsIsNotTheRun) {
  std::string text(kHeader);
  text += row(0, 0, 0, 0, 0) + row(1, 0, 0, 0, 0) + row(2, 5, 10, 0, 5) + row(3, 0, 10, 0, 5);
  const LoadSeries series = import_text(text);
  EXPECT_EQ(series.points.size(), 1u);
  EXPECT_EQ(series.start->time_since_epoch(), std::chrono::seconds(1'700'000'001));
}

TEST(ImportLocust, OfALastRowWithoutNewlineOnlyTheContentSizeIsInDoubt) {
  std::string text =
      std::string(kHeader) + row(0, 2, 0, 0, 0) + row(1, 2, 10, 0, 5) + row(2, 2, 25, 3, 5);
  text.pop_back();
  EXPECT_EQ(import_text(text).totals.requests, 25);
  EXPECT_EQ(import_text(text).totals.errors, 3);
  text.resize(text.rfind(','));
  const LoadSeries cut = import_text(text);
  EXPECT_EQ(cut.totals.requests, 10);
  EXPECT_TRUE(warns_of(cut, "line 4 has no end"));
}

TEST(ImportLocust, StairsOfDistributedWorkersAreSmoothed) {
  std::string text(kHeader);
  for (int at = 0; at <= 12; ++at) text += row(at, 9, at / 3 * 30, 0, 5);
  const LoadSeries series = import_text(text);
  for (const LoadPoint& point : series.points) EXPECT_EQ(point.requests, 30) << point.begin.count();
  EXPECT_EQ(series.points.front().length, std::chrono::seconds(3));
}

TEST(ImportLocust, CountsThatAreResetGoOn) {
  const LoadSeries series = import_text(std::string(kHeader) + row(0, 1, 0, 0, 0) +
                                        row(1, 1, 100, 0, 5) + row(2, 1, 20, 0, 5));
  EXPECT_EQ(series.totals.requests, 120);
  EXPECT_TRUE(warns_of(series, "counts begin anew"));
}

TEST(ImportLocust, OfVersion014IsRead) {
  const LoadSeries series = import_text(
      "\"Type\",\"Name\",\"Timestamp\",\"# requests\",\"# failures\",\"Requests/s\",\"Requests "
      "Failed/s\",\"Median response time\",\"Average response time\",\"Min response time\",\"Max "
      "response time\",\"Average Content Size\",\"50%\",\"66%\",\"75%\",\"80%\",\"90%\",\"95%\","
      "\"98%\",\"99%\",\"99.9%\",\"99.99%\",\"99.999\",\"100%\"\n"
      "\"None\",\"Aggregated\",\"1700000000\",0,0,0.00,0.00,0,0,0,0,0,\"N/A\"\n"
      "\"None\",\"Aggregated\",\"1700000002\",50,5,0.00,0.00,4,5,1,9,100,4,4,5,5,6,7,8,9,9,9,9,"
      "9\n");
  ASSERT_EQ(series.points.size(), 1u);
  EXPECT_EQ(series.points[0].length, std::chrono::seconds(2));
  EXPECT_EQ(series.points[0].requests, 50);
  EXPECT_EQ(series.points[0].users, std::nullopt);
}

TEST(ImportLocust, AStatsFileOfAnotherRunIsNotJoined) {
  const LoadFolder folder;
  folder.write(
      "a_stats.csv",
      "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,"
      "Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%\n"
      ",Aggregated,90000,0,5,5,1,9,3,100,0,5\n");
  const auto file = folder.write("a_stats_history.csv",
                                 std::string(kHeader) + row(0, 1, 0, 0, 0) + row(1, 1, 10, 0, 5));
  const LoadSeries series = import_load(file);
  EXPECT_EQ(series.totals.requests, 10);
  EXPECT_TRUE(warns_of(series, "of another run"));
}

/// Both files of a run, of which the totals are read: the history has 600 requests.
LoadSeries stats_with_history(const char* counts) {
  const LoadFolder folder;
  folder.write("a_stats_history.csv", std::string(kHeader) + row(0, 1, 0, 0, 0) +
                                          row(1, 1, 300, 50, 5) + row(2, 1, 600, 90, 5));
  return import_load(folder.write(
      "a_stats.csv",
      "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,"
      "Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%\n"
      ",Aggregated," +
          std::string(counts) + ",5,5,1,9,3,300,0,5\n"));
}

// Locust 2.12 loses the last seconds of its history.
TEST(ImportLocust, TotalsThatWereNamedHoldWhereTheHistoryBreaksOff) {
  const LoadSeries series = stats_with_history("900,150");
  EXPECT_EQ(series.totals.requests, 900);
  EXPECT_EQ(series.totals.errors, 150);
  EXPECT_EQ(series.points.size(), 2u);
  EXPECT_TRUE(warns_of(series, "ends early: it has 600 of 900 requests"));
  EXPECT_FALSE(warns_of(stats_with_history("620,90"), "ends early"));
}

TEST(ImportLocust, AHistoryOfAnotherRunIsNotThatOfTheTotals) {
  for (const char* counts : {"9000,150", "100,0"}) {
    const LoadSeries series = stats_with_history(counts);
    EXPECT_EQ(std::to_string(int(series.totals.requests)),
              std::string(counts).substr(0, std::string(counts).find(',')));
    EXPECT_TRUE(series.points.empty());
    EXPECT_TRUE(warns_of(series, "of another run"));
  }
}

TEST(ImportLocust, WhatWasDoneIsNotAdvised) {
  const std::string rows = std::string(kHeader) + row(0, 1, 0, 0, 0) + row(1, 1, 10, 0, 5);
  EXPECT_TRUE(warns_of(import_text(rows), "--csv-full-history writes"));
  std::string named = row(1, 1, 10, 0, 5);
  named.replace(named.find("Aggregated"), 10, "/cart");
  EXPECT_FALSE(warns_of(import_text(rows + named), "--csv-full-history writes"));
}

TEST(ImportLocust, RefusesWhatCannotBeRightWithItsLine) {
  const std::string header(kHeader);
  EXPECT_THAT(refusal_of(header), HasSubstr("no row \"Aggregated\""));
  EXPECT_TRUE(warns_of(import_text(header + row(9, 1, 1, 0, 1) + row(3, 1, 2, 0, 1)),
                       "line 3 is left out: time goes back by 6 s"));
  EXPECT_THAT(refusal_of(header + row(9, 1, 1, 3, 1)), HasSubstr("file:2: Timestamp"));
  EXPECT_THAT(refusal_of(header + row(0, 0, 0, 0, 0)), HasSubstr("no request in it"));
  EXPECT_THAT(refusal_of("Timestamp,Requests/s\n"), HasSubstr("file:1: columns"));
}

}  // namespace
}  // namespace tierwatch
