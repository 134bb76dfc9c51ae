// SPDX-License-Identifier: MIT
#include <algorithm>

#include "collectors/text/printable_text.h"
#include "exporters/terminal/view/view_step.h"

namespace tierwatch {
namespace {

constexpr std::size_t kLongestColumn = 256;

}  // namespace

ViewColumn* Step::chosen_column() {
  const auto row = static_cast<std::size_t>(std::max(0, state_.menu_row));
  return row < state_.columns.size() ? &state_.columns[row] : nullptr;
}

void Step::toggle_column() {
  ViewColumn* column = chosen_column();
  if (!column) return;
  column->shown = !column->shown;
  const bool any = std::ranges::any_of(state_.columns, &ViewColumn::shown);
  if (!any) column->shown = true;  // a list without columns says nothing
}

void Step::move_column(int rows) {
  const int count = static_cast<int>(state_.columns.size());
  const int from = state_.menu_row, to = from + rows;
  if (from < 0 || from >= count || to < 0 || to >= count) return;
  std::swap(state_.columns[static_cast<std::size_t>(from)],
            state_.columns[static_cast<std::size_t>(to)]);
  state_.menu_row = to;
}

/// Ours can be hidden, not removed.
void Step::remove_column() {
  const ViewColumn* column = chosen_column();
  if (!column || column->column != ProcessColumn::kCustom) return;
  ColumnList left = state_.columns;
  left.erase(left.begin() + (column - state_.columns.data()));
  if (std::ranges::none_of(left, &ViewColumn::shown)) return;
  state_.columns = std::move(left);
  if (state_.sort_column().column != state_.sort) state_.sort = ProcessColumn::kCpu;
}

void Step::draft_column(bool edit) {
  const ViewColumn* column = chosen_column();
  if (edit && (!column || column->column != ProcessColumn::kCustom)) return;
  state_.draft = {};
  if (edit)
    state_.draft = {.text = column->custom.definition,
                    .row = static_cast<int>(column - state_.columns.data())};
  state_.prompt = Prompt::kColumn;
}

/// True: the event was one of the list of columns.
bool Step::in_column_menu(const Event& event) {
  if (event.input == Input::kF7 || event.input == Input::kF8)
    return move_column(event.input == Input::kF7 ? -1 : 1), true;
  if (event.input != Input::kText) return false;
  switch (event.text) {
    case U'[':
    case U']':
      return move_column(event.text == U'[' ? -1 : 1), true;
    case U'a':
    case U'e':
      return draft_column(event.text == U'e'), true;
    case U'd':
      return remove_column(), true;
    default:
      return false;
  }
}

/// What is wrong stays to be put right.
void Step::type_column(const Event& event) {
  ColumnDraft& draft = state_.draft;
  if (event.input == Input::kText) {
    if (draft.text.size() < kLongestColumn) append_utf8(draft.text, event.text);
    draft.problem.clear();
  } else if (event.input == Input::kBackspace) {
    remove_last_character(draft.text);
    draft.problem.clear();
  } else if (event.input == Input::kEscape ||
             (event.input == Input::kEnter && draft.text.empty())) {
    state_.prompt = Prompt::kNone;
  } else if (event.input == Input::kEnter) {
    finish_column();
  }
}

void Step::finish_column() {
  ColumnDraft& draft = state_.draft;
  const auto parsed = parse_column(draft.text);
  if (const auto* problem = std::get_if<ColumnProblem>(&parsed)) {
    draft.place = problem->place;
    // The fields that there are stand above.
    draft.problem = problem->why.substr(0, problem->why.find(';'));
    return;
  }
  const ViewColumn& column = std::get<ViewColumn>(parsed);
  const auto rows = static_cast<int>(state_.columns.size());
  const int row = draft.row < rows ? draft.row : -1;
  const ViewColumn* same = column_named(state_.columns, name_of(column));
  if (same && same - state_.columns.data() != row) {
    draft.place = 0;
    draft.problem = "there is a column called '" + std::string(name_of(column)) + "' already";
    return;
  }
  state_.prompt = Prompt::kNone;
  if (row >= 0) return replace_column(row, column);
  state_.menu_row = std::clamp(state_.menu_row, 0, rows);
  state_.columns.insert(state_.columns.begin() + state_.menu_row, column);
}

void Step::replace_column(int row, const ViewColumn& column) {
  ViewColumn& old = state_.columns[static_cast<std::size_t>(row)];
  const bool sorts = state_.sort == ProcessColumn::kCustom && state_.custom_sort == name_of(old);
  if (sorts) state_.custom_sort = name_of(column);
  old = column;
}

}  // namespace tierwatch
