// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "exporters/terminal/scene/process_rows.h"
#include "exporters/terminal/scene/signal_rows.h"
#include "exporters/terminal/tables/render.h"
#include "tests/exporters/terminal/story_scene.h"

namespace tierwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SignalTest : public ::testing::Test {
 protected:
  void press(char32_t text) { press(Event{.input = Input::kText, .text = text}); }
  void press(Input input) { press(Event{.input = input}); }
  void press(const Event& event) { state_ = next(state_, event, told_.scene); }
  const ProcessSample& choose(const std::string& tier, const std::string& role) {
    const Snapshot& snapshot = *told_.scene.snapshot;
    const auto rows = process_rows(snapshot, state_);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const ProcessSample& process = snapshot.processes[rows[i].process];
      if (tier_of(snapshot, process) != tier || role_of(snapshot, process) != role) continue;
      state_.row = static_cast<int>(i);
      press(Input::kNewData);
      return process;
    }
    throw std::runtime_error("no " + role + " of " + tier);
  }
  std::string effect(const ProcessSample& process, int number) const {
    for (const SignalRow& row : signal_rows(*told_.scene.snapshot, process))
      if (row.number == number) return row.effect;
    return "";
  }
  std::string screen() const { return render(state_, told_.scene).text(); }

  StoryScene told_{story("cpu_full_uwsgi"), {100, 30}};
  ViewState state_;
};

TEST_F(SignalTest, ItSaysWhatTheSignalDoesToThisKindOfServer) {
  EXPECT_THAT(effect(choose("uwsgi", "master"), SIGHUP), HasSubstr("reload"));
  const ProcessSample& nginx = choose("nginx", "master");
  EXPECT_THAT(effect(nginx, SIGUSR1), HasSubstr("log files"));
  EXPECT_EQ(effect(nginx, SIGTTIN), "") << "it has no use for it, nor would anybody";
  EXPECT_THAT(effect(nginx, SIGKILL), HasSubstr("nothing is saved"));
}

TEST_F(SignalTest, OfACustomTierWhatItDoesToAnyProgram) {
  auto changed = std::make_shared<Snapshot>(*told_.scene.snapshot);
  for (TierSample& tier : changed->tiers) tier.preset.clear();
  told_.scene.snapshot = changed;
  EXPECT_THAT(effect(choose("nginx", "master"), SIGUSR1), HasSubstr("ends it, unless"));
}

TEST_F(SignalTest, NothingIsSentBeforeItIsConfirmed) {
  const ProcessId chosen = choose("uwsgi", "master").reading.id;
  press(Input::kF9);
  EXPECT_THAT(screen(), HasSubstr("SIGTERM"));
  press(Input::kDown);
  press(Input::kEnter);
  EXPECT_THAT(screen(),
              testing::AllOf(HasSubstr("SEND SIGHUP TO PROCESS " + std::to_string(chosen.pid)),
                             HasSubstr("uwsgi, master"), HasSubstr("reload")));
  EXPECT_EQ(state_.errands, 0u);
  press(Input::kEnter);
  EXPECT_EQ(state_.errands, 0u) << "Enter twice sends nothing";
  press(Input::kF9);
  press(Input::kDown);
  press(Input::kEnter);
  press(U'y');
  EXPECT_EQ(state_.errands, 1u);
  EXPECT_EQ(state_.errand.errand, Errand::kSignal);
  EXPECT_EQ(state_.errand.process, chosen);
  EXPECT_EQ(state_.errand.number, SIGHUP);
  EXPECT_EQ(state_.panel, Panel::kMain);
}

TEST_F(SignalTest, NewDataConfirmNothingAndAnEndedProcessIsSaid) {
  choose("uwsgi", "master");
  press(Input::kF9);
  press(Input::kEnter);
  auto changed = std::make_shared<Snapshot>(*told_.scene.snapshot);
  changed->processes.clear();
  told_.scene.snapshot = changed;
  press(Input::kNewData);
  EXPECT_THAT(screen(), HasSubstr("has ended"));
  press(U'y');
  EXPECT_EQ(state_.errands, 0u);
}

TEST_F(SignalTest, InThePastAndElsewhereNothingCanBeSent) {
  choose("uwsgi", "master");
  state_.past = true;
  press(Input::kF9);
  EXPECT_THAT(screen(), HasSubstr("G goes back to now"));
  press(Input::kEscape);
  state_.past = false;
  told_.scene.feed.local = false;
  press(Input::kF9);
  EXPECT_THAT(screen(), testing::AllOf(HasSubstr("another machine"), Not(HasSubstr("SIGTERM"))));
}

TEST_F(SignalTest, HostileTitlesAreShownNotObeyed) {
  auto changed = std::make_shared<Snapshot>(*told_.scene.snapshot);
  for (ProcessSample& process : changed->processes) process.reading.title = "\033]0;owned\a";
  told_.scene.snapshot = changed;
  choose("uwsgi", "master");
  press(Input::kF9);
  press(Input::kEnter);
  EXPECT_THAT(screen(), testing::AllOf(HasSubstr("\\x1b]0;owned"), Not(HasSubstr("\033"))));
}

}  // namespace
}  // namespace tierwatch
