// SPDX-License-Identifier: MIT
#include "exporters/terminal/view/view_step.h"

#include <algorithm>

#include "exporters/terminal/scene/user_rows.h"
#include "exporters/terminal/tables/menu.h"
#include "exporters/terminal/tables/tier_table.h"

namespace tierwatch {
namespace {

constexpr int kLastLine = 1 << 20;  ///< settle() knows better

}  // namespace

void Step::in_menu(const Event& event) {
  if (state_.panel == Panel::kColumns && in_column_menu(event)) return;
  const Action action = action_of(event);
  if (event.input == Input::kEnter || (action == Action::kTag && state_.panel == Panel::kColumns)) {
    choose_menu_row();
  } else if (action == Action::kUp || action == Action::kDown) {
    move(action == Action::kUp ? -1 : 1);
  } else if (action == Action::kHome || action == Action::kEnd) {
    state_.menu_row = action == Action::kHome ? 0 : menu_rows() - 1;
  } else if (action == Action::kBack || action == Action::kQuit || action == Action::kSort ||
             action == Action::kColumns || action == Action::kUser || action == Action::kSignal) {
    state_.panel = Panel::kMain;
  }
}

int Step::menu_rows() const { return static_cast<int>(menu_of(state_, scene_).rows.size()); }

void Step::choose_user() {
  const auto users = user_rows(state_, scene_);
  const int last = static_cast<int>(users.size()) - 1;
  state_.only_user = users[static_cast<std::size_t>(std::clamp(state_.menu_row, 0, last))].uid;
  state_.panel = Panel::kMain;
}

void Step::choose_menu_row() {
  if (state_.panel == Panel::kUsers) return choose_user();
  if (state_.panel == Panel::kSignal) return choose_signal();
  if (state_.panel == Panel::kColumns) return toggle_column();
  if (const ViewColumn* column = chosen_column()) sort_by(state_, *column);
  state_.panel = Panel::kMain;
}

void Step::in_panel(const Event& event) {
  if (event.input == Input::kNewData || event.input == Input::kRedraw) return;
  if (is_menu(state_.panel)) return in_menu(event);
  if (state_.panel == Panel::kConfirm) return confirm(event);
  const int step = std::max(1, layout_.panel.height - 1);
  const Action action = action_of(event);
  switch (action) {
    case Action::kUp:
    case Action::kDown:
      return move(action == Action::kUp ? -1 : 1);
    case Action::kPageUp:
    case Action::kPageDown:
      return move(action == Action::kPageUp ? -step : step);
    case Action::kHome:
      state_.panel_top = 0;
      return;
    case Action::kEnd:
      state_.panel_top = kLastLine;
      return;
    case Action::kInside:
    case Action::kWrite:
    case Action::kCopy:
    case Action::kEnvironment:
    case Action::kJournal:
    case Action::kSignal:
    case Action::kEarlier:
    case Action::kLater:
    case Action::kMinuteEarlier:
    case Action::kMinuteLater:
    case Action::kChangeEarlier:
    case Action::kChangeLater:
    case Action::kMoment:
    case Action::kNow:
    case Action::kPause:
    case Action::kPalette:
    case Action::kSlower:
    case Action::kFaster:
      return act(action, event);
    case Action::kEvidence:
    case Action::kTime:
    case Action::kHelp: {
      const Panel before = state_.panel;
      act(action, event);
      return state_.panel == before ? open(Panel::kMain) : void();
    }
    case Action::kQuit:
      if (event.input == Input::kF10) state_.quit = true;
      return open(Panel::kMain);
    default:
      return open(Panel::kMain);
  }
}

void Step::click_list(Point at) {
  if (layout_.process_header.contains(at)) {
    for (const PlacedColumn& column : process_columns(state_, layout_.process_header.width)) {
      if (at.x >= column.x && at.x <= column.x + column.width)
        return sort_by(state_, state_.columns[column.column]);
    }
  } else if (layout_.processes.contains(at)) {
    state_.row = state_.top + at.y - layout_.processes.y;
    state_.follow = false;
  } else if (layout_.tiers.contains(at) && snapshot()) {
    const auto visible =
        visible_tiers(*snapshot(), listed_tiers(*snapshot()), layout_.tiers.height);
    const auto row = static_cast<std::size_t>(at.y - layout_.tiers.y);
    if (row < visible.size()) toggle_tier(visible[row]);
  }
}

void Step::click(Point at) {
  if (layout_.footer.contains(at) && state_.prompt == Prompt::kNone) {
    if (state_.panel != Panel::kMain) return open(Panel::kMain);
    for (const FooterLabel& label : footer_labels(layout_.footer.width)) {
      if (at.x < label.x || at.x >= label.x + label.width) continue;
      const Event event = event_of(bindings()[label.binding]);
      return act(action_of(event), event);
    }
  } else if (layout_.verdict.contains(at)) {
    open(state_.panel == Panel::kEvidence ? Panel::kMain : Panel::kEvidence);
  } else if (is_menu(state_.panel)) {
    const Area area = menu_area(state_, scene_, layout_);
    if (state_.prompt != Prompt::kNone) return;
    state_.menu_row = at.y - area.y - 1;
    if (area.contains(at)) choose_menu_row();
  } else if (state_.panel == Panel::kMain) {
    click_list(at);
  }
}

}  // namespace tierwatch
