// SPDX-License-Identifier: MIT
//
// What is said of pools of connections to other servers.
#include <gmock/gmock.h>

#include <algorithm>

#include "analysis/judge/judge.h"
#include "analysis/judge/verdict_sentence.h"
#include "tests/support/judge_cases.h"

namespace tierwatch {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

Verdict verdict_of(const std::string& name) { return judge(judge_case(name).input()); }

TEST(PoolVerdict, APoolThatHasNoMoreLocalPortsSaysSo) {
  JudgeInput input = judge_case("requests take turns on the connections of node").input();
  input.host.local_ports = {4, 4};
  const Verdict verdict = judge(input);
  EXPECT_THAT(verdict.sentence, HasSubstr("in use (no local ports are left)"));
  EXPECT_THAT(verdict.relief, Contains(HasSubstr("ip_local_port_range")));
}

TEST(PoolVerdict, APoolOfConnectionsSaysWhereTheyLead) {
  const Verdict verdict = verdict_of("requests take turns on the connections of node");
  EXPECT_THAT(verdict.sentence,
              HasSubstr("node is full: all 4 connections to 127.0.0.1:2600 in use (its pool)"));
  ASSERT_TRUE(verdict.waiting_on);
  EXPECT_EQ(verdict.waiting_on->address, "127.0.0.1:2600");
}

TEST(PoolVerdict, AFullPoolIsWaitedForHoweverFewRequestsAreOnItAtATime) {
  JudgeInput input = judge_case("requests take turns on the connections of node").input();
  tier_of(input, "node").owed = 40;
  tier_of(input, "node").waits->front().share = 0.1;
  const Verdict verdict = judge(input);
  ASSERT_EQ(named_by(verdict), "node pool") << verdict.sentence;
  ASSERT_EQ(verdict.path.size(), 2u);
  EXPECT_EQ(verdict.path.back().name, "127.0.0.1:2600");
  EXPECT_EQ(verdict.waiting_on.value().address, "127.0.0.1:2600");
}

TEST(PoolVerdict, WhoOpensAConnectionForEachRequestIsNearNoLimit) {
  const Verdict verdict = verdict_of("each request of node has a connection");
  EXPECT_THAT(verdict.sentence, Not(HasSubstr("pool")));
  EXPECT_NE(verdict.confidence, Confidence::kLow);
}

TEST(PoolVerdict, RequestsOfWhichNobodySeesWhatTheyWaitForAreABlindSpot) {
  JudgeInput input = judge_case("nobody sees what the requests of an event loop wait for").input();
  const Verdict verdict = judge(input);
  EXPECT_THAT(verdict.blind_spots, Contains(HasSubstr("what many of its requests wait for is")));
  EXPECT_EQ(verdict.confidence, Confidence::kMedium);
  tier_of(input, "uvicorn").sending = 9;
  EXPECT_EQ(judge(input).confidence, Confidence::kHigh) << "slow clients take their answers";
  tier_of(input, "uvicorn").sending = 0;
  tier_of(input, "uvicorn").owed = 3;
  EXPECT_EQ(judge(input).confidence, Confidence::kHigh) << "that few are there by chance";
}

TEST(PoolVerdict, WhoHasUsedUpItsQuotaIsNotStarvedByStrangers) {
  JudgeInput input = judge_case("strangers burn the cpu, the stack goes short").input();
  tier_of(input, "uwsgi").quota = {.cores = 0.9, .used_cores = 0.9, .throttled_ratio = 0.9};
  const Verdict verdict = judge(input);
  EXPECT_EQ(named_by(verdict), "uwsgi quota");
  EXPECT_TRUE(verdict.joint_with.empty()) << verdict.sentence;
}

TEST(PoolVerdict, OfTiersThatMayBeTheClientTheOneWithHeldWorkersIsOnThePath) {
  JudgeInput input = judge_case("backends wait for a row lock").input();
  input.tiers.push_back(quiet_tier("waiting", RoleKind::kSyncWorker, 4));
  for (const char* client : {"uwsgi", "waiting"}) {
    tier_of(input, client).waits.reset();  // the same user's, so nobody knows whose
    tier_of(input, client).peers = {{{"postgres", true, 8, 8, 0, true}}};
  }
  const Verdict verdict = judge(input);
  ASSERT_EQ(named_by(verdict), "postgres lock");
  ASSERT_GE(verdict.path.size(), 2u);
  EXPECT_EQ(verdict.path[verdict.path.size() - 2].name, "uwsgi");
}

TEST(PoolVerdict, WhatALoopAtWorkHasNotReadWaitsForNoneOfItsConnections) {
  JudgeInput input = judge_case("requests take turns on the connections of node").input();
  tier_of(input, "node").waits->push_back({WaitFacts::For::kOther, "", 0.75});
  EXPECT_NE(named_by(judge(input)), "node pool");
}

TEST(PoolVerdict, OfWorkersWithoutClientsItIsSaidWhatAllOfThemWaitFor) {
  JudgeInput in = quiet_stack();
  TierFacts& jobs = tier_of(in, "uwsgi");
  jobs.busy_workers.reset();
  jobs.listeners.emplace();
  const auto is_said = [&](double awaiting) {
    jobs.peers = {{{"10.0.0.9:25", false, 4, awaiting}}};
    const auto spots = judge(in).blind_spots;
    return std::ranges::any_of(spots, [](const std::string& one) {
      return one.find("so it may be held, by 10.0.0.9:25: as many wait") != std::string::npos;
    });
  };
  EXPECT_TRUE(is_said(3.8));
  EXPECT_FALSE(is_said(2));
}

}  // namespace
}  // namespace tierwatch
