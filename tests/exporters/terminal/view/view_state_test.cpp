// SPDX-License-Identifier: MIT
#include "exporters/terminal/scene/view_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "exporters/terminal/scene/process_rows.h"
#include "exporters/terminal/screen/key_bindings.h"
#include "exporters/terminal/tables/layout.h"
#include "exporters/terminal/tables/render.h"
#include "tests/exporters/terminal/story_scene.h"
#include "tests/support/sample_snapshots.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Event key(char32_t text) { return {.input = Input::kText, .text = text}; }
Event key(Input input) { return {.input = input}; }

/// A view of the CPU-full story, driven by keys.
class ViewTest : public ::testing::Test {
 protected:
  void press(const Event& event) { state_ = next(state_, event, told_.scene); }
  void press(char32_t text) { press(key(text)); }
  void press(Input input) { press(key(input)); }
  void type(std::u32string_view text) {
    for (const char32_t one : text) press(one);
  }
  const ProcessSample& chosen() const {
    const auto rows = process_rows(*told_.scene.snapshot, state_);
    return told_.scene.snapshot->processes[rows.at(static_cast<std::size_t>(state_.row)).process];
  }
  std::size_t listed() const { return process_rows(*told_.scene.snapshot, state_).size(); }

  StoryScene told_{story("cpu_full_uwsgi"), {120, 40}};
  ViewState state_;
};

TEST_F(ViewTest, TheGraphsOfTiersGoThroughTheirMeasures) {
  press(U'm');
  EXPECT_EQ(state_.measure, SparkMeasure::kQueue);
  for (std::size_t i = 1; i < kSparkMeasures; ++i) press(U'm');
  EXPECT_EQ(state_.measure, SparkMeasure::kCpu);
}

TEST_F(ViewTest, FilterListsWhatMatches) {
  press(Input::kF4);
  type(U"REDIS|checkp");
  EXPECT_EQ(listed(), 2u);
  press(Input::kBackspace);
  press(Input::kEnter);
  EXPECT_EQ(state_.prompt, Prompt::kNone);
  EXPECT_EQ(state_.filter, "REDIS|check");
  press(Input::kEscape);
  EXPECT_EQ(state_.filter, "");
}

TEST_F(ViewTest, SpaceTagsHereAndPlaysARecordingThere) {
  press(U' ');
  EXPECT_EQ(state_.tagged.size(), 1u);
  told_.scene.feed.recorded = true;
  press(U' ');
  EXPECT_TRUE(state_.paused);
  EXPECT_EQ(state_.tagged.size(), 1u);
  press(U' ');
  EXPECT_FALSE(state_.paused);
}

TEST_F(ViewTest, MovingInARecordingStopsIt) {
  told_.scene.feed.recorded = true;
  for (const auto& [text, step] : {std::pair{U']', TimeStep::kLater},
                                   {U'[', TimeStep::kEarlier},
                                   {U'{', TimeStep::kMinuteEarlier},
                                   {U'}', TimeStep::kMinuteLater},
                                   {U'N', TimeStep::kChangeEarlier},
                                   {U'n', TimeStep::kChangeLater},
                                   {U'G', TimeStep::kNewest}}) {
    const unsigned before = state_.moves;
    state_.paused = false;
    press(text);
    EXPECT_TRUE(state_.paused);
    EXPECT_EQ(state_.moves, before + 1);
    EXPECT_EQ(state_.move.step, step);
  }
  EXPECT_FALSE(state_.past) << "all of it is past";
}

TEST_F(ViewTest, TheTitleNamesTheRecordingAndItsMoment) {
  told_.scene.feed.recorded = true;
  told_.scene.feed.source = "recording run.db";
  told_.scene.feed.moment = "2026-11-21 10:30:00 · 7 of 90";
  state_.paused = true;
  const std::string text = render(state_, told_.scene).text();
  const std::string title = text.substr(0, text.find('\n'));
  EXPECT_NE(title.find("recording run.db"), std::string::npos) << title;
  EXPECT_NE(title.find("PAUSED · 2026-11-21 10:30:00 · 7 of 90"), std::string::npos) << title;
  EXPECT_EQ(title.find("old"), std::string::npos) << "a recording has no age";
}

TEST_F(ViewTest, EscapeClearsTheFilterAsInHtop) {
  state_.filter = "nginx";
  press(U'\\');
  type(U"xyz");
  EXPECT_EQ(listed(), 0u);
  press(Input::kEscape);
  EXPECT_EQ(state_.filter, "");
}

TEST_F(ViewTest, SearchGoesToTheNextAndRound) {
  press(U'/');
  type(U"nginx");
  EXPECT_EQ(chosen().reading.comm, "nginx");
  const ProcessId first = chosen().reading.id;
  press(Input::kF3);
  EXPECT_NE(chosen().reading.id, first);
  EXPECT_EQ(chosen().reading.comm, "nginx");
  press(Input::kF3);
  press(Input::kF3);
  EXPECT_EQ(chosen().reading.id, first) << "there are three";
}

TEST_F(ViewTest, SearchStaysWithWhatItFoundWhenRowsChangePlaces) {
  press(U'/');
  type(U"nginx");
  press(Input::kEnter);
  const ProcessId found = chosen().reading.id;
  const int row = state_.row;
  press(U'I');
  EXPECT_EQ(chosen().reading.id, found);
  EXPECT_NE(state_.row, row);
  press(Input::kDown);
  EXPECT_FALSE(state_.follow);
}

TEST_F(ViewTest, SortKeysAreThoseOfHtop) {
  for (const auto& [text, column] : {std::pair{U'M', ProcessColumn::kResident},
                                     {U'T', ProcessColumn::kTime},
                                     {U'P', ProcessColumn::kCpu}}) {
    press(text);
    EXPECT_EQ(state_.sort, column);
    EXPECT_FALSE(state_.inverted);
    press(text);
    EXPECT_FALSE(state_.inverted) << "the same key again sorts no other way round";
  }
  press(U'I');
  EXPECT_TRUE(state_.inverted);
}

TEST_F(ViewTest, TheSortMenuSortsByTheChosenColumn) {
  press(Input::kF6);
  EXPECT_EQ(state_.menu_row, static_cast<int>(ProcessColumn::kCpu));
  press(Input::kDown);
  press(Input::kEnter);
  EXPECT_EQ(state_.sort, ProcessColumn::kResident);
  EXPECT_EQ(state_.panel, Panel::kMain);
}

TEST_F(ViewTest, ColumnsAreHiddenAndShown) {
  press(Input::kF2);
  press(U' ');
  EXPECT_EQ(definitions_of(state_.columns),
            "tier,role,user,state,threads,cpu,rss,fds,delay,time,title");
  press(U' ');
  EXPECT_EQ(state_.columns, default_columns());
}

TEST_F(ViewTest, ClickingAHeaderSortsAndAgainInverts) {
  const Layout layout = lay_out(state_, told_.scene);
  for (const PlacedColumn& column : process_columns(state_, 120)) {
    if (static_cast<ProcessColumn>(column.column) != ProcessColumn::kFds) continue;
    const Event click{Input::kClick, 0, {column.x + 1, layout.process_header.y}};
    press(click);
    EXPECT_EQ(state_.sort, ProcessColumn::kFds);
    press(click);
    EXPECT_TRUE(state_.inverted);
  }
}

TEST_F(ViewTest, ClickingARowChoosesItAndATierHidesIt) {
  const Layout layout = lay_out(state_, told_.scene);
  press(Event{Input::kClick, 0, {5, layout.processes.y + 3}});
  EXPECT_EQ(state_.row, 3);
  press(Event{Input::kClick, 0, {5, layout.tiers.y + 1}});
  EXPECT_FALSE(state_.shows_tier("uwsgi"));
  press(U'2');
  EXPECT_TRUE(state_.shows_tier("uwsgi"));
}

TEST_F(ViewTest, ClickingTheFooterIsItsKey) {
  const Layout layout = lay_out(state_, told_.scene);
  state_.notes_seen = true;
  for (const FooterLabel& label : footer_labels(120)) {
    if (bindings()[label.binding].action != Action::kTree) continue;
    press(Event{Input::kClick, 0, {label.x, layout.footer.y}});
  }
  EXPECT_TRUE(state_.tree);
}

TEST_F(ViewTest, TheWheelScrolls) {
  press(Input::kWheelDown);
  EXPECT_EQ(state_.row, 3);
  press(Input::kWheelUp);
  EXPECT_EQ(state_.row, 0);
}

TEST_F(ViewTest, FollowKeepsToTheProcess) {
  press(Input::kDown);
  press(U'F');
  const ProcessId followed = state_.selected;
  press(U'N');
  EXPECT_EQ(chosen().reading.id, followed);
  press(Input::kDown);
  EXPECT_FALSE(state_.follow) << "who moves, follows no more";
}

TEST_F(ViewTest, SpaceTagsAndUForgets) {
  press(U' ');
  press(U' ');
  EXPECT_EQ(state_.tagged.size(), 2u);
  EXPECT_EQ(state_.row, 2);
  press(U'U');
  EXPECT_THAT(state_.tagged, IsEmpty());
}

TEST_F(ViewTest, TheIntervalHasItsEnds) {
  for (int i = 0; i < 20; ++i) press(U'-');
  EXPECT_EQ(state_.interval, milliseconds(100));
  press(U'+');
  EXPECT_EQ(state_.interval, milliseconds(250));
  for (int i = 0; i < 20; ++i) press(U'+');
  EXPECT_EQ(state_.interval, milliseconds(60'000));
}

TEST_F(ViewTest, EveryWayOut) {
  for (const Event& event : {key(U'q'), key(Input::kF10), key(Input::kInterrupt)})
    EXPECT_TRUE(next({}, event, told_.scene).quit);
  const ViewState help{.panel = Panel::kHelp};
  EXPECT_FALSE(next(help, key(U'q'), told_.scene).quit) << "q leaves the panel first";
  EXPECT_TRUE(next(help, key(Input::kInterrupt), told_.scene).quit);
  const ViewState filtering{.prompt = Prompt::kFilter};
  EXPECT_FALSE(next(filtering, key(U'q'), told_.scene).quit) << "q is a letter there";
}

TEST_F(ViewTest, PanelsOpenAndClose) {
  for (const auto& [event, panel] : {std::pair{key(U'?'), Panel::kHelp},
                                     {key(Input::kF1), Panel::kHelp},
                                     {key(U'v'), Panel::kEvidence},
                                     {key(U'p'), Panel::kTime},
                                     {key(Input::kEnter), Panel::kProcess},
                                     {key(U'>'), Panel::kSort},
                                     {key(Input::kF2), Panel::kColumns}}) {
    const ViewState open = next({}, event, told_.scene);
    EXPECT_EQ(open.panel, panel);
    EXPECT_EQ(next(open, key(Input::kEscape), told_.scene).panel, Panel::kMain);
  }
}

TEST_F(ViewTest, TheChosenProcessStaysWhileItIsLookedAt) {
  press(Input::kEnter);
  const ProcessId looked_at = state_.selected;
  state_.sort = ProcessColumn::kPid;
  press(Input::kNewData);
  EXPECT_EQ(state_.selected, looked_at);
}

TEST_F(ViewTest, NewDataAloneIsNoKey) {
  press(Input::kNewData);
  EXPECT_EQ(state_.notes_seen, false);
}

TEST_F(ViewTest, TheTreeFollowsParentsAndLosesNobody) {
  const std::size_t flat = listed();
  press(U't');
  EXPECT_EQ(listed(), flat);
  const auto rows = process_rows(*told_.scene.snapshot, state_);
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
    const auto& parent = told_.scene.snapshot->processes[rows[i].process].reading;
    const auto& child = told_.scene.snapshot->processes[rows[i + 1].process].reading;
    if (rows[i].branch.empty() && !rows[i + 1].branch.empty()) {
      EXPECT_EQ(child.parent_pid, parent.id.pid);
    }
  }
}

TEST(ProcessRows, ATreeOfLiarsEnds) {
  Snapshot snapshot;
  snapshot.tiers.push_back({.name = "nginx"});
  constexpr int kCount = 20'000;
  for (int i = 0; i < kCount; ++i) {
    ProcessSample process;
    process.reading.id.pid = i + 1;
    process.reading.parent_pid = i == 0 ? kCount : i;  // a ring
    process.reading.member = Membership{};
    snapshot.processes.push_back(process);
  }
  EXPECT_EQ(process_rows(snapshot, {.tree = true}).size(), static_cast<std::size_t>(kCount));
}

TEST(ProcessRows, UnknownFiguresComeLastAndEqualOnesByPid) {
  Snapshot snapshot;
  snapshot.tiers.push_back({.name = "nginx"});
  const std::optional<double> cores[] = {std::nullopt, 0.5, 0.5, 0.9};
  for (int i = 0; i < 4; ++i) {
    ProcessSample process;
    process.reading.id.pid = 10 - i;
    process.reading.member = Membership{};
    process.cpu_cores = cores[i];
    snapshot.processes.push_back(process);
  }
  std::vector<pid_t> pids;
  for (const ProcessRow& row : process_rows(snapshot, {}))
    pids.push_back(snapshot.processes[row.process].reading.id.pid);
  EXPECT_THAT(pids, ElementsAre(7, 8, 9, 10));
}

TEST(Matches, AlternativesInAnyCase) {
  EXPECT_TRUE(matches("uWSGI worker", "nginx|uwsgi"));
  EXPECT_FALSE(matches("redis", "nginx|uwsgi"));
  EXPECT_TRUE(matches("anything", ""));
  EXPECT_FALSE(matches("anything", "|"));
}

TEST(KeyBindings, EveryLabelOfTheFooterIsAKey) {
  for (const Binding& binding : bindings()) {
    if (binding.label.empty()) continue;
    EXPECT_EQ(action_of(event_of(binding)), binding.action) << binding.label;
  }
}

Event random_event(std::mt19937& dice) {
  Event event{.input = static_cast<Input>(dice() % kInputs)};
  if (dice() % 2) event.input = Input::kText;
  // Keys that do something, most of the time; q would end the walk.
  constexpr std::u32string_view kKeys = U"v?hS/\\t>.IPMTNaF U123456789zZ+-puxyé中";
  event.text = dice() % 4 ? kKeys[dice() % kKeys.size()] : static_cast<char32_t>(32 + dice() % 95);
  event.at = {static_cast<int>(dice() % 130) - 3, static_cast<int>(dice() % 60) - 3};
  return event;
}

TEST(ViewWalk, EveryKeyInEveryStateIsSafe) {
  std::mt19937 dice(4);
  std::vector<SnapshotPtr> snapshots = {nullptr};
  for (unsigned seed = 0; seed < 12; ++seed)
    snapshots.push_back(std::make_shared<const Snapshot>(random_snapshot(seed)));
  for (const char* name : {"idle", "cpu_full_uwsgi", "tier_vanished", "hostile_titles"})
    snapshots.push_back(std::make_shared<const Snapshot>(story(name).snapshot));
  History history;
  Scene scene{.history = &history};
  ViewState state;
  for (int step = 0; step < 100'000; ++step) {
    if (step % 97 == 0) scene.snapshot = snapshots[dice() % snapshots.size()];
    if (step % 61 == 0)
      scene.size = {1 + static_cast<int>(dice() % 150), 1 + static_cast<int>(dice() % 60)};
    state = next(state, random_event(dice), scene);
    state.quit = false;
    if (step % 20 != 0) continue;
    const Frame frame = render(state, scene);
    ASSERT_EQ(frame.size(), scene.size);
    ASSERT_GE(state.row, 0);
    ASSERT_GE(state.top, 0);
    ASSERT_GE(state.panel_top, 0);
  }
}

}  // namespace
}  // namespace tierwatch
