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

const VerdictCandidate* candidate(const Verdict& verdict, const std::string& tier) {
  for (const VerdictCandidate& one : verdict.candidates)
    if (one.what.tier == tier) return &one;
  return nullptr;
}

TEST(PoolVerdict, AProxyWithAConnectionForEachRequestHasNoPool) {
  JudgeInput input = judge_case("requests take turns on the connections of node").input();
  TierFacts& node = tier_of(input, "node");
  node.peers->front().connections = 16;
  node.peers->front().awaiting = 14;
  const auto has_pool = [](const Saturation& one) { return one.resource == Resource::kPool; };
  EXPECT_TRUE(std::ranges::none_of(judge(input).saturations, has_pool));
  node.owed = 24;
  EXPECT_TRUE(std::ranges::any_of(judge(input).saturations, has_pool));
}

TEST(PoolVerdict, TransactionsKeepConnectionsOfAPoolWhileTheApplicationThinks) {
  JudgeInput input = judge_case("requests take turns on the connections of node").input();
  tier_of(input, "node").peers = {{{"postgres", true, 3, 0.8}}};
  tier_of(input, "node").waits.reset();
  tier_of(input, "postgres").backends = {3, 0.8, 0, 2.2, 97.0};
  EXPECT_EQ(named_by(judge(input)), "node pool");
  tier_of(input, "postgres").backends = {9, 0.8, 0, 2.2, 97.0};
  EXPECT_EQ(named_by(judge(input)), "nothing") << "they may be another's";
}

/// A site whose workers are held, beside another: its workers wait for a pooler that is full.
JudgeInput two_sites() {
  JudgeInput input = judge_case("one request at a time waits in a pooler").input();
  TierFacts site = quiet_tier("php-fpm", RoleKind::kSyncWorker, 4);
  fill_workers(site);
  site.listeners->front().queued_ratio = 1;
  site.waits = {{{WaitFacts::For::kExternal, "10.0.0.9:25", 0.9}}};
  input.tiers.push_back(std::move(site));
  TierFacts& uwsgi = tier_of(input, "uwsgi");
  fill_workers(uwsgi);
  uwsgi.listeners->front().queued_ratio = 0.9;
  uwsgi.waits = {{{WaitFacts::For::kTier, "pgbouncer", 0.95}}};
  uwsgi.peers = {{{"pgbouncer", true, 4, 4}}};
  return input;
}

TEST(PoolVerdict, OfAnotherSiteWhatIsFullItselfIsSaidBesideTheFirst) {
  const Verdict verdict = judge(two_sites());
  ASSERT_EQ(named_by(verdict), "php-fpm workers") << verdict.sentence;
  EXPECT_THAT(verdict.joint_with, testing::ElementsAre(TierResource{"pgbouncer", Resource::kPool}));
  const VerdictCandidate* held = candidate(verdict, "uwsgi");
  ASSERT_TRUE(held);
  EXPECT_THAT(held->why_not, testing::StartsWith("held by pgbouncer: "));
}

TEST(PoolVerdict, WhatIsFullForOthersSaysSo) {
  JudgeInput input = two_sites();
  tier_of(input, "uwsgi").waits.reset();
  tier_of(input, "uwsgi").peers = {{{"redis", true, 4, 4}}};
  const Verdict verdict = judge(input);
  const VerdictCandidate* other = candidate(verdict, "uwsgi");
  ASSERT_TRUE(other);
  EXPECT_THAT(other->why_not, testing::StartsWith("also full, but php-fpm does not wait for it: "));
}

/// Workers that wait for a server of threads, which does nothing.
JudgeInput held_by_mysql() {
  JudgeInput input = quiet_stack();
  TierFacts mysql = quiet_tier("mysql", RoleKind::kThreaded, 1);
  mysql.connection_table = {8, 100};
  input.tiers.push_back(std::move(mysql));
  fill_workers(tier_of(input, "uwsgi"));
  tier_of(input, "uwsgi").listeners->front().queued_ratio = 1;
  tier_of(input, "uwsgi").waits = {{{WaitFacts::For::kTier, "mysql", 0.95}}};
  return input;
}

TEST(PoolVerdict, OfAServerWhoseLocksAreNotSeenFasterAnswersComeFirst) {
  const Verdict verdict = judge(held_by_mysql());
  ASSERT_EQ(named_by(verdict), "uwsgi workers") << verdict.sentence;
  EXPECT_THAT(verdict.relief, testing::ElementsAre("faster answers from mysql", "more workers"));
  EXPECT_EQ(verdict.confidence, Confidence::kMedium);
  EXPECT_THAT(verdict.blind_spots, Contains(HasSubstr("mysql: what its requests wait for")));
}

TEST(PoolVerdict, OneOfSeveralListenersWithAQueueIsNamed) {
  JudgeInput input = held_by_mysql();
  TierFacts& uwsgi = tier_of(input, "uwsgi");
  uwsgi.busy_workers = 2;
  uwsgi.listeners->push_back({.name = "127.0.0.1:9001"});
  std::swap(uwsgi.listeners->front().queued_ratio, uwsgi.listeners->back().queued_ratio);
  EXPECT_THAT(judge(input).sentence,
              HasSubstr("connections wait for a free worker at 127.0.0.1:9001, 2 of 4"));
}

/// A server of threads that holds as many connections as it may, and who wants the processors.
JudgeInput full_table(double used, double cores) {
  JudgeInput input = judge_case("strangers burn the cpu, the stack goes short").input();
  TierFacts mysql = quiet_tier("mysql", RoleKind::kThreaded, 1);
  mysql.connection_table = {used, 30};
  use_cpu(mysql, cores);
  input.tiers.push_back(std::move(mysql));
  return input;
}

TEST(ConnectionTable, WhoRefusesRequestsComesBeforeStrangers) {
  EXPECT_EQ(named_by(judge(full_table(30, 0.3))), "other cpu");
  EXPECT_EQ(named_by(judge(full_table(31, 0.3))), "mysql connections");
  EXPECT_EQ(named_by(judge(full_table(31, 0.001))), "other cpu") << "an administrator's session";
}

TEST(ConnectionTable, ThatNobodyAsksBeyondIsWarm) {
  JudgeInput input = quiet_stack();
  input.tiers.push_back(quiet_tier("mysql", RoleKind::kThreaded, 1));
  TierFacts& mysql = tier_of(input, "mysql");
  mysql.connection_table = {30, 30};
  use_cpu(mysql, 0.002);
  EXPECT_EQ(named_by(judge(input)), "nothing");
  mysql.connection_table = {32, 30};
  EXPECT_EQ(named_by(judge(input)), "mysql connections") << "somebody is being refused";
  mysql.connection_table = {30, 30};
  mysql.listeners->front().queued_ratio = 0.5;
  EXPECT_EQ(named_by(judge(input)), "mysql connections");
}

TEST(NearCpu, RequestsThatWaitForACpuAreNotSaidToLackNone) {
  JudgeInput input = quiet_stack();
  burn(input, 7.5);
  TierFacts& nginx = tier_of(input, "nginx");
  nginx.listeners->front().name = "127.0.0.1:80";
  nginx.peers->clear();
  nginx.owed = 2;
  nginx.run_delay_cores = 1.2;
  const Verdict verdict = judge(input);
  ASSERT_EQ(named_by(verdict), "nothing") << verdict.sentence;
  EXPECT_THAT(verdict.evidence, Contains(HasSubstr("and requests wait for a cpu 60 % of their")));
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
