// SPDX-License-Identifier: MIT
//
// Runs in which nothing on the server was full: where to look instead.
#include "analysis/runs/elsewhere.h"

#include <gmock/gmock.h>

#include "analysis/runs/run_findings.h"
#include "tests/support/synthetic_run.h"

namespace tierwatch {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

/// A generator that sends no more than this, however many users there are.
SyntheticRun with_weak_generator(double most, double hottest_thread) {
  SyntheticStack stack;
  SyntheticRun run = synthetic_run(stack);
  for (LoadPoint& point : run.load.points) {
    const double kept = std::min(1.0, most / std::max(1.0, point.requests));
    point.requests = std::round(point.requests * kept);
    // What its users see is their own queue in the generator.
    point.mean_seconds = std::max(0.02, *point.users / std::max(1.0, point.requests) - 0.5);
  }
  for (RunSample& sample : run.samples) {
    for (TierFacts& tier : sample.facts.tiers) {
      for (auto* cores : {&tier.cpu_cores, &tier.serving_cores, &tier.thread_run_cores})
        *cores = std::min(**cores, most / 400 * 3.9);
      tier.hottest_process->cores = tier.hottest_thread->cores = *tier.cpu_cores / 4;
      if (tier.busy_workers) tier.busy_workers = std::min(*tier.busy_workers, 2.0);
      tier.listeners->front().queue_mean = tier.listeners->front().queued_ratio = 0;
    }
    if (hottest_thread <= 0) continue;
    TierFacts generator = sample.facts.tiers.front();
    generator.name = kGeneratorTier;
    generator.preset = "";
    generator.serving = RoleKind::kThreaded;
    generator.hottest_thread->cores = hottest_thread;
    generator.cpu_cores = hottest_thread;
    sample.facts.tiers.push_back(generator);
  }
  return run;
}

TEST(Elsewhere, AFullGeneratorIsNamedInsteadOfATier) {
  const SyntheticRun run = with_weak_generator(200, 0.99);
  const RunFindings findings = find_in_run(run.data());
  EXPECT_EQ(findings.verdict.outcome, RunVerdict::Outcome::kElsewhere) << findings.verdict.sentence;
  EXPECT_EQ(findings.verdict.look_at, RunVerdict::LookAt::kGenerator);
  EXPECT_TRUE(findings.generator.saturated);
  EXPECT_THAT(findings.verdict.sentence, HasSubstr("no limit on the server"));
  EXPECT_THAT(findings.verdict.evidence, Contains(HasSubstr("the fullest tier was uwsgi")));
  EXPECT_THAT(findings.verdict.evidence, Contains(HasSubstr("accept queues were empty")));
}

TEST(Elsewhere, FlatThroughputWithoutAFullTierIsNoServersLimit) {
  const SyntheticRun run = with_weak_generator(200, 0);
  const RunFindings findings = find_in_run(run.data());
  EXPECT_EQ(findings.verdict.outcome, RunVerdict::Outcome::kElsewhere) << findings.verdict.sentence;
  EXPECT_EQ(findings.verdict.look_at, RunVerdict::LookAt::kNetwork) << findings.verdict.sentence;
}

TEST(Elsewhere, WhereMuchFailsMoreLoadIsNoAdvice) {
  SyntheticRun run = with_weak_generator(200, 0);
  for (LoadPoint& point : run.load.points) point.errors = point.requests;
  const RunFindings findings = find_in_run(run.data());
  EXPECT_EQ(findings.verdict.look_at, RunVerdict::LookAt::kErrors) << findings.verdict.sentence;
  EXPECT_EQ(findings.verdict.confidence, Confidence::kLow);
  EXPECT_THAT(findings.verdict.sentence, HasSubstr("100 % of the requests failed"));
}

/// hey sends every 100 ms, the samples see its requests in one phase only.
TEST(Elsewhere, BusyWorkersOfAPacedLoadAreNoProofOfANetwork) {
  SyntheticRun run = with_weak_generator(200, 0);
  RunData data = run.data();
  run.load.tool = "hey";
  ASSERT_EQ(find_in_run(data).verdict.look_at, RunVerdict::LookAt::kNetwork);
  data.label.command = "sh -c 'for c in 1 2; do hey -c $c -q 10 http://shop/; done'";
  const RunVerdict verdict = find_in_run(data).verdict;
  EXPECT_NE(verdict.look_at, RunVerdict::LookAt::kNetwork) << verdict.sentence;
  EXPECT_THAT(verdict.evidence, Contains(HasSubstr("may keep step")));
}

TEST(Elsewhere, WhatIsGivenUpWasNotRefused) {
  SyntheticRun run = with_weak_generator(200, 0);
  run.load.tool = "wrk";
  for (LoadPoint& point : run.load.points) {
    point.errors = point.requests;
    point.mean_seconds.reset();
    point.users = 10 * point.requests;
  }
  const RunFindings findings = find_in_run(run.data());
  EXPECT_THAT(findings.verdict.sentence, HasSubstr("not refused but given up"));
  EXPECT_THAT(findings.verdict.advice, HasSubstr("time-out"));
}

RunFindings near_its_limit(double headroom) {
  RunFindings findings;
  StepFindings step;
  step.load.requests_per_second = Estimate{2294, 2290, 2300};
  findings.steps = {step};
  findings.busiest = 0;
  findings.first_ceiling = Ceiling{.tier = std::string(kHostTier)};
  findings.first_ceiling->requests_per_second = {2294 * (1 + headroom), 2290, 2300};
  findings.first_ceiling->headroom_ratio = headroom;
  return findings;
}

TEST(Elsewhere, NoHeadroomIsNotSaidToBeZeroPerCentMore) {
  const std::string near = look_elsewhere(near_its_limit(0.004)).sentence;
  EXPECT_THAT(near, HasSubstr("the cpu of the whole host is close to its limit, too"));
  EXPECT_THAT(near, Not(HasSubstr("0 % more")));
  EXPECT_THAT(look_elsewhere(near_its_limit(0.5)).sentence,
              HasSubstr("(50 % more than was measured)"));
}

TEST(Elsewhere, ThatConnectionsWaitForAnswersIsSaidOfClosedLoadsOnly) {
  RunFindings findings = near_its_limit(0.5);
  const auto sentence_of = [&](LoadModel model) {
    findings.offered.emplace().sending.model = model;
    return look_elsewhere(findings).sentence;
  };
  EXPECT_THAT(sentence_of(LoadModel::kClosed), HasSubstr("each connection waits"));
  EXPECT_THAT(sentence_of(LoadModel::kOpen), HasSubstr("a pace of their own"));
  EXPECT_THAT(sentence_of(LoadModel::kUnknown), HasSubstr("more load would bring more answers"));
}

}  // namespace
}  // namespace tierwatch
