// SPDX-License-Identifier: MIT
#include "analysis/load/alignment.h"

#include <gmock/gmock.h>

#include "tests/support/synthetic_run.h"

namespace tierwatch {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

double seconds_of(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

struct Shift {
  const char* name;
  double seconds;  ///< the generator's clock is this much ahead
};
constexpr Shift kShifts[] = {
    {"none", 0},
    {"three hours behind", -10800},
    {"7.3 s ahead", 7.3},
    {"both", -10800 + 7.3},
    {"India, 5 h 30", 19800},
    {"Nepal, 5 h 45, and a half", 20700.5},
    {"a quarter of a second", 0.25},
    {"two minutes", 118},
};

void shift(LoadSeries& load, double seconds) {
  *load.start += std::chrono::duration_cast<std::chrono::system_clock::duration>(
      std::chrono::duration<double>(seconds));
}

TEST(Align, ShiftedFilesAreFoundWithinASecond) {
  for (const Shift& one : kShifts)
    for (std::uint32_t seed = 1; seed <= 5; ++seed) {
      SyntheticStack stack;
      stack.seed = seed;
      SyntheticRun run = synthetic_run(stack);
      shift(run.load, one.seconds);
      const ClockOffset clock = align(run.load, run.samples);
      ASSERT_EQ(clock.source, ClockOffset::Source::kCorrelation) << one.name << ": " << clock.words;
      EXPECT_NEAR(seconds_of(clock.offset), -one.seconds, 1.0) << one.name << ": " << clock.words;
      EXPECT_LE(*clock.error_seconds, 1.0);
    }
}

TEST(Align, ALocalTimeFileFindsItsZone) {
  SyntheticRun run = synthetic_run({});
  shift(run.load, 7200);
  run.load.zone_known = false;
  const ClockOffset clock = align(run.load, run.samples);
  EXPECT_EQ(clock.zone, -120min) << clock.words;
  EXPECT_NEAR(seconds_of(clock.offset), -7200, 1.0);
  EXPECT_THAT(clock.words, HasSubstr("time zone"));
}

TEST(Align, AFileOfAnotherTimeIsNotMovedByAQuarterOfAnHour) {
  SyntheticRun run = synthetic_run({});
  shift(run.load, 900);
  ASSERT_TRUE(run.load.zone_known);
  EXPECT_FALSE(align(run.load, run.samples).usable()) << "clocks are not set wrong by so much";
  shift(run.load, 2700);
  EXPECT_EQ(align(run.load, run.samples).zone, -60min) << "by a zone they are";
}

/// Twice as much load by others begins a while after the file's.
TEST(Align, StampsThatKnowTheirZoneAreNotMovedOntoAnothersLoad) {
  SyntheticStack stack;
  stack.steps = {{100, 15}};
  stack.before_seconds = stack.after_seconds = 40;
  stack.warm_up_seconds = 0;
  SyntheticRun run = synthetic_run(stack);
  const std::vector<RunSample> calm = run.samples;
  const auto step = calm[1].at - calm[0].at;
  const auto places = [&](double seconds) {
    return static_cast<std::size_t>(seconds / std::chrono::duration<double>(step).count());
  };
  for (std::size_t i = places(40); i < places(56); ++i) {
    RunSample& later = run.samples.at(i + places(23));
    const auto at = later.at;
    later = calm[i];
    later.at = at;
    for (TierFacts& tier : later.facts.tiers)
      if (tier.cpu_cores) *tier.cpu_cores *= 2;
  }
  const ClockOffset clock = align(run.load, run.samples);
  EXPECT_NEAR(seconds_of(clock.offset), 0, 1) << clock.words;
}

TEST(Align, EdgesOfAConstantLoadAreEnough) {
  SyntheticStack stack;
  stack.steps = {{300, 60}};
  stack.warm_up_seconds = 0;
  SyntheticRun run = synthetic_run(stack);
  shift(run.load, 7.3);
  const ClockOffset clock = align(run.load, run.samples);
  ASSERT_EQ(clock.source, ClockOffset::Source::kCorrelation) << clock.words;
  EXPECT_NEAR(seconds_of(clock.offset), -7.3, 1.0);
}

TEST(Align, TotalsHaveEdgesToo) {
  SyntheticStack stack;
  stack.steps = {{300, 60}};
  SyntheticRun run = synthetic_run(stack);
  run.load.points.clear();
  shift(run.load, 7.3);
  const ClockOffset clock = align(run.load, run.samples);
  ASSERT_EQ(clock.source, ClockOffset::Source::kCorrelation) << clock.words;
  // wrk's totals know nothing of the warm-up, which makes the load begin a little late.
  EXPECT_NEAR(seconds_of(clock.offset), -7.3, 1.6);
}

SyntheticRun constant_without_edges(std::uint32_t seed) {
  SyntheticStack stack;
  stack.steps = {{300, 200}};
  stack.warm_up_seconds = stack.before_seconds = stack.after_seconds = 0;
  stack.cpu_noise = 0.3;  // nothing of the throughput's noise shows
  stack.seed = seed;
  return synthetic_run(stack);
}

TEST(Align, ConstantLoadWithoutEdgesIsNotGuessed) {
  for (std::uint32_t seed = 1; seed <= 10; ++seed) {
    SyntheticRun run = constant_without_edges(seed);
    shift(run.load, 7.3);
    const ClockOffset near = align(run.load, run.samples);
    EXPECT_EQ(near.source, ClockOffset::Source::kAssumed) << near.words;
    EXPECT_THAT(near.words, HasSubstr("assumed"));
    shift(run.load, -10800);
    const ClockOffset far = align(run.load, run.samples);
    EXPECT_EQ(far.source, ClockOffset::Source::kRefused) << far.words;
    EXPECT_FALSE(far.usable());
    EXPECT_THAT(far.words, HasSubstr("could not be placed"));
  }
}

TEST(Align, ASmoothRampWithoutEdgesIsNotGuessed) {
  SyntheticStack stack;
  stack.steps.clear();
  for (int users = 20; users < 200; users += 1) stack.steps.push_back({double(users), 1});
  stack.warm_up_seconds = 0;
  SyntheticRun run = synthetic_run(stack);
  // Only the middle was recorded, and only the middle of that is in the file.
  run.samples = {run.samples.begin() + 30, run.samples.end() - 30};
  run.load.points = {run.load.points.begin() + 50, run.load.points.end() - 50};
  const ClockOffset clock = align(run.load, run.samples);
  EXPECT_NE(clock.source, ClockOffset::Source::kCorrelation) << clock.words;
}

TEST(Align, APatternThatRepeatsFitsInSeveralPlaces) {
  SyntheticStack stack;
  stack.steps.clear();
  for (int i = 0; i < 12; ++i) stack.steps.insert(stack.steps.end(), {{20, 10}, {300, 10}});
  stack.warm_up_seconds = stack.before_seconds = stack.after_seconds = 0;
  SyntheticRun run = synthetic_run(stack);
  run.load.points = {run.load.points.begin() + 60, run.load.points.end() - 60};
  const ClockOffset clock = align(run.load, run.samples);
  EXPECT_NE(clock.source, ClockOffset::Source::kCorrelation) << clock.words;
  EXPECT_THAT(clock.words, HasSubstr("several offsets"));
}

TEST(Align, GivenAndSameClockAreTakenAsTheyAre) {
  const SyntheticRun run = synthetic_run({});
  const ClockOffset given = align(run.load, run.samples, {.given = 5s});
  EXPECT_EQ(given.source, ClockOffset::Source::kGiven);
  EXPECT_EQ(given.offset, 5s);
  const ClockOffset same = align(run.load, run.samples, {.same_clock = true});
  EXPECT_EQ(same.source, ClockOffset::Source::kSameClock);
  EXPECT_EQ(same.offset, 0s);
}

TEST(Align, AFileWithoutTimeOfDayIsSoughtInTheWholeRecording) {
  SyntheticStack stack;
  stack.before_seconds = 75;
  SyntheticRun run = synthetic_run(stack);
  const auto truth = *run.load.start;
  run.load.start.reset();
  const ClockOffset clock = align(run.load, run.samples);
  ASSERT_TRUE(clock.start) << clock.words;
  EXPECT_NEAR(seconds_of(*clock.start - truth), 0, 1.0);
  EXPECT_EQ(clock.offset, 0s);
  EXPECT_TRUE(clock.usable());
}

TEST(Align, AFileWithoutTimeOfDayOfAConstantLoadIsNotGuessed) {
  SyntheticRun run = constant_without_edges(1);
  run.load.start.reset();
  const ClockOffset clock = align(run.load, run.samples);
  EXPECT_EQ(clock.source, ClockOffset::Source::kNone) << clock.words;
  EXPECT_FALSE(clock.start);
  EXPECT_THAT(clock.words, HasSubstr("could not be found"));
}

TEST(Align, AFileWithoutRequestsCannotBePlaced) {
  EXPECT_FALSE(align({}, synthetic_run({}).samples).usable());
}

}  // namespace
}  // namespace tierwatch
