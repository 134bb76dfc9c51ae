// SPDX-License-Identifier: MIT
//
// Odd but true files (tests/fixtures/load/odd/README.md): what a user rightly expects of each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/load_files.h"

namespace tierwatch {
namespace {

using std::chrono::minutes;
using testing::IsEmpty;

LoadSeries odd(std::string_view name) {
  return import_load(load_fixture("odd/" + std::string(name)));
}

TEST(OddLoadFiles, OhasTextIsOhasWithItsUnits) {
  const LoadSeries series = odd("oha-ms.txt");
  EXPECT_EQ(series.tool, "oha");
  EXPECT_EQ(series.totals.requests, 200);
  EXPECT_EQ(series.totals.errors, 20);
  EXPECT_DOUBLE_EQ(series.totals.seconds, 2.0);
  EXPECT_DOUBLE_EQ(series.totals.mean_seconds.value(), 0.020);
  EXPECT_DOUBLE_EQ(series.totals.p50_seconds.value(), 0.019);
  EXPECT_DOUBLE_EQ(series.totals.p90_seconds.value(), 0.030);
  EXPECT_DOUBLE_EQ(series.totals.p95_seconds.value(), 0.040);
  EXPECT_DOUBLE_EQ(series.totals.p99_seconds.value(), 0.060);
  EXPECT_DOUBLE_EQ(series.totals.max_seconds.value(), 0.080);
}

TEST(OddLoadFiles, AutocannonsTextIsAutocannons) {
  const LoadSeries series = odd("autocannon-text.txt");
  EXPECT_EQ(series.tool, "autocannon");
  EXPECT_EQ(series.totals.requests, 280 + 5);
  EXPECT_EQ(series.totals.errors, 106 + 5);
  EXPECT_DOUBLE_EQ(series.totals.seconds, 3.04);
  EXPECT_EQ(series.totals.users, 2);
  EXPECT_DOUBLE_EQ(series.totals.mean_seconds.value(), 0.02093);
  EXPECT_DOUBLE_EQ(series.totals.p99_seconds.value(), 0.029);
  EXPECT_DOUBLE_EQ(series.totals.max_seconds.value(), 0.052);
}

TEST(OddLoadFiles, TwoDocumentsAreTwoSteps) {
  const LoadSeries series = odd("autocannon-two-documents.ndjson");
  EXPECT_EQ(series.tool, "autocannon");
  EXPECT_TRUE(series.points_are_runs);
  ASSERT_EQ(series.points.size(), 2u);
  EXPECT_EQ(series.points[0].requests, 188);
  EXPECT_EQ(series.points[0].errors, 72);
  EXPECT_EQ(series.points[1].requests, 380);
  EXPECT_EQ(series.points[1].errors, 58);
  EXPECT_EQ(series.points[1].users, 4);
}

TEST(OddLoadFiles, UsersThatAllWaitAreNotImpossible) {
  const LoadSeries one = odd("jmeter-1user-3x60s.jtl");
  EXPECT_EQ(one.totals.requests, 3);
  EXPECT_EQ(one.totals.errors, 3);
  EXPECT_NEAR(one.totals.seconds, 180.0, 0.05);
  EXPECT_NEAR(one.totals.users.value(), 1, 0.01);
  EXPECT_THAT(one.warnings, IsEmpty());
  const LoadSeries eight = odd("jmeter-504-60s-8users.jtl");
  EXPECT_EQ(eight.totals.requests, 24);
  EXPECT_EQ(eight.totals.errors, 24);
  EXPECT_NEAR(eight.totals.seconds, 180, 0.2);
  EXPECT_NEAR(eight.totals.users.value(), 8, 0.05);
  EXPECT_THAT(eight.warnings, IsEmpty());
  const LoadSeries k6 = odd("k6-timeouts.csv");
  EXPECT_EQ(k6.tool, "k6");
  EXPECT_EQ(k6.totals.requests, 24);
  EXPECT_EQ(k6.totals.errors, 24);
  EXPECT_NEAR(k6.totals.users.value(), 8, 0.2);
  EXPECT_THAT(k6.warnings, IsEmpty());
}

TEST(OddLoadFiles, JmeterOf2014NeedsNoHeader) {
  const LoadSeries series = odd("jmeter-2.11-no-header.jtl");
  EXPECT_EQ(series.totals.requests, 3);
  EXPECT_EQ(series.totals.errors, 1);
}

TEST(OddLoadFiles, AnAppendedRunIsNotOneWithThePauseInIt) {
  const LoadSeries series = odd("jmeter-appended.jtl");
  EXPECT_EQ(series.totals.requests, 80);
  EXPECT_LT(series.totals.seconds, 5);
  EXPECT_NEAR(series.totals.users.value(), 2, 0.1);
  const auto gap = std::ranges::adjacent_find(series.points, [](const auto& a, const auto& b) {
    return b.begin - (a.begin + a.length) > minutes(29);
  });
  EXPECT_NE(gap, series.points.end());
}

TEST(OddLoadFiles, RowsOfManySamplesCountAsMany) {
  const LoadSeries csv = odd("jmeter-statistical.jtl");
  EXPECT_EQ(csv.totals.requests, 1000);
  EXPECT_EQ(csv.totals.errors, 3);
  EXPECT_NEAR(csv.totals.mean_seconds.value(), 0.050, 1e-9);
  EXPECT_EQ(csv.totals.p99_seconds, std::nullopt);
  const LoadSeries xml = odd("jmeter-statistical.xml");
  EXPECT_EQ(xml.totals.requests, 200);
  EXPECT_EQ(xml.totals.errors, 3);
}

TEST(OddLoadFiles, ARowWithoutATimeIsAFailedRequest) {
  const LoadSeries series = odd("jmeter-timestamp-0.jtl");
  EXPECT_EQ(series.totals.requests, 10);
  EXPECT_EQ(series.totals.errors, 1);
  EXPECT_DOUBLE_EQ(series.totals.mean_seconds.value(), 0.050);
  EXPECT_TRUE(warns_of(series, "line 7 has no time"));
}

TEST(OddLoadFiles, TransactionsAreKnownByTheirSamples) {
  const LoadSeries series = odd("jmeter-unmarked-transaction.jtl");
  EXPECT_EQ(series.totals.requests, 8);
  EXPECT_NEAR(series.totals.seconds, 1.73, 0.011);
  EXPECT_TRUE(warns_of(series, "4 rows of transactions"));
}

TEST(OddLoadFiles, LocustsTotalNeedsNoNewline) {
  const LoadSeries series = odd("locust-0.9_requests.csv");
  EXPECT_EQ(series.tool, "locust");
  EXPECT_EQ(series.totals.requests, 300);
  EXPECT_EQ(series.totals.errors, 2);
  EXPECT_DOUBLE_EQ(series.totals.seconds, 60);
}

TEST(OddLoadFiles, WhatWrkDidNotMeasureIsNotZero) {
  const LoadSeries series = odd("wrk-no-latency.txt");
  EXPECT_EQ(series.totals.requests, 40);
  EXPECT_EQ(series.totals.errors, 40);
  EXPECT_NEAR(series.totals.seconds, 30.04, 0.01);
  EXPECT_EQ(series.totals.mean_seconds, std::nullopt);
  EXPECT_EQ(series.totals.p99_seconds, std::nullopt);
  EXPECT_EQ(series.totals.max_seconds, std::nullopt);
  EXPECT_TRUE(warns_of(series, "timeout 40"));
}

TEST(OddLoadFiles, ForbiddenCharactersInAnAnswerLoseNothing) {
  const LoadSeries series = odd("xml-control-char.jtl");
  EXPECT_EQ(series.totals.requests, 3);
  EXPECT_EQ(series.totals.errors, 1);
  EXPECT_TRUE(warns_of(series, "2 characters that XML forbids"));
}

}  // namespace
}  // namespace tierwatch
