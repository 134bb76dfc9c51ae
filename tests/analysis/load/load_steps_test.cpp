// SPDX-License-Identifier: MIT
#include "analysis/load/load_steps.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "analysis/load/level_cuts.h"
#include "analysis/runs/scalability_fit.h"
#include "tests/support/synthetic_run.h"

namespace tierwatch {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::vector<double> steps_of(std::vector<std::pair<double, int>> parts, double noise = 0.03) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  std::vector<double> values;
  for (const auto& [level, count] : parts)
    for (int i = 0; i < count; ++i) values.push_back(level * (1 + noise * normal(random)));
  return values;
}

std::vector<std::size_t> cuts(const std::vector<double>& values) {
  std::vector<std::size_t> firsts;
  for (const Stretch& stretch : levels(values, 1)) firsts.push_back(stretch.first);
  return firsts;
}

TEST(Levels, CutWhereTheMeanChanges) {
  EXPECT_THAT(cuts(steps_of({{100, 30}, {200, 30}, {150, 30}})), testing::ElementsAre(0, 30, 60));
}

TEST(Levels, NoiseIsNotCut) {
  EXPECT_THAT(cuts(steps_of({{100, 200}}, 0.1)), testing::ElementsAre(0));
  EXPECT_THAT(cuts(steps_of({{100, 200}}, 0)), testing::ElementsAre(0));
}

TEST(Levels, NothingHasNone) { EXPECT_THAT(levels({}, 1), IsEmpty()); }

TEST(StandsStill, ARampDoesNot) {
  std::vector<double> ramp;
  for (int i = 0; i < 30; ++i) ramp.push_back(100 + 3 * i);
  EXPECT_FALSE(stands_still(ramp, 1, {0, 30, 143}));
  const auto level = steps_of({{100, 30}});
  EXPECT_TRUE(stands_still(level, 1, {0, 30, 100}));
  EXPECT_FALSE(stands_still(level, 1, {0, 4, 100})) << "too short";
}

TEST(WithoutMixedEnds, ValuesWithinWhichTheLevelChangedGo) {
  const std::vector<double> users = {1, 1, 6.4, 8, 8, 8, 8, 8, 5.8, 2};
  EXPECT_EQ(without_mixed_ends(users, {2, 9, 7.5}), (Stretch{3, 8, 8}));
  EXPECT_EQ(without_mixed_ends(users, {3, 8, 8}), (Stretch{3, 8, 8}));
  EXPECT_EQ(without_mixed_ends(users, {0, 3, 2.8}), (Stretch{0, 3, 2.8})) << "too short to tell";
}

TEST(WarmUp, IsCutOff) {
  std::vector<double> values = {10, 40, 70, 90};
  const auto steady = steps_of({{100, 26}});
  values.insert(values.end(), steady.begin(), steady.end());
  EXPECT_NEAR(double(warm_up(values)), 4, 1.0);
  EXPECT_EQ(warm_up(steady), 0u);
  EXPECT_EQ(warm_up(std::vector<double>{101, 96, 100, 100, 100, 100}), 0u) << "noise is none";
}

TEST(LoadSteps, ASlowRampIsCutInSlices) {
  SyntheticStack stack;
  stack.steps.clear();
  for (int users = 2; users <= 180; users += 2) stack.steps.push_back({double(users), 1});
  stack.warm_up_seconds = 0;
  const SyntheticRun run = synthetic_run(stack);
  const auto steps = load_steps(&run.load, {}, run.samples, {});
  ASSERT_EQ(steps.size(), 9u);
  for (const LoadStep& step : steps) {
    EXPECT_EQ(step.kind, LoadStep::Kind::kRamp);
    EXPECT_GE(step.samples, 9u);
  }
  EXPECT_GT(steps.back().requests_per_second->value, 5 * steps.front().requests_per_second->value);
}

TEST(LoadSteps, WithoutUsersThroughputTellsThem) {
  SyntheticStack stack;
  stack.steps = {{50}, {100}, {180}};
  SyntheticRun run = synthetic_run(stack);
  for (LoadPoint& point : run.load.points) point.users.reset();
  const auto steps = load_steps(&run.load, {}, run.samples, {});
  ASSERT_EQ(steps.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(steps[i].requests_per_second->value, true_throughput(stack, stack.steps[i].users),
                0.08 * true_throughput(stack, stack.steps[i].users));
}

TEST(LoadSteps, TheOffsetMovesThem) {
  const SyntheticRun run = synthetic_run({});
  const auto here = load_steps(&run.load, {}, run.samples, {});
  const auto there = load_steps(&run.load, std::chrono::seconds(3), run.samples, {});
  ASSERT_EQ(here.size(), there.size());
  EXPECT_EQ(there[2].begin - here[2].begin, std::chrono::seconds(3));
  EXPECT_EQ(there[2].first_sample, here[2].first_sample + 3);
}

TEST(LoadSteps, OutsideOfWhatWasRecordedTheyHaveNoSamples) {
  const SyntheticRun run = synthetic_run({});
  for (const LoadStep& step : load_steps(&run.load, std::chrono::hours(3), run.samples, {}))
    EXPECT_EQ(step.samples, 0u);
}

TEST(LoadSteps, WithoutLoadIdleSamplesAroundTheRunBelongToNone) {
  // Throttled in periods, so that seconds differ by more than an idle one costs beside six.
  const std::vector<double> cores = {0, 0.45, 0.55, 0.4, 0.6, 0.45, 0.55, 0};
  const auto start = RunSample{}.at + std::chrono::hours(1);
  std::vector<RunSample> samples;
  for (std::size_t i = 0; i < cores.size(); ++i) {
    RunSample sample{.at = start + std::chrono::seconds(i + 1)};
    sample.facts.seconds = 1;
    sample.facts.tiers.push_back({.name = "uwsgi", .cpu_cores = cores[i]});
    samples.push_back(sample);
  }
  const RunTime run{start + std::chrono::seconds(1), start + std::chrono::seconds(7)};
  const auto steps = load_steps(nullptr, {}, samples, run);
  ASSERT_EQ(steps.size(), 1u);
  EXPECT_EQ(steps[0].begin, run.begin);
  EXPECT_EQ(steps[0].first_sample, 1u);
  EXPECT_EQ(steps[0].samples, 6u);
  const auto all = load_steps(nullptr, {}, samples, {});
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all[0].first_sample, 0u) << "a run too short for a sample: all that is there";
}

TEST(LoadSteps, NothingHasNone) { EXPECT_THAT(load_steps(nullptr, {}, {}, {}), IsEmpty()); }

std::vector<LoadStep> usl_steps(double lambda, double sigma, double kappa, double noise,
                                std::initializer_list<double> users) {
  std::mt19937 random(3);
  std::normal_distribution<double> normal;
  std::vector<LoadStep> steps;
  for (const double n : users) {
    const double rate =
        lambda * n / (1 + sigma * (n - 1) + kappa * n * (n - 1)) * (1 + noise * normal(random));
    LoadStep step{.users = n, .requests_per_second = Estimate{rate, rate, rate}};
    step.end = step.begin + std::chrono::seconds(30);
    steps.push_back(step);
  }
  return steps;
}

TEST(ScalabilityFit, CoefficientsAreFoundAgain) {
  const auto fit =
      fit_scalability(usl_steps(50, 0.05, 0.001, 0.01, {1, 2, 4, 8, 12, 16, 24, 32, 48, 64}));
  ASSERT_TRUE(fit.fitted) << fit.words;
  EXPECT_NEAR(fit.lambda.value, 50, 3);
  EXPECT_NEAR(fit.sigma.value, 0.05, 0.02);
  EXPECT_NEAR(fit.kappa.value, 0.001, 0.0003);
  EXPECT_LE(fit.kappa.low, 0.001);
  EXPECT_GE(fit.kappa.high, 0.001);
  ASSERT_TRUE(fit.peak_n);
  EXPECT_NEAR(*fit.peak_n, std::sqrt(0.95 / 0.001), 4);
  EXPECT_THAT(fit.words, HasSubstr("hinder each other"));
}

TEST(ScalabilityFit, ExactDataHaveAnExactFit) {
  const auto fit = fit_scalability(usl_steps(50, 0.05, 0.001, 0, {1, 2, 4, 8, 16, 32, 64}));
  ASSERT_TRUE(fit.fitted) << fit.words;
  EXPECT_NEAR(fit.lambda.value, 50, 1e-3);
  EXPECT_NEAR(fit.kappa.value, 0.001, 1e-6);
}

TEST(ScalabilityFit, NoPeakIsToldWhereNoneWasSeen) {
  const auto fit = fit_scalability(usl_steps(50, 0.05, 0, 0.01, {1, 2, 4, 8, 16, 32, 64}));
  ASSERT_TRUE(fit.fitted) << fit.words;
  EXPECT_FALSE(fit.peak_n);
}

TEST(ScalabilityFit, TooLittleIsNotFittedAndSaysWhy) {
  const std::pair<std::vector<LoadStep>, const char*> cases[] = {
      {{}, "neither users nor latency"},
      {usl_steps(50, 0.05, 0, 0, {1, 2, 4}), "3 levels of load, six are needed"},
      {usl_steps(50, 0.05, 0, 0, {10, 12, 14, 16, 18, 20}), "only 2 times the lowest"},
  };
  for (const auto& [steps, said] : cases) {
    const auto fit = fit_scalability(steps);
    EXPECT_FALSE(fit.fitted);
    EXPECT_THAT(fit.words, HasSubstr(said));
  }
  auto failing = usl_steps(50, 0.05, 0, 0, {1, 2, 4, 8, 16, 32});
  failing[3].error_ratio = 0.2;
  EXPECT_THAT(fit_scalability(failing).words, HasSubstr("failed"));
}

LoadSeries seconds_of_load(int seconds) {
  LoadSeries load{.tool = "ab", .start = std::chrono::system_clock::time_point{}};
  for (int i = 0; i < seconds; ++i)
    load.points.push_back(
        {.begin = std::chrono::seconds(i), .requests = 200, .mean_seconds = 0.01});
  load.totals = {.requests = 200.0 * seconds, .seconds = double(seconds)};
  return load;
}

TEST(LoadSteps, ARunTooShortForALevelIsOneStep) {
  const LoadSeries load = seconds_of_load(4);
  const auto steps = load_steps(&load, {}, {}, {});
  ASSERT_EQ(steps.size(), 1u);
  EXPECT_EQ(steps[0].kind, LoadStep::Kind::kWhole);
  EXPECT_NEAR(steps[0].requests_per_second->value, 200, 1e-9);
  EXPECT_NEAR(steps[0].seconds(), 4, 1e-6);
  EXPECT_TRUE(steps[0].short_data);
}

TEST(LoadSteps, ErrorsThatNobodyToldAreAbsent) {
  for (const bool known : {true, false}) {
    LoadSeries load = seconds_of_load(20);
    load.errors_known = known;
    EXPECT_EQ(load_steps(&load, {}, {}, {}).at(0).error_ratio.has_value(), known);
    load.points.clear();
    EXPECT_EQ(load_steps(&load, {}, {}, {}).at(0).error_ratio.has_value(), known);
  }
}

}  // namespace
}  // namespace tierwatch
