// SPDX-License-Identifier: MIT
//
// Poolers: each request has one of their connections, or waits for one.
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "analysis/judge/judge.h"
#include "tests/support/judge_cases.h"

namespace tierwatch {
namespace {

using testing::HasSubstr;
using testing::Pair;

Verdict verdict_of(const std::string& name) { return judge(judge_case(name).input()); }

TEST(Pooler, APoolerWhoseConnectionsAreKeptSaysThatNoneIsFree) {
  EXPECT_THAT(verdict_of("one request at a time waits in a pooler").sentence,
              HasSubstr("all 4 connections to postgres in use (its pool)"));
  EXPECT_THAT(verdict_of("sessions keep the connections of a pooler").sentence,
              HasSubstr("none of its 4 connections to postgres is free for 1 request in it"));
}

/// Confidence, and what is said of a pooler with these requests, connections and awaited answers.
std::pair<Confidence, std::string> said_of_pooler(const std::function<void(TierFacts&)>& change) {
  JudgeInput input =
      judge_case("quick requests through a pooler that has its connections all but free").input();
  change(tier_of(input, "pgbouncer"));
  const Verdict verdict = judge(input);
  EXPECT_EQ(named_by(verdict), "nothing") << verdict.sentence;
  const auto spot = std::ranges::find_if(
      verdict.blind_spots, [](const std::string& one) { return one.starts_with("pgbouncer: "); });
  return {verdict.confidence, spot == verdict.blind_spots.end() ? "" : *spot};
}

TEST(Pooler, APoolerInWhichRequestsMayWaitIsNotCertainlyFine) {
  EXPECT_EQ(said_of_pooler([](TierFacts&) {}), std::pair(Confidence::kHigh, std::string()));
  const auto two_sessions = [](TierFacts& pooler) {
    pooler.owed = 3;
    pooler.peers = {{{"postgres", true, 4, 2}}};
  };
  EXPECT_THAT(said_of_pooler(two_sessions),
              Pair(Confidence::kMedium, HasSubstr("requests wait in it (1), though not all")));
  const auto no_connection = [](TierFacts& pooler) { pooler.peers.emplace(); };
  EXPECT_THAT(said_of_pooler(no_connection), Pair(Confidence::kMedium, HasSubstr("no connection")));
  const auto unix_clients = [](TierFacts& pooler) { pooler.owed = pooler.owed_by_unix = 9; };
  EXPECT_THAT(said_of_pooler(unix_clients), Pair(Confidence::kMedium, HasSubstr("is not known")));
  const auto not_told = [](TierFacts& pooler) { pooler.peers = {{{"10.0.0.5:5432", false, 8}}}; };
  EXPECT_THAT(said_of_pooler(not_told), Pair(Confidence::kMedium, HasSubstr("is not known")));
}

}  // namespace
}  // namespace tierwatch
