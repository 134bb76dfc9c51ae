// SPDX-License-Identifier: MIT
#include "analysis/runs/run_findings.h"

#include <gmock/gmock.h>

#include "analysis/runs/run_verdict.h"
#include "tests/support/judge_cases.h"
#include "tests/support/synthetic_run.h"

namespace tierwatch {
namespace {

using testing::Contains;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

RunFindings found_in(const SyntheticStack& stack) {
  const SyntheticRun run = synthetic_run(stack);
  return find_in_run(run.data());
}

/// For many runs: nothing is looked for that is known already.
RunFindings found_on_the_same_clock(const SyntheticStack& stack) {
  const SyntheticRun run = synthetic_run(stack);
  RunData data = run.data();
  data.alignment.same_clock = true;
  return find_in_run(data);
}

double relative_error(double predicted, double measured) {
  return std::abs(predicted / measured - 1);
}

SyntheticStack small_host() {
  SyntheticStack stack;
  stack.tiers[1].capacity_cores = 2;
  stack.think_seconds = 0.2;
  return stack;
}

TEST(RunFindings, NamesTheTierTheLoadAndTheNextCeiling) {
  const RunFindings findings = found_in({});
  EXPECT_EQ(findings.verdict.outcome, RunVerdict::Outcome::kSaturated) << findings.verdict.sentence;
  EXPECT_EQ(findings.verdict.tier, "uwsgi");
  EXPECT_EQ(findings.verdict.resource, Resource::kCpu);
  EXPECT_EQ(findings.verdict.confidence, Confidence::kHigh) << findings.verdict.confidence_because;
  ASSERT_TRUE(findings.verdict.since_users);
  EXPECT_GE(*findings.verdict.since_users, 150);
  EXPECT_LE(*findings.verdict.since_users, 250);
  ASSERT_TRUE(findings.first_ceiling);
  EXPECT_EQ(findings.first_ceiling->tier, "uwsgi");
  ASSERT_TRUE(findings.next_ceiling);
  EXPECT_EQ(findings.next_ceiling->tier, kHostTier);
  // 8 cores / 12.7 ms of all tiers together.
  EXPECT_NEAR(findings.next_ceiling->requests_per_second.value, 630, 63);
  EXPECT_THAT(findings.verdict.counter_evidence, Contains(HasSubstr("postgres")));
  EXPECT_THAT(findings.verdict.sentence, ContainsRegex("for .* of the .* of load"));
}

TEST(RunFindings, LessLoadAfterTheFullestStepDoesNotClearIt) {
  SyntheticStack stack;
  stack.steps = {{20, 20}, {60, 20}, {240, 20}, {40, 60}};
  const RunFindings findings = found_in(stack);
  EXPECT_EQ(findings.verdict.outcome, RunVerdict::Outcome::kSaturated) << findings.verdict.sentence;
  EXPECT_EQ(findings.verdict.tier, "uwsgi");
}

TEST(RunFindings, WhatTheRecordingLacksIsAmongTheWarnings) {
  const SyntheticRun run = synthetic_run({});
  RunData data = run.data();
  data.notes = {"the clock was set"};
  EXPECT_THAT(find_in_run(data).warnings, Contains("the clock was set"));
}

TEST(RunFindings, StepsAreThoseOfTheLoad) {
  const RunFindings findings = found_in({});
  ASSERT_EQ(findings.steps.size(), 8u);
  const double users[] = {25, 50, 100, 150, 200, 250, 300, 400};
  for (std::size_t i = 0; i < 8; ++i) {
    const LoadStep& step = findings.steps[i].load;
    EXPECT_EQ(step.kind, LoadStep::Kind::kPlateau);
    EXPECT_NEAR(step.users.value_or(0), users[i], 0.01);
    EXPECT_GE(step.seconds(), 15);
    EXPECT_LE(step.seconds(), 30);
    EXPECT_GE(step.left_out_seconds, 2) << "the warm-up counts as steady in step " << i;
    EXPECT_GE(step.samples, 14u);
    EXPECT_NEAR(step.requests_per_second->value, true_throughput({}, users[i]),
                0.08 * true_throughput({}, users[i]));
  }
  EXPECT_EQ(findings.steps[1].shape, StepShape::kLinear);
  EXPECT_EQ(findings.steps[2].shape, StepShape::kLinear);
  EXPECT_EQ(findings.steps[6].shape, StepShape::kSaturated);
  EXPECT_EQ(findings.steps[7].shape, StepShape::kSaturated);
}

TEST(RunFindings, DemandIsTheTruthWithinItsInterval) {
  int inside = 0, all = 0;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    SyntheticStack stack;
    stack.seed = seed;
    stack.run_noise = 0;
    const RunFindings findings = found_on_the_same_clock(stack);
    for (const TierDemand& tier : findings.demand.tiers)
      for (const SyntheticTier& truth : stack.tiers) {
        if (truth.name != tier.tier) continue;
        EXPECT_LT(relative_error(tier.cpu.seconds.value, truth.demand_seconds), 0.10)
            << tier.tier << " seed " << seed;
        inside += tier.cpu.seconds.low <= truth.demand_seconds &&
                  truth.demand_seconds <= tier.cpu.seconds.high;
        ++all;
      }
  }
  EXPECT_EQ(all, 80);
  EXPECT_GE(inside, 70) << "95 % intervals";
}

/// The ceiling that the steps below the knee predict, against the plateau that was measured.
TEST(RunFindings, CeilingFromBelowTheKneeIsWithin15PercentOfThePlateau) {
  for (const double inflation : {0.0, 0.08})
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
      SyntheticStack stack;
      stack.seed = seed;
      stack.inflation = inflation;
      const RunFindings all = found_on_the_same_clock(stack);
      stack.steps = {{25}, {50}, {100}, {150}};
      const RunFindings below = found_on_the_same_clock(stack);
      ASSERT_TRUE(below.first_ceiling) << seed;
      EXPECT_EQ(below.first_ceiling->tier, "uwsgi") << seed;
      EXPECT_LT(relative_error(below.first_ceiling->requests_per_second.value,
                               all.highest_requests_per_second()->value),
                0.15)
          << "seed " << seed << " inflation " << inflation;
    }
}

TEST(RunFindings, DoubledWorkersAndCoresArePredictedWithin15Percent) {
  struct Case {
    const char* question;
    SyntheticStack before, after;
  };
  SyntheticStack half_quota;
  half_quota.quota = true;
  half_quota.tiers[1].capacity_cores = 0.5;
  half_quota.think_seconds = 2;
  SyntheticStack quota = half_quota;
  quota.tiers[1].capacity_cores = 1;
  SyntheticStack pinned = small_host(), unpinned = small_host();
  unpinned.tiers[1].capacity_cores = 4;
  SyntheticStack mail;
  mail.mail_seconds = 0.5;
  mail.steps = {{2}, {4}, {6}, {10}, {20}, {40}};
  SyntheticStack more_mail = mail;
  mail.workers = 4;
  more_mail.workers = 8;
  const Case cases[] = {{"quota=1", half_quota, quota},
                        {"cores=4", pinned, unpinned},
                        {"workers=8", mail, more_mail}};
  for (const Case& one : cases)
    for (std::uint32_t seed = 1; seed <= 10; ++seed) {
      SyntheticStack stack = one.before;
      stack.seed = seed;
      const SyntheticRun run = synthetic_run(stack);
      RunData data = run.data();
      data.questions = {std::get<WhatIf>(parse_what_if(one.question))};
      const RunFindings findings = find_in_run(data);
      ASSERT_EQ(findings.what_if.size(), 1u);
      const WhatIfAnswer& answer = findings.what_if[0];
      ASSERT_TRUE(answer.answered) << answer.words << "\n" << findings.verdict.sentence;
      const double truth = true_throughput(one.after, 2000);
      EXPECT_LT(relative_error(answer.requests_per_second.value, truth), 0.15)
          << one.question << " seed " << seed << ": " << answer.words << "; truth " << truth;
      EXPECT_LE(answer.requests_per_second.low, answer.requests_per_second.value);
      EXPECT_GE(answer.requests_per_second.high, answer.requests_per_second.value);
    }
}

TEST(RunFindings, WorkersHeldByAMailServerAreNamedWithIt) {
  SyntheticStack stack;
  stack.mail_seconds = 0.5;
  stack.workers = 4;
  stack.steps = {{2}, {4}, {6}, {10}, {20}, {40}};
  const RunFindings findings = found_in(stack);
  EXPECT_EQ(findings.verdict.tier, "uwsgi") << findings.verdict.sentence;
  EXPECT_EQ(findings.verdict.resource, Resource::kWorkers);
  EXPECT_THAT(findings.verdict.sentence, HasSubstr("10.0.0.9:25"));
  EXPECT_THAT(findings.verdict.advice, HasSubstr("10.0.0.9:25"));
}

TEST(RunFindings, BelowEveryCeilingItSaysHowFarThereIsToGo) {
  SyntheticStack stack;
  stack.steps = {{10}, {20}, {40}, {60}};
  const RunFindings findings = found_in(stack);
  EXPECT_EQ(findings.verdict.outcome, RunVerdict::Outcome::kNotSaturated)
      << findings.verdict.sentence;
  EXPECT_FALSE(findings.knee);
  EXPECT_THAT(findings.verdict.sentence, HasSubstr("uwsgi cpu would be the first to limit"));
}

TEST(RunFindings, ASingleStepStillTellsDemandAndCeilings) {
  SyntheticStack stack;
  stack.steps = {{64, 30}};
  stack.think_seconds = 0;
  SyntheticRun run = synthetic_run(stack);
  run.load.points.clear();  // as wrk tells it
  run.load.totals.users = 64;
  run.load.start.reset();
  const RunFindings findings = find_in_run(run.data());
  ASSERT_EQ(findings.steps.size(), 1u);
  EXPECT_EQ(findings.steps[0].load.kind, LoadStep::Kind::kWhole);
  EXPECT_EQ(findings.verdict.tier, "uwsgi") << findings.verdict.sentence;
  EXPECT_THAT(findings.verdict.sentence, HasSubstr(", for all 30 s of load"));
  EXPECT_THAT(findings.verdict.sentence, HasSubstr(" for 64 users"));
  EXPECT_THAT(findings.verdict.evidence, Not(IsEmpty()));
  ASSERT_TRUE(findings.first_ceiling);
  EXPECT_LT(relative_error(findings.first_ceiling->requests_per_second.value, 400), 0.10);
  ASSERT_TRUE(findings.next_ceiling);
  EXPECT_EQ(findings.next_ceiling->tier, kHostTier);
}

/// One level of load; strangers use what the stack leaves of the host, and were there before it.
SyntheticRun among_strangers(SyntheticStack stack, double run_delay_cores) {
  stack.steps = {{8, 30}};
  stack.think_seconds = stack.before_seconds = 0;
  SyntheticRun run = synthetic_run(stack);
  for (RunSample& sample : run.samples) {
    HostFacts& host = sample.facts.host;
    host.foreign = {{.pid = 77, .comm = "stress", .cores = host.processors - *host.busy_cores}};
    host.busy_cores = host.processors;
    tier_of(sample.facts, "uwsgi").run_delay_cores = run_delay_cores;
  }
  return run;
}

double predicted(const SyntheticRun& run, const char* question) {
  RunData data = run.data();
  data.questions = {std::get<WhatIf>(parse_what_if(question))};
  const RunFindings findings = find_in_run(data);
  EXPECT_TRUE(findings.what_if[0].answered) << findings.what_if[0].words;
  return findings.what_if[0].requests_per_second.value;
}

TEST(RunFindings, CpuOfStrangersIsNoCostOfARequest) {
  SyntheticStack stack;
  stack.mail_seconds = 0.5;
  stack.workers = 4;
  const double truth = 2 * 4 / 0.51;
  SyntheticRun run = among_strangers(stack, 0.1);
  EXPECT_LT(relative_error(predicted(run, "uwsgi.workers=8"), truth), 0.15);
  for (RunSample& sample : run.samples) sample.facts.host.foreign.clear();
  EXPECT_LT(relative_error(predicted(run, "uwsgi.workers=8"), truth), 0.15)
      << "nor where they are not seen, as in another PID namespace";
}

TEST(RunFindings, WorkersThatSleepMuchLimitOnceThereIsCpuToSpare) {
  SyntheticStack stack;
  stack.mail_seconds = 0.5;
  stack.workers = 4;
  // A third of the time for which they are held goes into waiting for a CPU while it is short.
  const SyntheticRun run = among_strangers(stack, 4 / 3.0);
  const RunFindings findings = find_in_run(run.data());
  const auto uwsgi = std::ranges::find(findings.demand.tiers, "uwsgi", &TierDemand::tier);
  ASSERT_TRUE(uwsgi->workers);
  EXPECT_LT(relative_error(uwsgi->workers->seconds.low, 0.51 * 2 / 3), 0.1);
  EXPECT_LT(relative_error(uwsgi->workers->seconds.high, 0.51), 0.1);
}

TEST(RunFindings, WithoutLoadTheVerdictIsByTime) {
  const SyntheticRun run = synthetic_run({});
  RunData data = run.data();
  data.load = nullptr;
  const RunFindings findings = find_in_run(data);
  EXPECT_EQ(findings.verdict.tier, "uwsgi") << findings.verdict.sentence;
  EXPECT_FALSE(findings.highest_requests_per_second());
  EXPECT_FALSE(findings.demand.missing.empty());
  EXPECT_TRUE(findings.verdict.since_seconds);
  EXPECT_THAT(findings.warnings, Contains(HasSubstr("no load generator's file")));
}

TEST(RunFindings, NothingRecordedIsSaid) {
  const RunFindings findings = find_in_run({});
  EXPECT_EQ(findings.verdict.outcome, RunVerdict::Outcome::kUnknown);
  EXPECT_THAT(findings.verdict.sentence, HasSubstr("nothing was recorded"));
  EXPECT_THAT(findings.warnings, Contains(HasSubstr("nothing was recorded")));
}

TEST(RunFindings, WallOfFilesIsForecast) {
  SyntheticStack stack;
  stack.fds_per_user = 1.02;
  stack.think_seconds = 5;
  const RunFindings findings = found_in(stack);
  ASSERT_THAT(findings.forecasts, Not(IsEmpty()));
  const LimitForecast& wall = findings.forecasts[0];
  EXPECT_EQ(wall.tier, "nginx");
  EXPECT_EQ(wall.resource, Resource::kFds);
  EXPECT_NEAR(wall.growth.value, 1.02, 0.01);
  EXPECT_NEAR(wall.wall.value, (1024 - 20) / 1.02, 10);
}

TEST(RunFindings, IdleWorkersAreWasteWithTheirMemory) {
  SyntheticStack stack;
  stack.workers = 40;
  stack.tiers[1].capacity_cores = 8;
  stack.steps = {{10}, {20}, {40}};
  const RunFindings findings = found_in(stack);
  const auto waste = std::ranges::find_if(findings.waste, [](const Waste& one) {
    return one.what == "workers" && one.tier == "uwsgi";
  });
  ASSERT_NE(waste, findings.waste.end());
  EXPECT_EQ(waste->provided, 40);
  EXPECT_LT(*waste->suggested, 10);
  EXPECT_GT(*waste->saved_bytes, 0);
}

TEST(RunFindings, GapsAndMarksAreEvents) {
  SyntheticRun run = synthetic_run({});
  run.samples.erase(run.samples.begin() + 100, run.samples.begin() + 120);
  const RunMark mark{run.samples[50].at, "cache cleared"};
  RunData data = run.data();
  data.marks = {&mark, 1};
  const RunFindings findings = find_in_run(data);
  EXPECT_THAT(findings.events, Contains(testing::Field(&RunEvent::text, "cache cleared")));
  EXPECT_THAT(findings.events,
              Contains(testing::Field(&RunEvent::text, "nothing was recorded for 20 s")));
  EXPECT_THAT(findings.warnings, Contains(HasSubstr("1 gap")));
}

TEST(RunFindings, AreTheSameEachTime) {
  const SyntheticRun run = synthetic_run({});
  EXPECT_EQ(find_in_run(run.data()), find_in_run(run.data()));
}

TEST(RunFindings, AThreadLessFreesNoMemoryOfItsProcess) {
  RunSample sample;
  TierFacts& apache = sample.facts.tiers.emplace_back();
  apache.name = "apache";
  apache.serving = RoleKind::kSyncWorker;
  apache.processes = 3;
  apache.workers = 50;
  apache.worker_processes = 2;
  apache.busy_workers = 0;
  apache.own_memory_bytes = 30e6;
  const auto saved = [&](double busy, double worker_processes) {
    sample.facts.tiers[0].busy_workers = busy;
    sample.facts.tiers[0].worker_processes = worker_processes;
    return find_waste(std::vector<RunSample>(6, sample)).at(0).saved_bytes;
  };
  EXPECT_EQ(saved(0, 2), 10e6) << "one of two processes can go";
  EXPECT_EQ(saved(25, 2), std::nullopt) << "30 workers need both";
  EXPECT_EQ(saved(25, 50), std::nullopt) << "most of those are not there";
}

TEST(RunFindings, ErrorsThatNobodyToldAreNotKnown) {
  SyntheticRun run = synthetic_run({});
  run.load.errors_known = false;
  const RunFindings findings = find_in_run(run.data());
  EXPECT_EQ(findings.failed(), std::nullopt);
  EXPECT_EQ(findings.failed_ratio(), std::nullopt);
  EXPECT_EQ(findings.steps.at(0).load.error_ratio, std::nullopt);
  run.load.errors_known = true;
  EXPECT_EQ(find_in_run(run.data()).failed(), run.load.totals.errors);
}

TEST(RunFindings, ACeilingThatTheRunContradictsIsNotStated) {
  DemandFindings demand;
  JudgeInput facts = quiet_stack();
  facts.host.busy_cores = 0.1 * facts.host.processors;
  demand.host_cpu = Demand{.seconds = {0.001, 0.0009, 0.0011}};
  EXPECT_EQ(ceilings_of(demand, facts, 100).size(), 1u);
  facts.host.busy_cores = facts.host.processors;
  EXPECT_TRUE(ceilings_of(demand, facts, 100).empty()) << "all of it used, and 15 times to go";
  EXPECT_EQ(ceilings_of(demand, facts, 0.9 * facts.host.processors / 0.001).size(), 1u);
}

}  // namespace
}  // namespace tierwatch
