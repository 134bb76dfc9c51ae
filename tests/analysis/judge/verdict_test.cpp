// SPDX-License-Identifier: MIT
#include "analysis/verdict.h"

#include <gmock/gmock.h>

#include "analysis/judge/judge.h"
#include "analysis/judge/verdict_sentence.h"
#include "tests/support/judge_cases.h"

namespace tierwatch {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

Verdict verdict_of(const std::string& name) { return judge(judge_case(name).input()); }

TEST(Verdict, EachCaseIsNamed) {
  for (const JudgeCase& one : judge_cases()) {
    const Verdict verdict = judge(one.input());
    EXPECT_EQ(named_by(verdict), one.expected) << one.name << ": " << verdict.sentence;
  }
}

TEST(Verdict, EachRuleHasACaseThatOnlyItDecides) {
  int decided = 0;
  for (const JudgeCase& one : judge_cases()) {
    if (!one.decided_by) continue;
    ThresholdTable without;
    without.all.*one.decided_by = 1000;
    EXPECT_NE(named_by(judge(one.input(), without)), one.expected) << one.name;
    ++decided;
  }
  EXPECT_GE(decided, 20);
}

TEST(Verdict, SentenceTellsWhatBindsTheCapacity) {
  const std::pair<const char*, const char*> sentences[] = {
      {"four workers use four cores", "uwsgi is full: cpu 3.94 of 4.00 cores (4 workers × 1)"},
      {"quota used up on an idle host", "uwsgi is full: cpu 0.50 of 0.50 cores (quota 0.5 core)"},
      {"pinned to fewer cores than workers",
       "uwsgi is full: cpu 1.96 of 2.00 cores (pinned to 2 of 8 cores)"},
      {"one process of eight threads under a lock",
       "uwsgi is full: cpu 1.00 of 1.00 cores (1 process × 1, 8 threads under one GIL)"},
      {"redis fills its thread", "redis is full: one thread uses 0.99 of 1.00 cores"},
      {"one of two event loops is full",
       "nginx is full: the busiest of 2 event loops uses 0.99 of 1.00 cores"},
      {"workers held by a slow peer, clients as many as workers",
       "uwsgi is full: all 4 workers busy, waiting on 127.0.0.1:2525 (not watched), cpu 0.20 of "
       "4.00 cores"},
      {"the only worker waits for one heavy query",
       "uwsgi is full: its only worker busy, waiting on postgres, cpu 0.02 of 1.00 cores"},
      {"descriptors of one process used up",
       "nginx is full: process 9 has 1020 of 1024 files open"},
      {"a link sends as fast as it can",
       "nginx is full: link eth0 sends 970 of 1000 Mbit/s, 12 answers to be sent"},
      {"nothing can be written", "postgres is full: no disk space left in /data, 20 GiB in use"},
      {"no file can be made", "postgres is full: no inode left in /data, 65536 in use"},
      {"who asks for a connection is turned away",
       "nginx is full: 128 of 128 connections half open at 0.0.0.0:80, 40 requests for one "
       "dropped"},
      {"killed for want of memory, much is free again",
       "uwsgi is full: out of memory, 1 process killed, memory 100 MiB of 256 MiB"},
      {"host out of memory, most of it postgres",
       "postgres is full: memory 1004 MiB of 1 GiB of the host"},
      {"no connection left", "postgres is full: 97 of 97 connections in use"},
      {"connection table full",
       "nginx is full: 176 of 200 connections in use (worker_connections)"},
      {"backends wait for a row lock",
       "postgres is full: 7 of 8 active backends wait for a lock, cpu 0.20 of 6.00 cores"},
      {"backends wait for a slow disk",
       "postgres is full: 5 of 6 busy processes wait for a disk (sda busy 99 % and io pressure 60 "
       "%), cpu 0.20 of 6.00 "
       "cores"},
      {"host full, one tier uses most of it",
       "uwsgi is full: cpu 4.00 of the host's 8.00 cores, which are full, shared with postgres "
       "2.40"},
      {"strangers burn the cpu, the stack goes short",
       "the host is full: other processes use 6.00 of 8.00 cores (stress 6.50), uwsgi waits for a "
       "cpu"},
      {"held by mail while others fill redis",
       "uwsgi is full: all 4 workers busy, waiting on 127.0.0.1:2525 (not watched), cpu 0.20 of "
       "4.00 cores; redis is also full (thread)"},
      {"65 % of what the workers can do", "nothing is full; nearest: uwsgi cpu 65 %"},
  };
  for (const auto& [name, sentence] : sentences)
    EXPECT_EQ(verdict_of(name).sentence, sentence) << name;
}

TEST(Verdict, IdleReadsAsIdle) {
  JudgeInput input;
  input.seconds = 1;
  input.host = {.processors = 4, .busy_cores = 0.1};
  input.tiers = {{.name = "uwsgi", .processes = 5, .workers = 4, .busy_workers = 0}};
  input.tiers.front().cpu_cores = 0.02;
  EXPECT_EQ(judge(input).sentence, "nothing is full; the tiers are idle");
  input.tiers.front().cpu_cores = 0.4;
  EXPECT_EQ(judge(input).sentence, "nothing is full; nearest: uwsgi cpu 10 %");
}

TEST(Verdict, DurationIsPartOfTheSentenceOnceItIsKnown) {
  Verdict verdict = verdict_of("four workers use four cores");
  verdict.since_seconds = 112;
  EXPECT_EQ(verdict_sentence(verdict),
            "uwsgi is full: cpu 3.94 of 4.00 cores (4 workers × 1) for 1 m 52 s");
  verdict = verdict_of("the only worker waits for one heavy query");
  verdict.since_seconds = 12;
  EXPECT_THAT(verdict_sentence(verdict), HasSubstr("1.00 cores, for 12 s"));
}

TEST(Verdict, UnwatchedPeerIsToldAsABlindSpot) {
  const Verdict verdict = verdict_of("workers held by a slow peer, clients as many as workers");
  ASSERT_TRUE(verdict.waiting_on);
  EXPECT_EQ(verdict.waiting_on->tier, kExternalTier);
  EXPECT_EQ(verdict.waiting_on->address, "127.0.0.1:2525");
  EXPECT_THAT(verdict.blind_spots,
              Contains("uwsgi is held by 127.0.0.1:2525, which is not watched"));
}

TEST(Verdict, WithoutPrivilegeTheOnlyPossiblePeerIsConcludedFromConnections) {
  JudgeInput input = judge_case("a queue, and nothing known of workers").input();
  TierFacts& uwsgi = tier_of(input, "uwsgi");
  uwsgi.waits.reset();
  uwsgi.peers->push_back({"10.0.0.9:25", false, 4});
  const Verdict verdict = judge(input);
  ASSERT_TRUE(verdict.waiting_on);
  EXPECT_EQ(verdict.waiting_on->address, "10.0.0.9:25");
  EXPECT_FALSE(verdict.waiting_on->share);
  EXPECT_THAT(verdict.blind_spots, Contains(HasSubstr("concluded from its connections")));
}

TEST(Verdict, AnIdleProxyMayBeWhatWorkersWaitFor) {
  JudgeInput input = judge_case("a queue, and nothing known of workers").input();
  TierFacts& uwsgi = tier_of(input, "uwsgi");
  uwsgi.waits.reset();
  uwsgi.peers = {{{"pooler", true, 4}}};
  TierFacts pooler = tier_of(input, "redis");
  pooler.name = pooler.preset = "pooler";
  pooler.peers = {{{"postgres", true, 2}}};
  input.tiers.push_back(pooler);
  ASSERT_TRUE(judge(input).waiting_on);
  EXPECT_EQ(judge(input).waiting_on->tier, "pooler");
  input.tiers.back().peers->clear();
  EXPECT_FALSE(judge(input).waiting_on) << "it answers by itself, and is idle";
}

TEST(Verdict, ThePathLeadsFromTheEntryToTheEnd) {
  const Verdict verdict = verdict_of("held by something two hops away");
  std::vector<std::string> names;
  for (const PathStep& step : verdict.path) names.push_back(step.name);
  EXPECT_THAT(names, ElementsAre("nginx", "uwsgi", "node", "127.0.0.1:2600"));
  ASSERT_TRUE(verdict.waiting_on);
  EXPECT_EQ(verdict.waiting_on->address, "127.0.0.1:2600");
  EXPECT_THAT(verdict.waiting_on->through, ElementsAre("node"));
  EXPECT_DOUBLE_EQ(verdict.waiting_on->share.value(), 0.97);
  EXPECT_THAT(
      verdict.sentence,
      HasSubstr("all 4 workers busy, waiting on 127.0.0.1:2600 (not watched) through node"));
}

TEST(Verdict, ConnectionsThatFailAreToldWhateverIsFull) {
  JudgeInput input = judge_case("four workers use four cores").input();
  const auto told = Contains(HasSubstr("7 connections a second that processes here open fail"));
  input.host.failed_connects = 0.9 * input.seconds;
  EXPECT_THAT(judge(input).evidence, Not(Contains(HasSubstr("open fail"))));
  input.host.failed_connects = 7 * input.seconds;
  EXPECT_THAT(judge(input).evidence, told);
  JudgeInput quiet = quiet_stack();
  quiet.host.failed_connects = 7 * quiet.seconds;
  EXPECT_THAT(judge(quiet).evidence, told);
}

TEST(Verdict, FilesBeyondALimitThatWasLoweredAreNoPartOfIt) {
  JudgeInput input = quiet_stack();
  tier_of(input, "nginx").worst_fds = {9, 41, 40};
  EXPECT_THAT(judge(input).sentence, HasSubstr("process 9 has 41 files open, its limit is 40"));
  tier_of(input, "nginx").worst_fds = {9, 40, 40};
  EXPECT_THAT(judge(input).sentence, HasSubstr("process 9 has 40 of 40 files open"));
}

TEST(Verdict, ThreadsThatAcceptNothingAreNoWorkers) {
  EXPECT_THAT(verdict_of("half of the threads only report errors").sentence,
              HasSubstr("all 4 workers busy"));
}

TEST(Verdict, AQueueBeforeSomeOfTheWorkersIsToldAsSuch) {
  JudgeInput input = judge_case("workers held by a slow peer, clients as many as workers").input();
  TierFacts& uwsgi = tier_of(input, "uwsgi");
  uwsgi.workers = uwsgi.worker_processes = 8;
  uwsgi.busy_workers = 2;
  uwsgi.listeners->front().queued_ratio = 1;
  EXPECT_THAT(judge(input).sentence,
              HasSubstr("connections wait for a free worker, 2 of 8 workers busy"));
}

TEST(Verdict, WhoStarvesIsToldByTheConfiguredThresholds) {
  JudgeInput input = judge_case("strangers burn the cpu, the stack goes short").input();
  TierFacts& uwsgi = tier_of(input, "uwsgi");
  uwsgi.workers = uwsgi.worker_processes = uwsgi.busy_workers = 1;
  uwsgi.run_delay_cores = 0.15;
  uwsgi.cpu_cores = uwsgi.serving_cores = uwsgi.thread_run_cores = 0.75;
  ThresholdTable own;
  EXPECT_NE(named_by(judge(input, own)), "other cpu");
  own.tiers["uwsgi"] = Thresholds{.run_delay = 0.10};
  const Verdict verdict = judge(input, own);
  EXPECT_EQ(named_by(verdict), "other cpu");
  EXPECT_THAT(verdict.sentence, HasSubstr("uwsgi waits for a cpu"));
  EXPECT_EQ(verdict.confidence, Confidence::kHigh);
}

/// Measured: gunicorn with 2 × 4 threads that sleep 40 ms a request, beside compilers. What runs of
/// its threads gets little of the processors; most of them want none.
TEST(Verdict, ThreadsThatSleepAreNotStarvedByStrangers) {
  JudgeInput input = judge_case("strangers burn the cpu, the stack goes short").input();
  TierFacts& app = tier_of(input, "uwsgi");
  app.workers = app.busy_workers = 8;
  app.worker_processes = 2;
  app.single_core_processes = true;
  app.cpu_cores = app.serving_cores = app.thread_run_cores = 0.16;
  app.run_delay_cores = 0.9;
  EXPECT_EQ(named_by(judge(input)), "uwsgi workers");
  app.cpu_cores = app.serving_cores = app.thread_run_cores = 0.9;
  app.run_delay_cores = 1.05;  // in each process one that runs, or waits for a processor
  EXPECT_EQ(named_by(judge(input)), "other cpu");
}

TEST(Verdict, TwoPossiblePeersAreNoConclusion) {
  JudgeInput input = judge_case("a queue, and nothing known of workers").input();
  tier_of(input, "uwsgi").waits.reset();
  for (const char* peer : {"10.0.0.9:25", "10.0.0.8:80"})
    tier_of(input, "uwsgi").peers->push_back({peer, false, 4});
  const Verdict verdict = judge(input);
  EXPECT_FALSE(verdict.waiting_on);
  EXPECT_THAT(verdict.blind_spots, Contains("uwsgi: what its workers wait for is not seen"));
}

TEST(Verdict, WhyAnIdleEventLoopAcceptsNoMoreIsABlindSpot) {
  JudgeInput input = quiet_stack();
  tier_of(input, "nginx").listeners->front().queue_mean = 40;
  tier_of(input, "nginx").listeners->front().queued_ratio = 1;
  tier_of(input, "nginx").peers.reset();
  const Verdict verdict = judge(input);
  EXPECT_THAT(verdict.sentence, StartsWith("nginx is full: connections wait to be accepted"));
  EXPECT_THAT(verdict.blind_spots, Contains(StartsWith("nginx: why it accepts no more")));
}

/// Measured: nginx at 73 % of a core with TLS handshakes, before a wrk that filled its own.
TEST(Verdict, AQueueThatAnEventLoopsOwnWorkExplainsIsNoSignOfALimit) {
  JudgeInput input = quiet_stack();
  TierFacts& nginx = tier_of(input, "nginx");
  nginx.hottest_process->cores = nginx.hottest_thread->cores = 0.73;
  nginx.cpu_cores = nginx.serving_cores = 1.0;
  nginx.listeners->front().queued_ratio = 0.6;
  EXPECT_EQ(judge(input).state, VerdictState::kClear);
  nginx.listeners->front().queued_ratio = 1;
  EXPECT_EQ(named_by(judge(input)), "nginx workers");
}

TEST(Verdict, VictimsAreCandidatesWithTheReason) {
  const Verdict verdict = verdict_of("workers held by a full database");
  const auto victim = std::ranges::find(verdict.candidates, std::string("uwsgi"),
                                        [](const VerdictCandidate& one) { return one.what.tier; });
  ASSERT_NE(victim, verdict.candidates.end());
  EXPECT_THAT(victim->why_not, HasSubstr("held by postgres"));
  EXPECT_THAT(verdict.evidence, Contains("uwsgi waits for it: no worker of uwsgi is free"));
  EXPECT_EQ(verdict.confidence, Confidence::kHigh);
}

TEST(Verdict, AnEventLoopIsNotSaidToHaveNoFreeWorker) {
  JudgeInput input = judge_case("workers held by a full database").input();
  tier_of(input, "nginx").listeners->front().queued_ratio = 0.6;
  EXPECT_THAT(judge(input).evidence, testing::Not(Contains(StartsWith("nginx waits for it"))));
}

TEST(Verdict, IndependentFullTiersAreJoint) {
  const Verdict verdict = verdict_of("held by mail while others fill redis");
  EXPECT_THAT(verdict.joint_with, testing::ElementsAre(TierResource{"redis", Resource::kThread}));
}

TEST(Verdict, OneSignalAloneIsMediumConfidence) {
  JudgeInput input = quiet_stack();
  TierFacts& uwsgi = tier_of(input, "uwsgi");
  uwsgi.cpu_cores = uwsgi.serving_cores = uwsgi.thread_run_cores = 3.94;
  EXPECT_EQ(judge(input).confidence, Confidence::kMedium);
  uwsgi.listeners->front().queued_ratio = 1;
  EXPECT_EQ(judge(input).confidence, Confidence::kHigh);
  uwsgi.listeners->front().queued_ratio = 0;
  uwsgi.cpu_cores = uwsgi.serving_cores = 3.62;
  EXPECT_EQ(judge(input).confidence, Confidence::kLow);
}

TEST(Verdict, NothingRunningIsUnknownAndSaysWhy) {
  JudgeInput input = quiet_stack();
  for (TierFacts& tier : input.tiers) tier.processes = 0;
  const Verdict verdict = judge(input);
  EXPECT_EQ(verdict.state, VerdictState::kUnknown);
  EXPECT_EQ(verdict.sentence, "not known: no watched tier has a process");
}

TEST(Verdict, UnreadableCpuIsUnknown) {
  JudgeInput input = quiet_stack();
  for (TierFacts& tier : input.tiers) tier.cpu_cores.reset();
  EXPECT_EQ(judge(input).reason, "the cpu use of no tier is known yet: that takes two samples");
}

TEST(Verdict, ClearWithAllSeenHasNoBlindSpots) {
  const Verdict verdict = judge(quiet_stack());
  EXPECT_THAT(verdict.blind_spots, IsEmpty());
  EXPECT_EQ(verdict.confidence, Confidence::kHigh);
}

TEST(Verdict, PoolThatCannotBeSeenIsABlindSpotOfClear) {
  JudgeInput input = quiet_stack();
  tier_of(input, "uwsgi").busy_workers.reset();
  tier_of(input, "uwsgi").listeners.reset();
  EXPECT_THAT(judge(input).blind_spots, Contains(HasSubstr("it may be held")));
}

TEST(Verdict, FlatThroughputWithNothingFullPointsAtTheClient) {
  JudgeInput input = quiet_stack();
  input.load = LoadFacts{.throughput_flat = true, .generator_cores = {}};
  EXPECT_THAT(judge(input).evidence, Contains(HasSubstr("look at the load generator")));
  input.load->generator_cores = 0.99;
  EXPECT_THAT(judge(input).evidence, Contains(HasSubstr("fills a core itself")));
}

TEST(Verdict, ALoadGeneratorThatFillsACoreIsToldWhenNothingIsFull) {
  JudgeInput input = quiet_stack();
  input.host.foreign = {{.pid = 7, .comm = "wrk", .cores = 0.94},
                        {.pid = 8, .comm = "make", .cores = 1.0}};
  EXPECT_THAT(judge(input).evidence,
              AllOf(Contains("the load generator on this host may be full itself: wrk uses 0.94 "
                             "cores"),
                    Not(Contains(HasSubstr("make")))));
}

TEST(Verdict, ShortErrorsElsewhereAreTold) {
  JudgeInput input = judge_case("four workers use four cores").input();
  tier_of(input, "redis").listeners->front().drops = 3;
  EXPECT_THAT(judge(input).evidence, Contains("redis: 3 connections dropped at /run/redis.sock"));
}

TEST(Verdict, ThresholdsOfOneTierAreItsOwn) {
  JudgeInput input = judge_case("65 % of what the workers can do").input();
  ThresholdTable table;
  table.tiers["uwsgi"].cpu = 0.6;
  EXPECT_EQ(named_by(judge(input, table)), "uwsgi cpu");
  table.tiers.clear();
  table.tiers["postgres"].cpu = 0.6;
  EXPECT_EQ(named_by(judge(input, table)), "nothing");
}

TEST(Verdict, WhatWasFullStaysSoUntilTenPointsLower) {
  JudgeInput input = quiet_stack();
  TierFacts& uwsgi = tier_of(input, "uwsgi");
  const HotSet before{{"uwsgi", Resource::kCpu}};
  uwsgi.cpu_cores = uwsgi.serving_cores = 3.3;
  EXPECT_EQ(named_by(judge(input)), "nothing");
  EXPECT_EQ(named_by(judge(input, {}, before)), "uwsgi cpu");
  uwsgi.cpu_cores = uwsgi.serving_cores = 3.15;
  EXPECT_EQ(named_by(judge(input, {}, before)), "nothing");
}

/// The processors are full, uwsgi uses half of them, and no worker of it is free.
JudgeInput full_host_without_run_delay() {
  JudgeInput input = judge_case("host full, one tier uses most of it").input();
  for (TierFacts& tier : input.tiers) tier.run_delay_cores.reset();
  tier_of(input, "uwsgi").busy_workers = tier_of(input, "uwsgi").workers;
  return input;
}

TEST(Verdict, UnknownRunDelayIsNoReasonAgainstCpu) {
  const Verdict verdict = judge(full_host_without_run_delay());
  EXPECT_EQ(named_by(verdict), "uwsgi cpu") << verdict.sentence;
  EXPECT_EQ(verdict.confidence, Confidence::kMedium);
  EXPECT_THAT(verdict.blind_spots, Contains("uwsgi: whether it waits for a cpu is not known"));
}

TEST(Verdict, HeldWorkersOnAFullHostAreNotHighWithoutRunDelay) {
  JudgeInput input = full_host_without_run_delay();
  for (TierFacts& tier : input.tiers) tier.cpu_cores = tier.serving_cores = 0.1;
  const Verdict verdict = judge(input);
  EXPECT_EQ(named_by(verdict), "uwsgi workers") << verdict.sentence;
  EXPECT_NE(verdict.confidence, Confidence::kHigh);
}

}  // namespace
}  // namespace tierwatch
