// SPDX-License-Identifier: MIT
#include "analysis/inside/request_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tierwatch {
namespace {

using namespace std::chrono_literals;

TEST(RequestFindings, QuantilesAreWithinOnePercentOfExactOnes) {
  EndpointTally tally;
  std::minstd_rand random(7);
  std::lognormal_distribution<double> drawn(3, 1);
  std::vector<double> exact;
  for (int i = 0; i < 20'000; ++i) {
    const auto time = std::chrono::milliseconds(static_cast<int>(drawn(random)) + 100);
    exact.push_back(std::chrono::duration<double>(time).count());
    const std::string target = "/order/" + std::to_string(i);
    tally.add(
        {.method = "GET", .target = target, .status = i % 50 == 0 ? 502u : 200u, .time = time});
  }
  tally.add({.method = "GET", .target = "/small", .status = 404, .time = 1ms});
  const RequestFindings found = find_requests(tally, 10);
  ASSERT_EQ(found.rows.size(), 2u);
  const EndpointFindings& first = found.rows[0];
  EXPECT_EQ(first.endpoint, "GET /order/<n>");
  EXPECT_EQ(first.requests, 20'000u);
  EXPECT_DOUBLE_EQ(first.per_second, 2000);
  EXPECT_DOUBLE_EQ(first.error_ratio.value(), 0.02);
  std::ranges::sort(exact);
  EXPECT_NEAR(first.time->p50 / exact[9'999], 1, 0.01);
  EXPECT_NEAR(first.time->p95 / exact[18'999], 1, 0.01);
  EXPECT_NEAR(first.time->p99 / exact[19'799], 1, 0.01);
  EXPECT_FALSE(first.upstream);
  EXPECT_DOUBLE_EQ(found.rows[1].error_ratio.value(), 0);  // 404 is no failure of the server
  EXPECT_EQ(found.all.requests, 20'001u);
}

TEST(RequestFindings, WhatTheLogDoesNotSayIsAbsent) {
  EndpointTally tally;
  tally.add({.target = "/a"});
  const RequestFindings found = find_requests(tally, 1);
  EXPECT_EQ(found.rows.at(0).endpoint, "/a");
  EXPECT_FALSE(found.all.error_ratio);
  EXPECT_FALSE(found.all.time);
  EXPECT_FALSE(found.rows.at(0).time_ratio);
}

TEST(RequestFindings, AreBoundedWhateverClientsAskFor) {
  EndpointTally tally;
  for (int i = 0; i < 60'000; ++i) {
    const std::string target = "/made-up-" + std::to_string(i) + "-x";
    tally.add({.method = "GET", .target = target, .status = 404});
  }
  EXPECT_LE(tally.rows().size(), EndpointTally::kMostEndpoints);
  const RequestFindings found = find_requests(tally, 1);
  EXPECT_EQ(found.rows.at(0).endpoint, "(other paths)");
  EXPECT_LE(found.rows.size(), kMostEndpointRows);
  tally.add({.method = "\x1b[2J", .target = "/"});
  EXPECT_EQ(find_requests(tally, 1).all.requests, 60'001u);
}

TEST(ProgressTally, SharesAndAges) {
  ProgressTally tally;
  const std::vector<RequestInProgress> both{{1, "GET /slow", 100s}, {2, "GET /fast", 109s}};
  tally.add(both, 110s);
  tally.add({both[0]}, 111s);
  const auto rows = tally.rows();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].endpoint, "GET /slow");
  EXPECT_NEAR(rows[0].ratio, 2.0 / 3, 1e-9);
  EXPECT_EQ(rows[0].oldest, 11s);
  EXPECT_EQ(tally.looks(), 2u);
  tally.add({{3, "GET /future", 500s}}, 111s);
  EXPECT_FALSE(tally.rows().back().oldest);
}

}  // namespace
}  // namespace tierwatch
