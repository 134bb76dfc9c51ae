// SPDX-License-Identifier: MIT
#include "exporters/terminal/scene/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tierwatch {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const WallMoment kNoon{std::chrono::hours(400'000)};

VerdictStretch stretch(int from, int to, VerdictState state) {
  return {.begin = kNoon + seconds(from), .end = kNoon + seconds(to), .state = state, .named = {}};
}

Snapshot second_of(int number, VerdictState state = VerdictState::kClear) {
  Snapshot snapshot;
  snapshot.at.wall = kNoon + seconds(number);
  snapshot.interval = seconds(1);
  snapshot.verdict.state = state;
  return snapshot;
}

std::string letters(const std::vector<StripPiece>& pieces) {
  std::string text;
  for (const StripPiece& piece : pieces)
    text += piece.mark ? 'm' : " ?.F"[static_cast<std::size_t>(piece.state)];
  return text;
}

TEST(Timeline, AnHourIsKept) {
  Timeline timeline;
  for (int i = 1; i <= 3 * 3600; i += 1)
    timeline.add(second_of(i, i % 600 < 300 ? VerdictState::kClear : VerdictState::kSaturated));
  EXPECT_GE(timeline.spans.front().end, kNoon + seconds(2 * 3600));
  EXPECT_LE(timeline.spans.size(), 14u);
}

TEST(Timeline, WhatOthersSawStandsBeforeWhatItSawItself) {
  Timeline timeline;
  timeline.add(second_of(11));
  timeline.add(second_of(12));
  timeline.recall(
      {.spans = {stretch(0, 5, VerdictState::kSaturated), stretch(5, 12, VerdictState::kClear)},
       .marks = {{kNoon + seconds(3), "deployed"}}});
  ASSERT_EQ(timeline.spans.size(), 3u);
  EXPECT_EQ(timeline.spans[1].end, kNoon + seconds(10)) << "no second is told twice";
  timeline.recall({.spans = {}, .marks = {{kNoon + seconds(3), "deployed"}}});
  EXPECT_EQ(timeline.marks.size(), 1u) << "it is the same mark";
}

TEST(Strip, TheWorstOfAPieceIsShownAndWhereNobodyWatchedNothing) {
  const Timeline timeline{
      .spans = {stretch(0, 30, VerdictState::kClear), stretch(30, 31, VerdictState::kSaturated),
                stretch(31, 40, VerdictState::kClear), stretch(60, 70, VerdictState::kUnknown)},
      .marks = {{kNoon + seconds(75), "deployed"}}};
  EXPECT_EQ(letters(strip_pieces(timeline, kNoon, seconds(100), 10)), "...F. ?m  ");
}

TEST(Strip, HasAnySize) {
  const Timeline timeline{.spans = {stretch(0, 30, VerdictState::kClear)}, .marks = {}};
  for (std::size_t pieces : {0u, 1u, 2u, 1000u})
    EXPECT_EQ(strip_pieces(timeline, kNoon + seconds(10), minutes(1), pieces).size(), pieces);
  EXPECT_TRUE(strip_pieces(timeline, kNoon, seconds(0), 3).size() == 3);
}

}  // namespace
}  // namespace tierwatch
