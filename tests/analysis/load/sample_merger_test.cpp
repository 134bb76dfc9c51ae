// SPDX-License-Identifier: MIT
#include "analysis/load/sample_merger.h"

#include <gmock/gmock.h>

namespace tierwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

using WallTime = std::chrono::system_clock::time_point;

WallTime second(double at) {
  return WallTime(std::chrono::round<WallTime::duration>(std::chrono::duration<double>(at)));
}

RunSample sample(double at, double cores, double seconds = 1) {
  RunSample one{.at = second(at), .state = VerdictState::kClear};
  one.facts.seconds = seconds;
  one.facts.host.processors = 4;
  one.facts.tiers = {{.name = "uwsgi", .cpu_cores = cores}};
  return one;
}

std::vector<double> times(const std::vector<RunSample>& samples) {
  std::vector<double> all;
  for (const RunSample& one : samples)
    all.push_back(std::chrono::duration<double>(one.at.time_since_epoch()).count());
  return all;
}

std::vector<RunSample> merged(std::size_t together, const std::vector<RunSample>& samples) {
  SampleMerger merger(together);
  for (const RunSample& one : samples) merger.add(one);
  return merger.take();
}

TEST(SampleMerger, OneStaysAsItIs) {
  const std::vector<RunSample> samples{sample(1, 0.5), sample(2, 1.5), sample(3, 0)};
  EXPECT_EQ(merged(1, samples), samples);
}

TEST(SampleMerger, NeighboursBecomeTheirMeanAndNothingIsLost) {
  const auto two =
      merged(2, {sample(1, 0.5), sample(2, 1.5), sample(3, 1), sample(4, 2), sample(5, 7)});
  EXPECT_THAT(times(two), ElementsAre(2, 4, 5));
  EXPECT_DOUBLE_EQ(two[0].facts.tiers[0].cpu_cores.value(), 1);
  EXPECT_DOUBLE_EQ(two[1].facts.tiers[0].cpu_cores.value(), 1.5);
  EXPECT_DOUBLE_EQ(two[2].facts.tiers[0].cpu_cores.value(), 7) << "the rest";
  EXPECT_EQ(two[0].facts.seconds + two[1].facts.seconds + two[2].facts.seconds, 5);
}

TEST(SampleMerger, TheVerdictThatHeldLongestIsKept) {
  std::vector<RunSample> samples{sample(1, 0), sample(2, 0), sample(3, 0)};
  for (const std::size_t i : {0u, 2u}) {
    samples[i].state = VerdictState::kSaturated;
    samples[i].named = TierResource{"uwsgi", Resource::kCpu};
  }
  const auto one = merged(3, samples);
  ASSERT_THAT(one, SizeIs(1));
  EXPECT_EQ(one[0].state, VerdictState::kSaturated);
  EXPECT_EQ(one[0].named, (TierResource{"uwsgi", Resource::kCpu}));
}

TEST(SampleMerger, ThereIsNoMeanAcrossAGapOrAStepOfTheClock) {
  const auto gap = merged(
      3, {sample(1, 1), sample(2, 1), sample(60, 1), sample(61, 1), sample(62, 1), sample(63, 1)});
  EXPECT_THAT(times(gap), ElementsAre(2, 60, 63)) << "the first one after it says when it ended";
  const auto back = merged(4, {sample(100, 1), sample(101, 1), sample(50, 1), sample(51, 1)});
  EXPECT_THAT(times(back), ElementsAre(101, 50, 51));
}

}  // namespace
}  // namespace tierwatch
