// SPDX-License-Identifier: MIT
#include "exporters/terminal/scene/errand.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporters/terminal/scene/process_rows.h"
#include "exporters/terminal/tables/render.h"
#include "tests/exporters/terminal/story_scene.h"

namespace tierwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ErrandsTest : public ::testing::Test {
 protected:
  void press(char32_t text) { press(Event{.input = Input::kText, .text = text}); }
  void press(Input input) { press(Event{.input = input}); }
  void press(const Event& event) { state_ = next(state_, event, told_.scene); }
  /// Chooses the first process of a tier.
  const ProcessReading& choose(const std::string& tier) {
    const Snapshot& snapshot = *told_.scene.snapshot;
    const auto rows = process_rows(snapshot, state_);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const ProcessSample& process = snapshot.processes[rows[i].process];
      if (tier_of(snapshot, process) != tier) continue;
      state_.row = static_cast<int>(i);
      press(Input::kNewData);
      return process.reading;
    }
    throw std::runtime_error("no process of " + tier);
  }
  std::string screen() const { return render(state_, told_.scene).text(); }

  StoryScene told_{story("cpu_full_uwsgi"), {100, 30}};
  ViewState state_;
};

TEST_F(ErrandsTest, InsideIsAskedForTheTierOfTheChosenProcess) {
  const ProcessId chosen = choose("postgres").id;
  press(U'i');
  EXPECT_EQ(state_.errands, 1u);
  EXPECT_EQ(state_.errand.errand, Errand::kInside);
  EXPECT_EQ(state_.errand.process, chosen);
  EXPECT_EQ(state_.errand.tier, "postgres");
  told_.scene.pane = {.title = "INSIDE postgres", .text = "Looks at it\n"};
  EXPECT_THAT(screen(), HasSubstr("INSIDE postgres\n Looks at it"));
  press(U'i');
  EXPECT_EQ(state_.errands, 2u) << "once more";
  press(Input::kEscape);
  EXPECT_EQ(state_.panel, Panel::kMain);
}

TEST_F(ErrandsTest, ThePaneKeepsToItsProcessWhateverTheListDoes) {
  const ProcessId chosen = choose("redis").id;
  press(U'i');
  state_.inverted = true;
  press(Input::kNewData);
  EXPECT_EQ(state_.selected, chosen);
}

TEST_F(ErrandsTest, WhatCannotBeAskedSaysWhyAndIsNotAsked) {
  choose("uwsgi");
  struct Case {
    const char* words;
    void (*change)(Scene&, ViewState&);
  };
  const Case cases[] = {
      {"may be another machine", [](Scene& scene, ViewState&) { scene.feed.local = false; }},
      {"This is a recording", [](Scene& scene, ViewState&) { scene.feed.recorded = true; }},
      {"G goes back to now", [](Scene&, ViewState& state) { state.past = true; }}};
  const Scene scene = told_.scene;
  const ViewState state = state_;
  for (const Case& one : cases) {
    told_.scene = scene;
    state_ = state;
    told_.scene.pane.text = "of before";
    one.change(told_.scene, state_);
    press(U'i');
    EXPECT_EQ(state_.errands, 0u) << one.words;
    EXPECT_THAT(screen(), testing::AllOf(HasSubstr(one.words), Not(HasSubstr("of before"))));
  }
}

TEST_F(ErrandsTest, AProcessOfNoTierHasNoInside) {
  auto changed = std::make_shared<Snapshot>(*told_.scene.snapshot);
  for (ProcessSample& process : changed->processes) process.reading.member.reset();
  told_.scene.snapshot = changed;
  press(U'a');
  press(U'i');
  EXPECT_THAT(screen(), HasSubstr("belongs to no tier"));
  EXPECT_EQ(state_.errands, 0u);
}

TEST_F(ErrandsTest, EnvironmentAndJournalAreAskedOfTheChosenProcess) {
  auto changed = std::make_shared<Snapshot>(*told_.scene.snapshot);
  for (ProcessSample& process : changed->processes)
    process.reading.cgroup = "/system.slice/redis.service";
  told_.scene.snapshot = changed;
  const ProcessId chosen = choose("redis").id;
  press(U'e');
  EXPECT_EQ(state_.errand.errand, Errand::kEnvironment);
  press(U'l');
  EXPECT_EQ(state_.errand.errand, Errand::kJournal);
  EXPECT_EQ(state_.errand.process, chosen);
  EXPECT_EQ(state_.errand.text, "/system.slice/redis.service");
  EXPECT_EQ(state_.errands, 2u);
}

TEST_F(ErrandsTest, WithoutAnyProcessItSaysSo) {
  told_.scene.snapshot = nullptr;
  press(U'i');
  EXPECT_THAT(screen(), HasSubstr("No process is chosen."));
}

TEST_F(ErrandsTest, ThePaneScrollsWrapsAndObeysNothing) {
  choose("uwsgi");
  press(U'i');
  told_.scene.pane = {.title = "INSIDE uwsgi", .text = "  \033[2Jhostile " + std::string(150, 'x')};
  for (int i = 0; i < 100; ++i) told_.scene.pane.text += "\nline   " + std::to_string(i);
  EXPECT_THAT(screen(), HasSubstr("   \\x1b[2Jhostile"));
  EXPECT_THAT(screen(), Not(HasSubstr("\033")));
  EXPECT_THAT(screen(), HasSubstr("▼ more"));
  press(Input::kEnd);
  EXPECT_THAT(screen(), HasSubstr("line   99"));
  press(Input::kHome);
  EXPECT_THAT(screen(), HasSubstr("INSIDE uwsgi"));
}

}  // namespace
}  // namespace tierwatch
