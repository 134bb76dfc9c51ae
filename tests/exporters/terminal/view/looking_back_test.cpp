// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "collectors/text/plain_words.h"
#include "exporters/terminal/scene/view_state.h"
#include "exporters/terminal/tables/render.h"
#include "tests/exporters/terminal/story_scene.h"

namespace tierwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// A live view that knows its last hour.
class LookingBackTest : public ::testing::Test {
 protected:
  LookingBackTest() {
    Timeline& known = timeline_;
    const WallMoment end = now();
    known.spans = {{end - std::chrono::minutes(50), end - std::chrono::minutes(30),
                    VerdictState::kClear, std::nullopt},
                   {end - std::chrono::minutes(30), end - std::chrono::minutes(20),
                    VerdictState::kSaturated, TierResource{"uwsgi", Resource::kCpu}},
                   {end - std::chrono::minutes(20), end, VerdictState::kClear, std::nullopt}};
    known.marks = {{end - std::chrono::minutes(10), "deployed"}};
    told_.scene.timeline = &timeline_;
    told_.scene.moment_of = [this](const std::string& text) -> std::optional<WallMoment> {
      if (text == "14:05") return now() - std::chrono::minutes(25);
      return std::nullopt;
    };
  }
  WallMoment now() const { return told_.scene.snapshot->at.wall; }
  void press(char32_t text) { press(Event{.input = Input::kText, .text = text}); }
  void press(Input input) { press(Event{.input = input}); }
  void press(const Event& event) { state_ = next(state_, event, told_.scene); }
  void type(std::u32string_view text) {
    for (const char32_t one : text) press(one);
  }
  /// As if the feed of the past had answered.
  void show_past(std::chrono::seconds ago) {
    auto older = std::make_shared<Snapshot>(*told_.scene.snapshot);
    told_.scene.feed.newest = older->at.wall;
    older->at.wall -= ago;
    told_.scene.snapshot = older;
    told_.scene.feed.past = true;
    told_.scene.feed.moment = "Mon 30 Nov 14:05:00";
    told_.scene.feed.age = ago;
    press(Input::kNewData);
  }
  std::string row(int y) const { return render(state_, told_.scene).row_text(y); }

  StoryScene told_{story("cpu_full_uwsgi"), {120, 40}};
  Timeline timeline_;
  ViewState state_;
};

TEST_F(LookingBackTest, AStepBackLeadsThereAndGBackToNow) {
  press(U'[');
  EXPECT_TRUE(state_.past);
  EXPECT_EQ(state_.move.step, TimeStep::kEarlier);
  EXPECT_THAT(row(0), HasSubstr("PAST")) << "before the answer, too";
  press(U'G');
  EXPECT_FALSE(state_.past);
  EXPECT_THAT(row(0), Not(HasSubstr("PAST")));
}

TEST_F(LookingBackTest, NothingIsNewerThanNow) {
  for (const char32_t key : {U']', U'}', U'n'}) {
    press(key);
    EXPECT_FALSE(state_.past);
    EXPECT_EQ(state_.moves, 0u);
  }
  press(U'z');
  press(U']');
  EXPECT_TRUE(state_.past) << "but than a picture that was stopped";
  EXPECT_FALSE(state_.paused);
}

TEST_F(LookingBackTest, TheFirstLineSaysThatItIsOverAtAnyWidth) {
  press(U'[');
  show_past(std::chrono::minutes(12));
  for (const int columns : {200, 120, 80, 40, 12}) {
    told_.scene.size = {columns, 24};
    EXPECT_THAT(row(0), StartsWith(" PAST")) << columns;
    EXPECT_EQ(render(state_, told_.scene).at(columns - 1, 0).ink, Ink::kBandWarm) << columns;
  }
  told_.scene.size = {120, 24};
  EXPECT_THAT(row(0), HasSubstr("Mon 30 Nov 14:05:00 · 12 m 0 s ago"));
  EXPECT_THAT(row(0), HasSubstr("G now"));
}

TEST_F(LookingBackTest, AllOtherKeysWorkThere) {
  press(U'[');
  show_past(std::chrono::minutes(12));
  press(U'M');
  EXPECT_EQ(state_.sort, ProcessColumn::kResident);
  press(U'\\');
  type(U"redis");
  press(Input::kEnter);
  EXPECT_EQ(state_.filter, "redis");
  press(U't');
  EXPECT_TRUE(state_.tree);
  press(U' ');
  EXPECT_EQ(state_.tagged.size(), 1u);
  press(U'v');
  EXPECT_EQ(state_.panel, Panel::kEvidence);
  const unsigned moves = state_.moves;
  press(U'[');
  EXPECT_EQ(state_.panel, Panel::kEvidence) << "one looks why, moment by moment";
  EXPECT_EQ(state_.moves, moves + 1);
  press(Input::kEscape);
  press(U'z');
  EXPECT_FALSE(state_.paused) << "it stands still already";
  EXPECT_TRUE(state_.past);
}

TEST_F(LookingBackTest, AMomentIsTypedAndWhatIsNoneStaysToBePutRight) {
  press(U'g');
  type(U"14:99");
  press(Input::kEnter);
  EXPECT_EQ(state_.prompt, Prompt::kMoment);
  EXPECT_THAT(row(39), HasSubstr("14:99_  is not a time: write 14:05"));
  EXPECT_FALSE(state_.past);
  press(Input::kBackspace);
  press(Input::kBackspace);
  EXPECT_THAT(row(39), Not(HasSubstr("is not a time")));
  type(U"05");
  press(Input::kEnter);
  EXPECT_EQ(state_.prompt, Prompt::kNone);
  EXPECT_TRUE(state_.past);
  EXPECT_EQ(state_.move.step, TimeStep::kTo);
  EXPECT_EQ(state_.move.to, now() - std::chrono::minutes(25));
}

TEST_F(LookingBackTest, TheStripTellsTheHourByShape) {
  const std::string strip = row(1);
  EXPECT_THAT(strip, HasSubstr("▁█"));
  EXPECT_THAT(strip, HasSubstr("█▁"));
  EXPECT_THAT(strip, HasSubstr("▁▲▁"));
  EXPECT_THAT(strip, HasSubstr(" now"));
  EXPECT_THAT(strip, Not(HasSubstr("│"))) << "what is shown is now";
  press(U'[');
  show_past(std::chrono::minutes(25));
  EXPECT_THAT(row(1), HasSubstr("█│█"));
  EXPECT_THAT(row(1), HasSubstr(" now"));
}

/// Where its verdicts change did shift from one second to the next.
TEST_F(LookingBackTest, WhatIsOverLooksTheSameASecondLater) {
  timeline_.marks.clear();
  timeline_.spans.clear();
  for (int i = 0; i < 50; ++i)
    timeline_.spans.push_back({now() - std::chrono::seconds(3600 - 70 * i),
                               now() - std::chrono::seconds(3600 - 70 * i - 40),
                               i % 2 ? VerdictState::kClear : VerdictState::kSaturated,
                               std::nullopt});
  std::set<std::string> seen;
  for (int second = 0; second < 60; ++second) {
    auto later = std::make_shared<Snapshot>(*told_.scene.snapshot);
    later->at.wall += std::chrono::seconds(1);
    told_.scene.snapshot = later;
    seen.insert(row(1));
  }
  EXPECT_LE(seen.size(), 3u) << "it moves on by a cell, of 34 s, and is the same otherwise";
}

TEST_F(LookingBackTest, AShortRecordingFillsTheStrip) {
  timeline_.marks.clear();
  timeline_.spans = {{now() - std::chrono::seconds(10), now(), VerdictState::kClear, std::nullopt},
                     {now(), now() + std::chrono::seconds(10), VerdictState::kSaturated,
                      TierResource{"uwsgi", Resource::kCpu}}};
  told_.scene.feed.recorded = true;
  const std::string strip = row(1);
  EXPECT_THAT(strip, HasSubstr("▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁│████████████████████"));
  EXPECT_THAT(strip,
              StartsWith(" " + local_time(timeline_.spans.front().begin, "%H:%M:%S") + " ▁"));
  timeline_.spans.front().begin -= std::chrono::hours(3);
  timeline_.spans.back().end += std::chrono::minutes(20);
  EXPECT_THAT(row(1), HasSubstr("│████")) << "of a longer one, the hour around what is shown";
  EXPECT_THAT(row(1), StartsWith(" " + local_time(now() - std::chrono::minutes(30), "%H:")));
}

TEST_F(LookingBackTest, ThatNothingOlderIsKnownIsSaidOnANarrowScreen) {
  press(U'[');
  show_past(std::chrono::minutes(25));
  told_.scene.feed.trouble =
      "nothing older is known: /srv/monitoring/kept/history.db: No such file or directory";
  for (const int columns : {60, 80, 100, 120, 160}) {
    told_.scene.size.columns = columns;
    EXPECT_THAT(row(0), HasSubstr("nothing older is known")) << columns;
  }
}

TEST_F(LookingBackTest, TheStripGivesWayOnASmallScreen) {
  told_.scene.size = {80, 20};
  EXPECT_THAT(row(1), StartsWith(" FULL "));
}

TEST_F(LookingBackTest, AnHourWithoutBusyProcessesIsNoSecretOfTheDaemons) {
  press(U'[');
  show_past(std::chrono::hours(7));
  auto quiet = std::make_shared<Snapshot>(*told_.scene.snapshot);
  quiet->processes.clear();
  quiet->hostname.clear();
  told_.scene.snapshot = quiet;
  told_.scene.feed.sparse = true;
  const std::string text = render(state_, told_.scene).text();
  EXPECT_THAT(text, HasSubstr("no process was recorded then"));
  EXPECT_THAT(row(0), HasSubstr("ago · from history")) << "nor is a name made up";
}

TEST_F(LookingBackTest, HoursBackTheStripIsOfTheTimeAroundIt) {
  press(U'[');
  show_past(std::chrono::hours(7));
  EXPECT_THAT(row(1), Not(HasSubstr("now")));
  EXPECT_THAT(row(1), HasSubstr("│"));
}

}  // namespace
}  // namespace tierwatch
