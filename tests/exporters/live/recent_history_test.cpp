// SPDX-License-Identifier: MIT
#include "exporters/live/recent_history.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/support/sample_snapshots.h"

namespace tierwatch {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::SizeIs;
using WallTime = std::chrono::system_clock::time_point;

constexpr WallTime kStart{seconds(1'700'000'000)};

/// A sample a second long, of second `number`; something is full while `full`.
Snapshot sample(int number, bool full = false, nanoseconds interval = seconds(1)) {
  Snapshot snapshot = small_snapshot();
  snapshot.sequence = static_cast<std::uint64_t>(number);
  snapshot.at.wall = kStart + seconds(number);
  snapshot.interval = interval;
  snapshot.verdict = {};
  snapshot.verdict.state = full ? VerdictState::kSaturated : VerdictState::kClear;
  if (full) snapshot.verdict.tier = "nginx";
  return snapshot;
}

json document(const RecentHistory& recent, std::uint64_t after = 0) {
  return json::parse(recent.json(after));
}

TEST(RecentHistory, WithoutASampleThereIsADocument) {
  const json empty = document(RecentHistory());
  EXPECT_EQ(empty["format_version"], 1);
  for (const char* list : {"verdicts", "marks", "ticks"}) EXPECT_THAT(empty[list], SizeIs(0));
}

TEST(RecentHistory, EqualVerdictsInARowAreOneSpan) {
  RecentHistory recent;
  for (int i = 1; i <= 5; ++i) recent.add(sample(i, i > 3));
  const json verdicts = document(recent)["verdicts"];
  ASSERT_THAT(verdicts, SizeIs(2));
  EXPECT_EQ(verdicts[0]["state"], "clear");
  EXPECT_EQ(verdicts[0]["begin_seconds"], 1'700'000'000);
  EXPECT_EQ(verdicts[0]["end_seconds"], 1'700'000'003);
  EXPECT_FALSE(verdicts[0].contains("tier"));
  EXPECT_EQ(verdicts[1]["tier"], "nginx");
  EXPECT_EQ(verdicts[1]["resource"], "cpu");
}

TEST(RecentHistory, AGapIsNoVerdict) {
  std::deque<VerdictStretch> spans;
  const auto tick = [](int begin, int end) {
    return VerdictStretch{.begin = kStart + milliseconds(begin),
                          .end = kStart + milliseconds(end),
                          .state = VerdictState::kClear,
                          .named = std::nullopt};
  };
  add_verdict_tick(spans, tick(0, 1000));
  add_verdict_tick(spans, tick(1400, 2400));
  EXPECT_THAT(spans, SizeIs(1)) << "a late tick";
  add_verdict_tick(spans, tick(3000, 4000));
  EXPECT_THAT(spans, SizeIs(2)) << "one is missing";
  add_verdict_tick(spans, tick(500, 1500));
  EXPECT_THAT(spans, SizeIs(3)) << "the clock was set back";
}

TEST(RecentHistory, WhoAsksAgainGetsWhatIsNew) {
  RecentHistory recent;
  recent.add(sample(1));
  recent.add(sample(2, true));
  recent.add(sample(3, true));
  EXPECT_THAT(document(recent)["ticks"], SizeIs(3));
  EXPECT_THAT(document(recent, 2)["ticks"], SizeIs(1));
  EXPECT_THAT(document(recent, 2)["verdicts"], SizeIs(1)) << "the one that goes on";
  EXPECT_THAT(document(recent, 3)["verdicts"], SizeIs(0));
  EXPECT_THAT(document(recent, 4)["ticks"], SizeIs(3)) << "of a daemon before: all";
  recent.add({.at = kStart + seconds(3), .text = "deploy"});
  recent.add(sample(4, true));
  EXPECT_THAT(document(recent, 3)["marks"], SizeIs(1));
  EXPECT_THAT(document(recent, 4)["marks"], SizeIs(0));
}

TEST(RecentHistory, ATickHasTheFiguresOfRunningTiers) {
  Snapshot snapshot = rich_snapshot();
  snapshot.facts.tiers[0].busy_workers = 3;
  snapshot.facts.tiers[0].listeners = {{.name = "a", .queue_mean = 80},
                                       {.name = "b", .queue_mean = 5.5}};
  RecentHistory recent;
  recent.add(snapshot);
  const json tiers = document(recent)["ticks"][0]["tiers"];
  ASSERT_FALSE(tiers.empty());
  EXPECT_EQ(tiers[0], json::parse("[\"nginx\",0.62,3.0,85.5,null,null]"))
      << "sums of the tier have no memory here";
  for (const json& tier : tiers) EXPECT_NE(tier[0], "mysql") << "never seen";
}

TEST(RecentHistory, WhatWasBeforeComesFromTheRecordingAndOverlapsNothing) {
  RecentHistory recent;
  recent.add(sample(100));
  recent.add({.at = kStart + seconds(100), .text = "here"});
  const auto span = [](int begin, int end) {
    return VerdictStretch{.begin = kStart + seconds(begin),
                          .end = kStart + seconds(end),
                          .state = VerdictState::kSaturated,
                          .named = TierResource{"uwsgi", Resource::kWorkers}};
  };
  recent.prepend({span(10, 20), span(30, 120), span(110, 130)},
                 {{.at = kStart + seconds(15), .text = "before"},
                  {.at = kStart + seconds(100), .text = "here"}});
  const json all = document(recent);
  ASSERT_THAT(all["verdicts"], SizeIs(3));
  EXPECT_EQ(all["verdicts"][1]["end_seconds"], 1'700'000'099);
  EXPECT_EQ(all["verdicts"][2]["state"], "clear");
  ASSERT_THAT(all["marks"], SizeIs(2));
  EXPECT_EQ(all["marks"][0]["text"], "before");
  recent.add(sample(101));
  EXPECT_THAT(document(recent, 100)["verdicts"], SizeIs(3))
      << "news for who came before it was read";
}

TEST(RecentHistory, IsBoundedInTimeNumberAndBytes) {
  RecentHistory recent;
  constexpr int kMany = 8 * 3600;
  for (int i = 1; i <= kMany; ++i) {
    recent.add(sample(i, i % 2 == 0));
    if (i % 10 == 0) recent.add({.at = kStart + seconds(i), .text = std::string(5000, 'x')});
  }
  const json all = document(recent);
  EXPECT_THAT(all["verdicts"], SizeIs(RecentHistory::kMostSpans));
  EXPECT_THAT(all["marks"], SizeIs(RecentHistory::kMostNotes));
  EXPECT_LT(all["marks"][0]["text"].get<std::string>().size(), 520U);
  EXPECT_THAT(all["ticks"], SizeIs(RecentHistory::kMostTicks));
  Snapshot wide = sample(kMany + 1);
  wide.tiers.resize(3000, wide.tiers.front());
  wide.facts.tiers.resize(3000);
  for (int i = 1; i < 100; ++i) {
    wide.sequence++;
    recent.add(wide);
  }
  EXPECT_LT(recent.json(0).size(), RecentHistory::kMostTickBytes + (2U << 20));
}

TEST(RecentHistory, SpansOlderThanItsHoursAreForgotten) {
  RecentHistory recent;
  recent.add(sample(1, true));
  recent.add({.at = kStart, .text = "old"});
  recent.add(sample(7 * 3600));
  EXPECT_THAT(document(recent)["verdicts"], SizeIs(1));
  EXPECT_THAT(document(recent)["marks"], SizeIs(0));
}

TEST(RecentHistory, ProblemAndNamesAreQuoted) {
  RecentHistory recent;
  Snapshot snapshot = sample(1);
  snapshot.hostname = "a\"b\xff";
  recent.add(snapshot);
  const json all = json::parse(recent.json(0, "the \"sampler\" hangs"));
  EXPECT_EQ(all["problem"], "the \"sampler\" hangs");
  EXPECT_EQ(all["hostname"], "a\"b\uFFFD");
  EXPECT_FALSE(document(recent).contains("problem"));
}

}  // namespace
}  // namespace tierwatch
