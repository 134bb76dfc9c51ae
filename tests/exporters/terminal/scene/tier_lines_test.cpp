// SPDX-License-Identifier: MIT
#include "exporters/terminal/scene/tier_lines.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "exporters/terminal/scene/history.h"
#include "exporters/terminal/screen/palette.h"
#include "exporters/terminal/tables/tier_table.h"
#include "exporters/terminal/tables/verdict_line.h"
#include "tests/support/story_snapshots.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;

TierLine line_of(const std::string& told, const std::string& tier) {
  for (const TierLine& line : tier_lines(story(told).snapshot)) {
    if (line.name == tier) return line;
  }
  return {};
}

TEST(TierLines, TheNamedTierIsFullOfWhatWasNamed) {
  EXPECT_EQ(line_of("cpu_full_uwsgi", "uwsgi").badge, "FULL cpu");
  EXPECT_EQ(line_of("fd_full_nginx", "nginx").badge, "FULL fds");
  EXPECT_EQ(line_of("redis_pinned", "redis").badge, "FULL thread");
  EXPECT_EQ(line_of("queue_full", "uwsgi").badge, "FULL workers");
  EXPECT_EQ(line_of("cpu_full_uwsgi", "redis").state, TierState::kCalm);
}

TEST(TierLines, WithoutProcessesATierHasGoneOrNeverCame) {
  EXPECT_EQ(line_of("tier_vanished", "postgres").badge, "gone");
  Snapshot snapshot;
  snapshot.tiers.push_back({.name = "mysql"});
  EXPECT_EQ(tier_lines(snapshot).front().badge, "not seen");
}

TEST(TierLines, WithoutAVerdictTheStateIsUnknown) {
  Snapshot snapshot = story("idle").snapshot;
  snapshot.verdict = {};
  EXPECT_EQ(tier_lines(snapshot).front().badge, "?");
}

TEST(TierLines, CpuIsSetAgainstWhatTheTierCanUse) {
  const TierLine uwsgi = line_of("cpu_full_uwsgi", "uwsgi");
  EXPECT_EQ(uwsgi.cpu.capacity_cores, 4.0);
  EXPECT_DOUBLE_EQ(*uwsgi.cpu.ratio, 0.9);
  EXPECT_EQ(line_of("redis_pinned", "redis").cpu.capacity_cores, 1.0);
}

TEST(TierLines, WithoutFactsTheHostIsTheCapacity) {
  Snapshot snapshot = story("idle").snapshot;
  snapshot.facts = {};
  EXPECT_EQ(tier_cpu(snapshot, 0).capacity_cores, 4.0);
}

TEST(TierLines, TheFullestQueueIsShown) {
  const TierLine uwsgi = line_of("cpu_full_uwsgi", "uwsgi");
  ASSERT_TRUE(uwsgi.queue);
  EXPECT_EQ(uwsgi.queue->length, 87);
  EXPECT_EQ(uwsgi.queue->limit, 100.0);
}

TEST(VisibleTiers, TheWorstStayWhenThereIsNoRoomForAll) {
  const Snapshot& snapshot = story("redis_pinned").snapshot;
  const std::vector<std::size_t> all = {0, 1, 2, 3};
  EXPECT_EQ(visible_tiers(snapshot, all, 4), all);
  const auto few = visible_tiers(snapshot, all, 2);
  ASSERT_EQ(few.size(), 1u);
  EXPECT_EQ(snapshot.tiers[few[0]].name, "redis");
  EXPECT_TRUE(visible_tiers(snapshot, all, 0).empty());
}

Snapshot moment(seconds at, double cores, seconds interval = seconds(1)) {
  Snapshot snapshot;
  snapshot.at.monotonic = at;
  snapshot.interval = interval;
  snapshot.host.processors = 1;
  snapshot.tiers.push_back({.name = "redis"});
  snapshot.tiers[0].rates = Rates{.cpu_cores = cores};
  return snapshot;
}

TEST(History, APieceShowsItsHighest) {
  History history;
  history.add(moment(seconds(100), 0.2));
  history.add(moment(seconds(101), 0.9));
  history.add(moment(seconds(102), 0.1));
  history.add(moment(seconds(106), 0.3));
  const auto tail = history.of("redis", 3);
  EXPECT_EQ(tail[0], std::nullopt);
  EXPECT_DOUBLE_EQ(*tail[1], 0.9);
  EXPECT_DOUBLE_EQ(*tail[2], 0.3);
}

TEST(History, OtherMeasuresHavePiecesOfTheirOwn) {
  const Snapshot& snapshot = story("cpu_full_uwsgi").snapshot;
  History history;
  history.add(snapshot);
  const auto now = [&](SparkMeasure measure) { return history.of("uwsgi", 1, measure)[0]; };
  EXPECT_NEAR(now(SparkMeasure::kQueue).value(), 0.87, 1e-9);
  EXPECT_GT(now(SparkMeasure::kBusy).value(), 0.9);
  EXPECT_LT(now(SparkMeasure::kFds).value(), 0.9);
  EXPECT_EQ(now(SparkMeasure::kCpu), history.of("uwsgi", 1)[0]);
}

TEST(History, AProcessHasItsOwnAndIsForgottenWithIt) {
  Snapshot snapshot = story("cpu_full_uwsgi").snapshot;
  const auto member = std::ranges::find_if(snapshot.processes, [](const ProcessSample& one) {
    return one.reading.member && one.cpu_cores && one.reading.memory;
  });
  ASSERT_NE(member, snapshot.processes.end());
  const ProcessId id = member->reading.id;
  History history;
  history.add(snapshot);
  EXPECT_EQ(history.of(id, 1, SparkMeasure::kCpu)[0], member->cpu_cores);
  EXPECT_EQ(history.of(id, 1, SparkMeasure::kMemory)[0], 1.0) << "of its own most";
  EXPECT_EQ(history.of(id, 1, SparkMeasure::kQueue)[0], std::nullopt);
  snapshot.processes.clear();
  history.add(snapshot);
  EXPECT_EQ(history.of(id, 1, SparkMeasure::kCpu)[0], std::nullopt);
}

TEST(History, ALongIntervalFillsAllItsPieces) {
  History history;
  history.add(moment(seconds(100), 0.5, seconds(20)));
  const auto tail = history.of("redis", 5);
  EXPECT_EQ(tail[0], std::nullopt);
  for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ(tail[i], 0.5) << i;
}

TEST(History, AnotherBootBeginsAnew) {
  History history;
  history.add(moment(seconds(100'000), 0.5));
  history.add(moment(seconds(50), 0.1));
  EXPECT_EQ(history.of("redis", 2)[0], std::nullopt);
}

TEST(History, UnknownTiersAndTooManyPieces) {
  const History history;
  EXPECT_EQ(history.of("x", 1'000'000).size(), History::kPieces);
}

TEST(Palette, WithoutColoursNothingIsColoured) {
  for (std::size_t i = 0; i < kInks; ++i) {
    const Ink ink = static_cast<Ink>(i);
    EXPECT_EQ(look_of(ink, PaletteName::kMono, 256).foreground, -1);
    EXPECT_EQ(look_of(ink, PaletteName::kClassic, 0).background, -1);
    EXPECT_LT(look_of(ink, PaletteName::kColorblind, 8).foreground, 8);
    EXPECT_LT(look_of(ink, PaletteName::kClassic, 16).background, 8);
  }
}

TEST(Palette, NamesAreFoundAgain) {
  for (const auto palette : {PaletteName::kClassic, PaletteName::kColorblind, PaletteName::kMono})
    EXPECT_EQ(palette_named(to_string(palette)), palette);
  EXPECT_EQ(palette_named("pink"), std::nullopt);
}

}  // namespace
}  // namespace tierwatch
