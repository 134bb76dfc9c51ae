// SPDX-License-Identifier: MIT
//
// How a state changes by one event: the inside of next(), for its own files only (view_state.cpp:
// the lists; view_prompt.cpp: what is typed; view_panels.cpp: panels, menus, clicks;
// view_columns.cpp: the columns that are chosen).
#pragma once

#include <vector>

#include "exporters/terminal/scene/process_rows.h"
#include "exporters/terminal/scene/view_state.h"
#include "exporters/terminal/screen/key_bindings.h"
#include "exporters/terminal/tables/layout.h"

namespace tierwatch {

/// Sorts by a column, its highest first: as htop's keys do, also when pressed again.
void sort_by(ViewState& state, ProcessColumn column);
/// ... the other way round when it sorted by that one already, as a click does.
void sort_by(ViewState& state, const ViewColumn& column);

/// Of what is being typed; none of its bytes may be half a character.
void remove_last_character(std::string& utf8);

/// One event at work on a state.
class Step {
 public:
  Step(ViewState& state, const Scene& scene)
      : state_(state), scene_(scene), layout_(lay_out(state, scene)) {}

  void run(const Event& event);

 private:
  const Snapshot* snapshot() const { return scene_.snapshot.get(); }
  std::vector<ProcessRow> rows() const {
    return snapshot() ? process_rows(*snapshot(), state_) : std::vector<ProcessRow>();
  }
  int page() const { return std::max(1, layout_.processes.height); }

  void act(Action action, const Event& event);
  void act_on_list(Action action);
  void open(Panel panel);
  void open_prompt(Prompt prompt);
  void type(const Event& event);
  void type_moment(const Event& event);
  void type_file(const Event& event);
  void find(int from);
  void in_panel(const Event& event);
  void in_menu(const Event& event);
  int menu_rows() const;
  ViewColumn* chosen_column();
  void toggle_column();
  void move_column(int rows);
  void remove_column();
  void draft_column(bool edit);
  bool in_column_menu(const Event& event);
  void type_column(const Event& event);
  void finish_column();
  void replace_column(int row, const ViewColumn& column);
  void choose_menu_row();
  void choose_user();
  void move(int rows);
  void click(Point at);
  void click_list(Point at);
  void toggle_tier(std::size_t line);
  void tag();
  void move_to(TimeMove move);
  void run_errand(Errand errand);
  bool asks_the_world(Action action);
  void copy();
  bool refuses(Errand errand);
  void choose_signal();
  void confirm(const Event& event);
  void settle();

  ViewState& state_;
  const Scene& scene_;
  Layout layout_;
};

}  // namespace tierwatch
