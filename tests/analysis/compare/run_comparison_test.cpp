// SPDX-License-Identifier: MIT
#include "analysis/compare/run_comparison.h"

#include <gmock/gmock.h>

#include "analysis/compare/fail_if.h"
#include "tests/support/synthetic_run.h"

namespace tierwatch {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;

RunFindings run_of(SyntheticStack stack, std::uint32_t seed) {
  stack.seed = seed;
  const SyntheticRun run = synthetic_run(stack);
  RunData data = run.data();
  data.label.name = "run " + std::to_string(seed);
  data.alignment.same_clock = true;
  return find_in_run(data);
}

/// Three levels of half a minute, one of them above the knee; seconds that lean on each other.
SyntheticStack stack_of(double faster = 1) {
  SyntheticStack stack;
  stack.steps = {{60, 20}, {150, 20}, {400, 30}};
  stack.before_seconds = stack.after_seconds = 4;
  for (SyntheticTier& tier : stack.tiers) tier.demand_seconds /= faster;
  return stack;
}

std::vector<RunFindings> runs_of(const SyntheticStack& stack, std::uint32_t first_seed, int count) {
  std::vector<RunFindings> runs;
  for (int i = 0; i < count; ++i) runs.push_back(run_of(stack, first_seed + std::uint32_t(i)));
  return runs;
}

bool claims_a_difference(const RunComparison& comparison) {
  return std::ranges::any_of(comparison.measures, [](const ComparedMeasure& one) {
    return one.verdict == Change::kBetter || one.verdict == Change::kWorse;
  });
}

TEST(CompareRuns, EqualGroupsAreRarelyCalledDifferent) {
  int false_alarms = 0;
  for (std::uint32_t pair = 0; pair < 100; ++pair)
    false_alarms += claims_a_difference(compare_runs(runs_of(stack_of(), 1000 + 20 * pair, 5),
                                                     runs_of(stack_of(), 1010 + 20 * pair, 5)));
  EXPECT_LE(false_alarms, 5);
  RecordProperty("false_alarms", false_alarms);
}

TEST(CompareRuns, SingleEqualRunsAreRarelyCalledDifferent) {
  int false_alarms = 0;
  for (std::uint32_t pair = 0; pair < 100; ++pair)
    false_alarms += claims_a_difference(compare_runs(runs_of(stack_of(), 5000 + 2 * pair, 1),
                                                     runs_of(stack_of(), 5001 + 2 * pair, 1)));
  EXPECT_LE(false_alarms, 5);
  RecordProperty("false_alarms", false_alarms);
}

TEST(CompareRuns, TenPercentAreFoundWithFiveRunsEach) {
  for (const double faster : {1.1, 1 / 1.1}) {
    int found = 0, wrong = 0;
    for (std::uint32_t pair = 0; pair < 50; ++pair) {
      const RunComparison comparison = compare_runs(runs_of(stack_of(), 9000 + 20 * pair, 5),
                                                    runs_of(stack_of(faster), 9010 + 20 * pair, 5));
      found += comparison.verdict == (faster > 1 ? Change::kBetter : Change::kWorse);
      wrong += comparison.verdict == (faster > 1 ? Change::kWorse : Change::kBetter);
    }
    EXPECT_GE(found, 40) << faster;
    EXPECT_EQ(wrong, 0) << faster;
    RecordProperty(faster > 1 ? "better_found" : "worse_found", found);
  }
}

TEST(CompareRuns, QuietRunsThatAreEqualAreTheSame) {
  SyntheticStack stack = stack_of();
  stack.run_noise = 0.002;
  stack.noise = 0.01;
  const RunComparison comparison = compare_runs(runs_of(stack, 100, 5), runs_of(stack, 200, 5));
  EXPECT_EQ(comparison.verdict, Change::kSame) << comparison.sentence;
}

TEST(CompareRuns, ASingleRunEachSaysWhatIsNotKnown) {
  const RunComparison comparison =
      compare_runs(runs_of(stack_of(), 1, 1), runs_of(stack_of(1.05), 2, 1));
  EXPECT_THAT(comparison.noise, HasSubstr("a single run each"));
  EXPECT_THAT(comparison.noise, HasSubstr("3 % are assumed"));
  EXPECT_EQ(comparison.verdict, Change::kInconclusive) << comparison.sentence;
}

TEST(CompareRuns, ADoublingIsCertainEvenWithSingleRuns) {
  const RunComparison comparison =
      compare_runs(runs_of(stack_of(), 1, 1), runs_of(stack_of(2), 2, 1));
  EXPECT_EQ(comparison.verdict, Change::kBetter) << comparison.sentence;
}

TEST(CompareRuns, TheBottleneckMoves) {
  SyntheticStack mail = stack_of();
  mail.mail_seconds = 0.5;
  mail.workers = 4;
  const RunComparison comparison = compare_runs(runs_of(stack_of(), 1, 2), runs_of(mail, 11, 2));
  EXPECT_TRUE(comparison.bottleneck_moved);
  EXPECT_EQ(comparison.bottleneck_a, "uwsgi cpu");
  EXPECT_EQ(comparison.bottleneck_b, "uwsgi workers");
  EXPECT_THAT(comparison.sentence,
              HasSubstr("the bottleneck moved from uwsgi cpu to uwsgi workers"));
}

TEST(CompareRuns, LevelsAreMatchedByUsers) {
  SyntheticStack other = stack_of();
  other.steps = {{60, 20}, {100, 20}, {400, 20}, {600, 20}};
  const RunComparison comparison = compare_runs(runs_of(stack_of(), 1, 2), runs_of(other, 11, 2));
  std::vector<double> levels;
  for (const ComparedMeasure& one : comparison.measures)
    if (one.name == "throughput") levels.push_back(one.users.value_or(0));
  // 150 users are between two levels of the other group.
  EXPECT_THAT(levels, testing::ElementsAre(150, 400));
}

/// One level of users, as a tool gives it.
SyntheticStack stack_under(double users) {
  SyntheticStack stack = stack_of();
  stack.steps = {{users, 30}};
  return stack;
}

bool asks_for(const RunComparison& comparison, const std::string& measure) {
  return std::ranges::count(comparison.measures, measure, &ComparedMeasure::name) > 0;
}

TEST(CompareRuns, MoreAnswersToMoreUsersAreNothingBetter) {
  const RunComparison comparison =
      compare_runs(runs_of(stack_under(20), 1, 2), runs_of(stack_under(60), 11, 2));
  EXPECT_FALSE(asks_for(comparison, "throughput")) << comparison.sentence;
  EXPECT_FALSE(asks_for(comparison, "p95"));
  EXPECT_THAT(comparison.sentence, HasSubstr("A and B are of different loads"));
  EXPECT_THAT(comparison.warnings, Contains(HasSubstr("A had 20 users, B 60")));
}

TEST(CompareRuns, WhatTwoLoadsGetAtTheLimitIsCompared) {
  const RunComparison comparison =
      compare_runs(runs_of(stack_under(400), 1, 2), runs_of(stack_under(600), 11, 2));
  EXPECT_TRUE(asks_for(comparison, "throughput")) << comparison.sentence;
  EXPECT_FALSE(asks_for(comparison, "latency"));
}

TEST(CompareRuns, OtherErrorsAndOtherLoadAreGuarded) {
  SyntheticStack failing = stack_of();
  failing.errors_ratio = 0.2;
  failing.think_seconds = 1;
  const RunComparison comparison = compare_runs(runs_of(stack_of(), 1, 2), runs_of(failing, 11, 2));
  EXPECT_THAT(comparison.guardrails, Contains(Field(&Guardrail::name, "errors")));
  EXPECT_THAT(comparison.guardrails, Contains(Field(&Guardrail::name, "load")));
  const auto errors = std::ranges::find(comparison.measures, "errors", &ComparedMeasure::name);
  ASSERT_NE(errors, comparison.measures.end());
  EXPECT_EQ(errors->verdict, Change::kWorse);
}

TEST(CompareRuns, NoRunsCannotBeCompared) {
  EXPECT_THAT(compare_runs({}, {}).sentence, HasSubstr("nothing can be compared"));
}

FailIf condition(const std::string& text) {
  const auto parsed = parse_fail_if(text);
  EXPECT_TRUE(std::holds_alternative<FailIf>(parsed)) << text << ": " << std::get<1>(parsed);
  return std::holds_alternative<FailIf>(parsed) ? std::get<FailIf>(parsed) : FailIf{};
}

RunComparison made_up() {
  RunComparison comparison;
  comparison.verdict = Change::kWorse;
  comparison.bottleneck_moved = true;
  comparison.measures = {
      {.name = "ceiling",
       .unit = "/s",
       .a = 400,
       .b = 376,
       .change = {-0.06, -0.09, -0.03},
       .verdict = Change::kWorse},
      {.name = "p95",
       .unit = "s",
       .users = 100,
       .a = 0.1,
       .b = 0.2,
       .change = {1, 0.8, 1.2},
       .higher_is_better = false,
       .verdict = Change::kWorse},
      {.name = "p95",
       .unit = "s",
       .users = 400,
       .a = 0.3,
       .b = 0.3,
       .change = {0, -0.05, 0.05},
       .higher_is_better = false,
       .verdict = Change::kInconclusive},
      {.name = "errors",
       .unit = "ratio",
       .a = 0.01,
       .b = 0.03,
       .change = {0.02, 0.02, 0.02},
       .higher_is_better = false,
       .verdict = Change::kWorse},
      {.name = "demand.my-app",
       .unit = "s/request",
       .a = 0.01,
       .b = 0.011,
       .change = {0.1, 0.05, 0.15},
       .higher_is_better = false,
       .verdict = Change::kWorse},
  };
  return comparison;
}

TEST(FailIfConditions, AreEvaluated) {
  struct Case {
    const char* text;
    bool fails, certain;
  };
  const Case cases[] = {
      {"ceiling < -5%", true, false},
      {"ceiling < -2%", true, true},
      {"ceiling<-10%", false, true},
      {"ceiling < 380", true, false},
      {"ceiling worse", true, true},
      {"p95 > 250ms", true, true},
      {"p95 > 0.31s", false, false},
      {"p95 > +20%", false, true},
      {"errors > 2%", true, true},
      {"errors > +3%", false, true},
      {"errors >= +1%", true, true},
      {"demand.my-app > 3%", true, true},
      {"verdict worse", true, true},
      {"bottleneck moved", true, true},
      {"ceiling < -10% or errors > 2%", true, true},
      {"ceiling < -10% and errors > 2%", false, true},
      {"ceiling < -2% and p95 > +20% or errors > 2% and verdict worse", true, true},
      {"throughput < -5%", true, false},
  };
  for (const Case& one : cases) {
    const FailIfAnswer answer = evaluate(condition(one.text), made_up());
    EXPECT_EQ(answer.fails, one.fails) << one.text << ": " << answer.words;
    EXPECT_EQ(answer.certain, one.certain) << one.text << ": " << answer.words;
  }
  EXPECT_THAT(evaluate(condition("throughput < -5%"), made_up()).unknown,
              testing::ElementsAre("throughput"));
}

TEST(FailIfConditions, EveryMeasureOfAComparisonCanBeAsked) {
  const RunComparison comparison =
      compare_runs(runs_of(stack_of(), 1, 1), runs_of(stack_of(), 2, 1));
  ASSERT_FALSE(comparison.measures.empty());
  for (const ComparedMeasure& measure : comparison.measures)
    EXPECT_THAT(condition(measure.name + " worse").terms, testing::SizeIs(1));
}

TEST(FailIfConditions, WhatCannotBeReadSaysWhereAndWhy) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "column 1 of '': here a measure"},
      {"ceiling", "one of < <= > >= is expected"},
      {"ceiling <", "column 10 of 'ceiling <': here a number"},
      {"ceiling < five", "column 11 of 'ceiling < five': here a number"},
      {"ceiling < -5", "only a change can be below zero"},
      {"ceiling < -5% but p95 > 3%", "here 'and', 'or' or the end"},
      {"ceiling < -5% and", "here a measure"},
      {"ceiling < 5furlongs", "unknown unit"},
      {"p95 > 10", "column 9 of 'p95 > 10': a unit is missing"},
      {"errors > 1 and p95 > 1s", "a unit is missing"},
      {"ceiling < nan", "here a number"},
      {"bottleneck gone", "only 'moved'"},
      {"bottleneck < 3", "only 'moved'"},
      {"verdict < 3", "of the verdict better, worse"},
      {"throughputt < -5%",
       "column 1 of 'throughputt < -5%': 'throughputt' is not a measure: throughput, "},
      {"p95 > 1s or demand. > 3%",
       "column 13 of 'p95 > 1s or demand. > 3%': 'demand.' is not a measure"},
      {" ", "here a measure"},
      {"ceiling great", "or better, worse, same"},
      {"ceiling < -5% | p95 > 3%", "here 'and'"},
  };
  for (const auto& [text, said] : cases) {
    const auto parsed = parse_fail_if(text);
    ASSERT_TRUE(std::holds_alternative<std::string>(parsed)) << text;
    EXPECT_THAT(std::get<std::string>(parsed), HasSubstr(said)) << text;
  }
}

TEST(FailIf, NothingFallsByMoreThanAll) {
  EXPECT_THAT(std::get<std::string>(parse_fail_if("throughput < -200%")),
              HasSubstr("more than 100 %"));
  EXPECT_TRUE(std::holds_alternative<FailIf>(parse_fail_if("throughput < -100%")));
}

TEST(CompareRuns, RunsOfOneProgramAreToldApartByTheirCommands) {
  RunFindings before, after;
  before.label = {.name = "sh", .command = "sh steps.sh"};
  after.label = {.name = "sh", .command = "sh stepsab.sh"};
  const RunComparison comparison = compare_runs({&before, 1}, {&after, 1});
  EXPECT_THAT(comparison.names_a, testing::ElementsAre("sh steps.sh"));
  EXPECT_THAT(comparison.names_b, testing::ElementsAre("sh stepsab.sh"));
  EXPECT_THAT(compare_runs({&before, 1}, {&before, 1}).names_a, testing::ElementsAre("sh"));
}

TEST(CompareRuns, ErrorsThatNobodyToldAreNotCompared) {
  std::vector<RunFindings> a = runs_of(stack_of(), 1, 1), b = runs_of(stack_of(), 2, 1);
  const auto errors = [&] {
    const auto measures = compare_runs(a, b).measures;
    return std::ranges::count(measures, "errors", &ComparedMeasure::name);
  };
  EXPECT_EQ(errors(), 1);
  b[0].generator.tells_errors = false;
  EXPECT_EQ(errors(), 0);
}

}  // namespace
}  // namespace tierwatch
