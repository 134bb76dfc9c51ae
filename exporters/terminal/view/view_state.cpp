// SPDX-License-Identifier: MIT
#include "exporters/terminal/scene/view_state.h"

#include <algorithm>
#include <array>
#include <optional>

#include "exporters/terminal/scene/user_rows.h"
#include "exporters/terminal/tables/panels.h"
#include "exporters/terminal/view/view_step.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;

constexpr std::array kIntervals = {milliseconds(100),   milliseconds(250),   milliseconds(500),
                                   milliseconds(1000),  milliseconds(2000),  milliseconds(5000),
                                   milliseconds(10000), milliseconds(30000), milliseconds(60000)};
constexpr int kWheelStep = 3, kShiftStep = 8, kFarthestShift = 4096;

void change_interval(ViewState& state, bool longer) {
  if (longer) {
    const auto next = std::upper_bound(kIntervals.begin(), kIntervals.end(), state.interval);
    if (next != kIntervals.end()) state.interval = *next;
  } else {
    const auto at = std::lower_bound(kIntervals.begin(), kIntervals.end(), state.interval);
    if (at != kIntervals.begin()) state.interval = *std::prev(at);
  }
}

/// The panel that an action always opens.
std::optional<Panel> panel_of(Action action) {
  switch (action) {
    case Action::kHelp:
      return Panel::kHelp;
    case Action::kEvidence:
      return Panel::kEvidence;
    case Action::kTime:
      return Panel::kTime;
    case Action::kColumns:
      return Panel::kColumns;
    case Action::kSort:
      return Panel::kSort;
    case Action::kUser:
      return Panel::kUsers;
    default:
      return std::nullopt;
  }
}

std::optional<TimeStep> step_of(Action action) {
  switch (action) {
    case Action::kEarlier:
      return TimeStep::kEarlier;
    case Action::kLater:
      return TimeStep::kLater;
    case Action::kMinuteEarlier:
      return TimeStep::kMinuteEarlier;
    case Action::kMinuteLater:
      return TimeStep::kMinuteLater;
    case Action::kChangeEarlier:
      return TimeStep::kChangeEarlier;
    case Action::kChangeLater:
      return TimeStep::kChangeLater;
    case Action::kNow:
      return TimeStep::kNewest;
    default:
      return std::nullopt;
  }
}

}  // namespace

void sort_by(ViewState& state, ProcessColumn column) {
  state.inverted = false;
  state.sort = column;
}

void sort_by(ViewState& state, const ViewColumn& column) {
  state.inverted = name_of(state.sort_column()) == name_of(column) && !state.inverted;
  state.sort = column.column;
  state.custom_sort = column.custom.name;
}

void Step::run(const Event& event) {
  if (event.input != Input::kNewData) state_.notes_seen = true;
  state_.redraw = event.input == Input::kRedraw;
  if (event.input == Input::kInterrupt) {
    state_.quit = true;
  } else if (event.input == Input::kClick) {
    click(event.at);
  } else if (event.input == Input::kWheelUp || event.input == Input::kWheelDown) {
    move(event.input == Input::kWheelUp ? -kWheelStep : kWheelStep);
  } else if (state_.prompt != Prompt::kNone) {
    type(event);
  } else if (state_.panel != Panel::kMain) {
    in_panel(event);
  } else {
    act(action_of(event), event);
  }
  settle();
}

void Step::open(Panel panel) {
  state_.panel = panel;
  state_.panel_top = 0;
  state_.menu_row = 0;
  if (panel == Panel::kSort) {
    const auto sorting = std::ranges::find(state_.columns, name_of(state_.sort_column()), name_of);
    state_.menu_row = static_cast<int>(sorting - state_.columns.begin());
  }
  if (panel != Panel::kUsers) return;
  const auto users = user_rows(state_, scene_);
  const auto chosen = std::ranges::find(users, state_.only_user, &UserRow::uid);
  if (chosen != users.end()) state_.menu_row = static_cast<int>(chosen - users.begin());
}

void Step::toggle_tier(std::size_t line) {
  if (!snapshot()) return;
  const auto tiers = listed_tiers(*snapshot());
  if (line >= tiers.size()) return;
  const std::string& name = snapshot()->tiers[tiers[line]].name;
  if (!state_.toggled_tiers.insert(name).second) state_.toggled_tiers.erase(name);
}

void Step::tag() {
  const auto list = rows();
  if (state_.row < 0 || state_.row >= static_cast<int>(list.size())) return;
  const ProcessId id =
      snapshot()->processes[list[static_cast<std::size_t>(state_.row)].process].reading.id;
  if (!state_.tagged.insert(id).second) state_.tagged.erase(id);
  move(1);
}

/// Moving chooses a row, which is no longer the process that was followed.
void Step::move(int rows) {
  if (is_menu(state_.panel)) {
    state_.menu_row += rows;
  } else if (state_.panel != Panel::kMain) {
    state_.panel_top += rows;
  } else {
    state_.row += rows;
    state_.follow = false;
  }
}

void Step::act_on_list(Action action) {
  switch (action) {
    case Action::kUp:
      return move(-1);
    case Action::kDown:
      return move(1);
    case Action::kPageUp:
      return move(-page());
    case Action::kPageDown:
      return move(page());
    case Action::kHome:
      return move(-state_.row);
    case Action::kEnd:
      return move(static_cast<int>(rows().size()));
    case Action::kLeft:
      state_.shift = std::max(0, state_.shift - kShiftStep);
      return;
    case Action::kRight:
      state_.shift = std::min(kFarthestShift, state_.shift + kShiftStep);
      return;
    case Action::kSortCpu:
      return sort_by(state_, ProcessColumn::kCpu);
    case Action::kSortMemory:
      return sort_by(state_, ProcessColumn::kResident);
    case Action::kSortTime:
      return sort_by(state_, ProcessColumn::kTime);
    case Action::kInvert:
      state_.inverted = !state_.inverted;
      return;
    default:
      return;
  }
}

void Step::move_to(TimeMove move) {
  const bool on = move.step == TimeStep::kLater || move.step == TimeStep::kMinuteLater ||
                  move.step == TimeStep::kChangeLater;
  if (scene_.feed.recorded) {
    state_.paused = true;  // whoever steps wants to look: playing stops
  } else if (move.step == TimeStep::kNewest) {
    if (!state_.past) state_.paused = false;
    state_.past = false;
    return;
  } else if (!scene_.snapshot || (on && !state_.past && !state_.paused)) {
    return;  // nothing is newer than now
  } else {
    state_.past = true;
    state_.paused = false;
  }
  state_.move = move;
  ++state_.moves;
}

void Step::act(Action action, const Event& event) {
  if (const auto panel = panel_of(action)) return open(*panel);
  if (const auto step = step_of(action)) return move_to({.step = *step});
  if (asks_the_world(action)) return;
  switch (action) {
    case Action::kProcess:
      if (!rows().empty()) open(Panel::kProcess);
      return;
    case Action::kSearch:
      return open_prompt(Prompt::kSearch);
    case Action::kFilter:
      return open_prompt(Prompt::kFilter);
    case Action::kTree:
      state_.tree = !state_.tree;
      return;
    case Action::kAll:
      state_.all = !state_.all;
      return;
    case Action::kMeasure:
      state_.measure = static_cast<SparkMeasure>((static_cast<std::size_t>(state_.measure) + 1) %
                                                 kSparkMeasures);
      return;
    case Action::kFollow:
      state_.follow = !state_.follow;
      return;
    case Action::kTag:
      if (!scene_.feed.recorded) return tag();
      state_.paused = !state_.paused;
      return;
    case Action::kMoment:
      return open_prompt(Prompt::kMoment);
    case Action::kUntag:
      state_.tagged.clear();
      return;
    case Action::kTier:
      return toggle_tier(event.text - U'1');
    case Action::kPause:
      if (!state_.past) state_.paused = !state_.paused;  // the past stands still
      return;
    case Action::kSlower:
    case Action::kFaster:
      return change_interval(state_, action == Action::kSlower);
    case Action::kPalette:
      state_.palette =
          static_cast<PaletteName>((static_cast<std::size_t>(state_.palette) + 1) % kPalettes);
      return;
    case Action::kBack:
      state_.filter.clear();
      state_.only_user.reset();
      state_.search.clear();
      return;
    case Action::kQuit:
      state_.quit = true;
      return;
    default:
      return act_on_list(action);
  }
}

/// Brings what is chosen into what there is.
void Step::settle() {
  layout_ = lay_out(state_, scene_);
  if (is_menu(state_.panel))
    state_.menu_row = std::clamp(state_.menu_row, 0, std::max(0, menu_rows() - 1));
  state_.panel_top = std::clamp(state_.panel_top, 0, last_panel_top(state_, scene_, layout_));
  const auto list = rows();
  const int count = static_cast<int>(list.size());
  const bool looked_at = state_.panel == Panel::kProcess || state_.panel == Panel::kPane ||
                         state_.panel == Panel::kSignal || state_.panel == Panel::kConfirm;
  const bool keep = state_.follow || looked_at;
  if (keep) {
    for (int i = 0; i < count; ++i) {
      if (snapshot()->processes[list[static_cast<std::size_t>(i)].process].reading.id ==
          state_.selected)
        state_.row = i;
    }
  }
  state_.row = std::clamp(state_.row, 0, std::max(0, count - 1));
  if (count > 0 && !looked_at)
    state_.selected =
        snapshot()->processes[list[static_cast<std::size_t>(state_.row)].process].reading.id;
  const int height = page();
  state_.top = std::clamp(state_.top, state_.row - height + 1, state_.row);
  state_.top = std::clamp(state_.top, 0, std::max(0, count - height));
}

ViewState next(ViewState state, const Event& event, const Scene& scene) {
  Step(state, scene).run(event);
  return state;
}

}  // namespace tierwatch
