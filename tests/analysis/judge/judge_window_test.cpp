// SPDX-License-Identifier: MIT
#include "analysis/judge/judge_window.h"

#include <gtest/gtest.h>

#include "analysis/judge/judge.h"
#include "tests/support/judge_cases.h"

namespace tierwatch {
namespace {

JudgeInput mean_of(const std::vector<JudgeInput>& samples) {
  std::vector<const JudgeInput*> pointers;
  for (const JudgeInput& sample : samples) pointers.push_back(&sample);
  return window_mean(pointers);
}

JudgeInput tick(double seconds, double uwsgi_cores) {
  JudgeInput input = quiet_stack();
  input.seconds = seconds;
  tier_of(input, "uwsgi").cpu_cores = uwsgi_cores;
  return input;
}

TEST(WindowMean, WeighsByLength) {
  JudgeInput mean = mean_of({tick(3, 1), tick(1, 3)});
  EXPECT_DOUBLE_EQ(mean.seconds, 4);
  EXPECT_DOUBLE_EQ(*tier_of(mean, "uwsgi").cpu_cores, 1.5);
}

TEST(WindowMean, FactKnownLessThanHalfOfTheTimeStaysAbsent) {
  std::vector<JudgeInput> ticks(4, tick(1, 1));
  for (int i = 0; i < 2; ++i) tier_of(ticks[i], "uwsgi").cpu_cores.reset();
  JudgeInput half = mean_of(ticks);
  EXPECT_EQ(tier_of(half, "uwsgi").cpu_cores, 1.0);
  tier_of(ticks[2], "uwsgi").cpu_cores.reset();
  JudgeInput less = mean_of(ticks);
  EXPECT_FALSE(tier_of(less, "uwsgi").cpu_cores);
}

TEST(WindowMean, EventsAreSummedAndPeaksKept) {
  std::vector<JudgeInput> ticks(3, tick(1, 1));
  tier_of(ticks[0], "uwsgi").oom_kills = 2;
  tier_of(ticks[0], "uwsgi").listeners->front().queue_peak = 90;
  tier_of(ticks[1], "uwsgi").listeners->front().drops = 5;
  JudgeInput mean = mean_of(ticks);
  EXPECT_EQ(tier_of(mean, "uwsgi").oom_kills, 2.0);
  EXPECT_EQ(tier_of(mean, "uwsgi").listeners->front().queue_peak, 90);
  EXPECT_EQ(tier_of(mean, "uwsgi").listeners->front().drops, 5.0);
}

TEST(WindowMean, DescriptorRatiosOfDifferentProcessesAreAveragedAsRatios) {
  std::vector<JudgeInput> ticks(2, tick(1, 1));
  tier_of(ticks[0], "nginx").worst_fds = {.pid = 1, .open = 100, .limit = 100};
  tier_of(ticks[1], "nginx").worst_fds = {.pid = 2, .open = 512, .limit = 1024};
  JudgeInput mean = mean_of(ticks);
  EXPECT_EQ(tier_of(mean, "nginx").worst_fds->limit, 1024);
  EXPECT_DOUBLE_EQ(tier_of(mean, "nginx").worst_fds->open, 768);
}

TEST(WindowMean, WaitsOfATickWithoutThemAreZeroNotAbsent) {
  std::vector<JudgeInput> ticks(2, tick(1, 1));
  tier_of(ticks[0], "uwsgi").waits->push_back({WaitFacts::For::kTier, "postgres", 0.8});
  JudgeInput mean = mean_of(ticks);
  ASSERT_EQ(tier_of(mean, "uwsgi").waits->size(), 1u);
  EXPECT_DOUBLE_EQ(tier_of(mean, "uwsgi").waits->front().share, 0.4);
}

TEST(WindowMean, RoomThatWasMadeForAWhileCountsForThatWhile) {
  std::vector<JudgeInput> ticks(4, tick(1, 1));
  ticks[1].host.reclaim = ReclaimFacts{400, 800, 1200};
  EXPECT_EQ(mean_of(ticks).host.reclaim, (ReclaimFacts{100, 200, 300}));
  for (int i = 1; i < 4; ++i) ticks[static_cast<std::size_t>(i)].host.reclaim.reset();
  EXPECT_EQ(mean_of(ticks).host.reclaim, std::nullopt);
}

TEST(WindowMean, ForeignProgramWhoseProcessesFollowEachOtherIsOne) {
  std::vector<JudgeInput> ticks(2, tick(1, 1));
  ticks[0].host.foreign = {{.pid = 7, .comm = "cc1plus", .cores = 1}};
  ticks[1].host.foreign = {{.pid = 8, .comm = "cc1plus", .cores = 0.5}};
  const JudgeInput mean = mean_of(ticks);
  ASSERT_EQ(mean.host.foreign.size(), 1u);
  EXPECT_DOUBLE_EQ(mean.host.foreign[0].cores, 0.75);
}

TEST(WindowMean, LinksAndHowFarPeersAreAreMeans) {
  std::vector<JudgeInput> ticks(2, tick(1, 1));
  ticks[0].host.links = {{"eth0", 1e9, 0.2, 0.4}};
  ticks[1].host.links = {{"eth0", 1e9, 0.6, 0.8}};
  for (JudgeInput& one : ticks) {
    tier_of(one, "nginx").sending = one.host.links[0].sent_ratio * 10;
    tier_of(one, "nginx").peers = {{{.name = "a", .watched = false, .connections = 1}}};
    tier_of(one, "nginx").peers->front().round_trip_seconds = one.host.links[0].sent_ratio;
    tier_of(one, "nginx").listeners->front().half_open = one.host.links[0].sent_ratio;
  }
  JudgeInput mean = mean_of(ticks);
  EXPECT_DOUBLE_EQ(mean.host.links.at(0).sent_ratio, 0.4);
  EXPECT_DOUBLE_EQ(mean.host.links.at(0).received_ratio, 0.6);
  EXPECT_DOUBLE_EQ(*tier_of(mean, "nginx").sending, 4);
  EXPECT_DOUBLE_EQ(*tier_of(mean, "nginx").peers->front().round_trip_seconds, 0.4);
  EXPECT_DOUBLE_EQ(*tier_of(mean, "nginx").listeners->front().half_open, 0.4);
}

TEST(WindowMean, ForeignProgramThatCameLateUsedLess) {
  std::vector<JudgeInput> ticks(4, tick(1, 1));
  ticks[3].host.foreign = {{.pid = 7, .comm = "wrk", .cores = 2}};
  const JudgeInput mean = mean_of(ticks);
  ASSERT_EQ(mean.host.foreign.size(), 1u);
  EXPECT_DOUBLE_EQ(mean.host.foreign[0].cores, 0.5);
}

TEST(WindowMean, AQueueOfNobodysThatWasThereForAWhileCountsForThatWhile) {
  std::vector<JudgeInput> ticks(4, tick(1, 1));
  ticks[1].host.unowned_listeners = {
      {.name = "[::]:80", .queue_mean = 4, .queued_ratio = 1, .full_ratio = 0, .queue_peak = 7}};
  const auto found = mean_of(ticks).host.unowned_listeners;
  ASSERT_EQ(found.size(), 1u);
  EXPECT_DOUBLE_EQ(found[0].queued_ratio, 0.25);
  EXPECT_DOUBLE_EQ(found[0].queue_mean, 1);
  EXPECT_EQ(found[0].queue_peak, 7);
}

TEST(WindowMean, BackendsAreSteadyWhereTheirNumberIsAlwaysTheSame) {
  std::vector<JudgeInput> ticks(3, tick(1, 1));
  JudgeInput same = mean_of(ticks);
  EXPECT_TRUE(tier_of(same, "postgres").backends->steady);
  tier_of(ticks[1], "postgres").backends->backends = 7;
  JudgeInput mean = mean_of(ticks);
  EXPECT_FALSE(tier_of(mean, "postgres").backends->steady);
}

TEST(WindowMean, OfEqualTicksIsTheSameVerdict) {
  for (const JudgeCase& one : judge_cases()) {
    JudgeInput sample = one.input();
    sample.seconds = 1;
    EXPECT_EQ(named_by(judge(mean_of(std::vector<JudgeInput>(5, sample)))), one.expected)
        << one.name;
  }
}

TEST(WindowMean, OfNothingIsEmpty) { EXPECT_EQ(window_mean({}).seconds, 0); }

}  // namespace
}  // namespace tierwatch
