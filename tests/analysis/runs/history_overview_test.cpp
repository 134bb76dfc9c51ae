// SPDX-License-Identifier: MIT
#include "analysis/runs/history_overview.h"

#include <gmock/gmock.h>

namespace tierwatch {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

const std::chrono::system_clock::time_point kBegin{1'760'000'000s};
const TierResource kWorkersOfUwsgi{"uwsgi", Resource::kWorkers},
    kCpuOfNginx{"nginx", Resource::kCpu};

/// So many seconds of each number of cores, a sample a second.
std::vector<TierActivity> activity(const std::vector<std::pair<int, double>>& parts) {
  std::vector<TierActivity> all;
  for (const auto& [seconds, cores] : parts)
    for (int i = 0; i < seconds; ++i)
      all.push_back({.at = kBegin + std::chrono::seconds(all.size() + 1),
                     .seconds = 1,
                     .cpu_cores = cores,
                     .busy_workers = {}});
  return all;
}

VerdictSpan full(int from, int to, const TierResource& what) {
  return {kBegin + std::chrono::seconds(from), kBegin + std::chrono::seconds(to),
          VerdictState::kSaturated, what};
}

TEST(LoadStretches, AreWhereTheTiersHaveMuchMoreToDo) {
  const auto stretches =
      find_load_stretches(activity({{100, 0.02}, {30, 1.5}, {100, 0.02}, {60, 0.5}, {100, 0.03}}));
  ASSERT_THAT(stretches, SizeIs(2));
  EXPECT_EQ(stretches[0].begin, kBegin + 100s);
  EXPECT_EQ(stretches[0].end, kBegin + 130s);
  EXPECT_NEAR(stretches[0].mean_cores, 1.5, 1e-9);
  EXPECT_EQ(stretches[1].seconds(), 60);
  EXPECT_NEAR(stretches[1].peak_cores, 0.5, 1e-9);
}

TEST(LoadStretches, ALullBelongsToThem) {
  const auto one = find_load_stretches(activity({{100, 0.02}, {20, 1}, {20, 0.02}, {20, 1}}));
  ASSERT_THAT(one, SizeIs(1));
  EXPECT_EQ(one[0].seconds(), 60);
  EXPECT_NEAR(one[0].mean_cores, (40 + 20 * 0.02) / 60, 1e-9);
  EXPECT_THAT(find_load_stretches(activity({{100, 0.02}, {20, 1}, {60, 0.02}, {20, 1}})),
              SizeIs(2));
}

TEST(LoadStretches, AreNoShortPeaksAndNoSteadyWork) {
  EXPECT_THAT(find_load_stretches(activity({{100, 0.02}, {6, 2}, {100, 0.02}})), IsEmpty());
  EXPECT_THAT(find_load_stretches(activity({{300, 0.8}, {300, 1.1}})), IsEmpty());
  EXPECT_THAT(find_load_stretches(activity({{300, 0.001}, {300, 0.05}})), IsEmpty())
      << "fifty times nothing is nothing";
  EXPECT_THAT(find_load_stretches({}), IsEmpty());
}

TEST(LoadStretches, TimeThatWasNotRecordedEndsThem) {
  auto ticks = activity({{100, 0.02}, {30, 1}, {300, 0.02}, {30, 1}});
  ticks.erase(ticks.begin() + 130, ticks.begin() + 430);
  EXPECT_THAT(find_load_stretches(ticks), SizeIs(2));
}

TEST(Episodes, GoOnAfterAShortPause) {
  EpisodeTally tally;
  for (const VerdictSpan& tick : {full(0, 10, kWorkersOfUwsgi), full(20, 30, kWorkersOfUwsgi),
                                  full(70, 80, kWorkersOfUwsgi), full(80, 90, kCpuOfNginx)})
    tally.add(tick);
  tally.add(
      {.begin = kBegin + 90s, .end = kBegin + 95s, .state = VerdictState::kClear, .named = {}});
  const auto episodes = tally.take();
  ASSERT_THAT(episodes, SizeIs(3));
  EXPECT_EQ(episodes[0].end, kBegin + 30s);
  EXPECT_EQ(episodes[0].full_seconds, 20);
  const auto sums = sums_of(episodes);
  ASSERT_THAT(sums, SizeIs(2));
  EXPECT_EQ(sums[0].what, kWorkersOfUwsgi);
  EXPECT_EQ(sums[0].times, 2u);
  EXPECT_EQ(sums[0].full_seconds, 30);
  EXPECT_EQ(sums[0].last, kBegin + 80s);
}

TEST(Episodes, NameTheStretchThatTheyFill) {
  std::vector<LoadStretch> stretches = {{.begin = kBegin, .end = kBegin + 100s},
                                        {.begin = kBegin + 200s, .end = kBegin + 300s}};
  EpisodeTally tally;
  tally.add(full(0, 20, kCpuOfNginx));
  tally.add(full(30, 90, kWorkersOfUwsgi));
  name_stretches(tally.take(), stretches);
  EXPECT_EQ(stretches[0].named, kWorkersOfUwsgi);
  EXPECT_NEAR(stretches[0].named_seconds, 60, 1e-9);
  EXPECT_FALSE(stretches[1].named);
}

}  // namespace
}  // namespace tierwatch
