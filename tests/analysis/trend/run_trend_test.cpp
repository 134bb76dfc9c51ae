// SPDX-License-Identifier: MIT
#include "analysis/trend/run_trend.h"

#include <gmock/gmock.h>

#include <random>

namespace tierwatch {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

/// A run of wrk with 8 users, a day after the other, that differs by 2 % from the next.
RunFindings run(int number, double dearer, std::mt19937& random) {
  std::normal_distribution<double> noise(0, 0.02);
  RunFindings one;
  one.label.name = "nightly-" + std::to_string(number);
  one.label.begin = std::chrono::system_clock::time_point(1'760'000'000s + number * 24h);
  one.label.end = one.label.begin + 10s;
  one.load_tool = "wrk";
  one.host.processors = 2;
  StepFindings step;
  step.host = {.processors = 2, .busy_cores = 1.9};
  step.tiers = {{.tier = "uwsgi", .cpu_cores = 1.6}, {.tier = "load-generator", .cpu_cores = 0.25}};
  step.load.users = 8;
  const double rate = 200 / dearer * (1 + noise(random));
  step.load.requests_per_second = Estimate{rate, rate, rate};
  step.load.mean_seconds = 8 / rate;
  step.load.error_ratio = 0.0;
  one.steps = {step};
  one.busiest = 0;
  for (const auto& [tier, cost] : {std::pair("uwsgi", 0.009 * dearer), std::pair("nginx", 0.001)}) {
    TierDemand& demand = one.demand.tiers.emplace_back();
    demand.tier = tier;
    demand.share = cost / 0.010;
    const double seconds = cost * (1 + noise(random));
    demand.cpu.seconds = {seconds, seconds, seconds};
  }
  one.verdict.outcome = RunVerdict::Outcome::kSaturated;
  one.verdict.tier = "uwsgi";
  return one;
}

std::vector<RunFindings> runs(int count, int dearer_from, double dearer, std::uint32_t seed = 7) {
  std::mt19937 random(seed);
  std::vector<RunFindings> all;
  for (int i = 0; i < count; ++i) all.push_back(run(i, i >= dearer_from ? dearer : 1, random));
  return all;
}

const TrendSeries* series(const RunTrend& trend, const std::string& name) {
  for (const TrendSeries& one : trend.series)
    if (one.name == name) return &one;
  return nullptr;
}

TEST(RunTrend, NamesTheDemandThatMovedAndSinceWhichRun) {
  const RunTrend trend = find_trend(runs(40, 30, 1.07));
  const TrendSeries* uwsgi = series(trend, "demand.uwsgi");
  ASSERT_NE(uwsgi, nullptr);
  ASSERT_FALSE(uwsgi->changes.empty());
  const TrendChange& newest = uwsgi->changes.back();
  EXPECT_NEAR(double(newest.run), 30, 1);
  EXPECT_NEAR(newest.change.value, 0.07, 0.02);
  EXPECT_LT(newest.change.low, 0.07);
  EXPECT_GT(newest.change.high, 0.07);
  EXPECT_EQ(newest.verdict, Change::kWorse);
  EXPECT_THAT(series(trend, "demand.nginx")->changes, IsEmpty());
  EXPECT_THAT(trend.sentence, StartsWith("since run 31 of 40 (nightly-30, "));
  EXPECT_THAT(trend.sentence, HasSubstr("uwsgi CPU per request +"));
  EXPECT_THAT(trend.sentence, HasSubstr("throughput −"));
  EXPECT_LT(trend.sentence.find("uwsgi CPU"), trend.sentence.find("throughput"))
      << "the cause first";
}

TEST(RunTrend, AStepInTheMiddleOfEightRunsIsFoundThoughManyMeasuresAreAsked) {
  int found = 0;
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const TrendSeries* uwsgi = nullptr;
    const RunTrend trend = find_trend(runs(8, 4, 1.6, seed));
    uwsgi = series(trend, "demand.uwsgi");
    found += !uwsgi->changes.empty() && uwsgi->changes.front().run == 4u;
  }
  EXPECT_GE(found, 18);
}

TEST(RunTrend, OfUnchangedRunsOneInTwentyHasAChangeAtMost) {
  int alarms = 0;
  for (std::uint32_t seed = 0; seed < 100; ++seed)
    for (const TrendSeries& one : find_trend(runs(40, 40, 1, seed)).series)
      if (!one.changes.empty()) {
        ++alarms;
        break;
      }
  EXPECT_LE(alarms, 5) << "of all measures together";
}

TEST(RunTrend, SaysWhatItWouldHaveFound) {
  const RunTrend trend = find_trend(runs(40, 40, 1));
  EXPECT_THAT(trend.sentence,
              StartsWith("no change that can be told from noise in 40 runs: they differ by "));
  const TrendSeries* throughput = series(trend, "throughput");
  EXPECT_NEAR(throughput->noise, 0.02, 0.01);
  EXPECT_NEAR(throughput->findable.value(), 0.028, 0.012);
  EXPECT_EQ(series(trend, "errors"), nullptr) << "no request ever failed";
}

TEST(RunTrend, OfRunsThatDifferManyTimesNoneIsSaidToBeTheSame) {
  std::vector<RunFindings> all = runs(8, 8, 1);
  const double per_second[] = {71, 70, 259, 234, 283, 296, 400, 440};
  for (std::size_t i = 0; i < all.size(); ++i) {
    LoadStep& load = all[i].steps[0].load;
    load.requests_per_second = Estimate{per_second[i], per_second[i], per_second[i]};
    load.mean_seconds = 8 / per_second[i];
  }
  EXPECT_THAT(find_trend(all).sentence,
              StartsWith("it cannot be said whether anything changed in 8"));
}

TEST(RunTrend, TheOrderIsThatOfTheirTime) {
  auto shuffled = runs(20, 10, 1.5);
  std::ranges::reverse(shuffled);
  const RunTrend trend = find_trend(shuffled);
  EXPECT_EQ(trend.runs.front().name, "nightly-0");
  EXPECT_EQ(series(trend, "demand.uwsgi")->changes.front().run, 10u);
}

TEST(RunTrend, AFewRunsAreToldFromNone) {
  EXPECT_THAT(find_trend(runs(5, 2, 3)).sentence, HasSubstr("at least 8 are needed"));
  EXPECT_THAT(find_trend({}).series, IsEmpty());
}

TEST(RunTrend, WhatIsNotKnownOfSomeRunsLeavesTheirPlaceEmpty) {
  auto some = runs(20, 10, 1.5);
  some[3].demand.tiers.clear();
  some[12].demand.tiers.clear();
  const TrendSeries* uwsgi = nullptr;
  const RunTrend trend = find_trend(some);
  uwsgi = series(trend, "demand.uwsgi");
  ASSERT_NE(uwsgi, nullptr);
  EXPECT_FALSE(uwsgi->values[3]);
  ASSERT_THAT(uwsgi->changes, SizeIs(1));
  EXPECT_EQ(uwsgi->changes[0].run, 10u) << "an index of runs, not of values";
}

TEST(RunTrend, AnotherLoadMakesItDoubtful) {
  auto other = runs(20, 20, 1);
  other[7].steps[0].load.users = 64;
  other[8].load_tool = "hey";
  other[9].generator.saturated = true;
  std::string warnings;
  for (const std::string& one : find_trend(other).warnings) warnings += one + "\n";
  EXPECT_THAT(warnings, HasSubstr("8 to 64 users"));
  EXPECT_THAT(warnings, HasSubstr("hey and wrk"));
  EXPECT_THAT(warnings, HasSubstr("filled a core itself in 1 run"));
}

/// So many of the two processors are used by programs of no tier from a run on.
std::vector<RunFindings> beside_others(std::vector<RunFindings> all, std::size_t from,
                                       double cores) {
  for (std::size_t i = from; i < all.size(); ++i) {
    all[i].steps[0].tiers[0].cpu_cores = 1.6 - cores;
    all[i].steps[0].host.busy_cores = 1.9;
  }
  return all;
}

TEST(RunTrend, ThatOtherProgramsTakeMoreSinceARunIsSaid) {
  const RunTrend quiet = find_trend(runs(20, 10, 1.5));
  EXPECT_THAT(quiet.warnings, IsEmpty());
  EXPECT_THAT(quiet.sentence, Not(HasSubstr("other programs")));
  EXPECT_NEAR(quiet.runs[0].other_programs_ratio.value(), 0.025, 1e-9);

  const RunTrend both = find_trend(beside_others(runs(20, 10, 1.5), 10, 0.8));
  EXPECT_THAT(both.warnings, ElementsAre("other programs used 2 % of the host's cpu before run 11 "
                                         "(nightly-10) and 42 % from there on: what moved there "
                                         "may be their doing"));
  EXPECT_THAT(both.sentence, HasSubstr("uwsgi CPU per request +"));
  EXPECT_THAT(both.sentence, HasSubstr("; but the cpu that other programs used moved there, too"));

  const RunTrend apart = find_trend(beside_others(runs(30, 22, 1.5), 8, 0.8));
  EXPECT_THAT(apart.warnings, SizeIs(1));
  EXPECT_THAT(apart.sentence, Not(HasSubstr("other programs"))) << "they moved at another run";
}

TEST(RunTrend, ThatOtherProgramsDifferFromRunToRunIsSaidOfFewRunsToo) {
  auto few = runs(4, 4, 1);
  few[2].steps[0].tiers[0].cpu_cores = 1.0;
  EXPECT_THAT(find_trend(few).warnings, ElementsAre("other programs used 2 % to 32 % of the host's "
                                                    "cpu: the runs were not alike"));
  few[2].steps[0].host.busy_cores.reset();
  EXPECT_THAT(find_trend(few).warnings, IsEmpty()) << "not known is none";
}

}  // namespace
}  // namespace tierwatch
