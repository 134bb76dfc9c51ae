// SPDX-License-Identifier: MIT
#include "exporters/terminal/tables/menu.h"

#include <algorithm>
#include <array>

#include "collectors/text/plain_words.h"
#include "exporters/terminal/scene/process_fields.h"
#include "exporters/terminal/scene/signal_rows.h"
#include "exporters/terminal/scene/user_rows.h"

namespace tierwatch {
namespace {

constexpr int kMenuWidth = 110;
constexpr int kMarkColumn = 1, kNameColumn = 5, kLeastNameWidth = 8, kMostNameWidth = 24;

Menu column_menu(const ViewState& state) {
  const bool sort = state.panel == Panel::kSort;
  Menu menu{.title = sort ? "Sort by" : "Columns of the processes", .rows = {}};
  const ViewColumn sorting = state.sort_column();
  for (const ViewColumn& column : state.columns) {
    const bool marked = sort ? name_of(column) == name_of(sorting) : column.shown;
    menu.rows.push_back({sort ? (marked ? "●" : " ") : (marked ? "[x]" : "[ ]"),
                         std::string(spec_of(column).name), meaning_of(column)});
  }
  return menu;
}

/// What an expression may name, while one is typed.
Menu field_menu() {
  Menu menu{.title = "NAME=rss/threads:bytes  + - * / ( )  as :number :percent :bytes :time",
            .rows = {}};
  for (const ProcessField& field : process_fields()) {
    constexpr std::array kUnits = {"", ", in bytes", ", in seconds"};
    const std::string unit = kUnits[static_cast<std::size_t>(field.unit)];
    menu.rows.push_back({" ", std::string(field.name), std::string(field.meaning) + unit});
  }
  return menu;
}

/// What is drawn in the place of a menu.
Menu drawn_menu(const ViewState& state, const Scene& scene) {
  return state.prompt == Prompt::kColumn ? field_menu() : menu_of(state, scene);
}

Menu user_menu(const ViewState& state, const Scene& scene) {
  Menu menu{.title = "Show the processes of", .rows = {}};
  for (const UserRow& user : user_rows(state, scene))
    menu.rows.push_back({user.uid == state.only_user ? "●" : " ", user.name,
                         count_of(static_cast<double>(user.processes), "process")});
  return menu;
}

Menu signal_menu(const ViewState& state, const Scene& scene) {
  Menu menu{.title = "Signal to process " + std::to_string(state.selected.pid), .rows = {}};
  const ProcessSample* process = process_of(scene.snapshot, state.selected);
  if (!process) menu.title += ": it has ended";
  if (!process) return menu;
  menu.title += " (" + process_words(*scene.snapshot, *process) + ")";
  for (SignalRow& row : signal_rows(*scene.snapshot, *process))
    menu.rows.push_back({" ", std::string(row.name), std::move(row.effect)});
  return menu;
}

int name_width(const Menu& menu) {
  int width = kLeastNameWidth;
  for (const MenuRow& row : menu.rows)
    width = std::max(width, static_cast<int>(columns_of(row.name)) + 2);
  return std::min(width, kMostNameWidth);
}

}  // namespace

Menu menu_of(const ViewState& state, const Scene& scene) {
  switch (state.panel) {
    case Panel::kSort:
    case Panel::kColumns:
      return column_menu(state);
    case Panel::kSignal:
      return signal_menu(state, scene);
    case Panel::kUsers:
      return user_menu(state, scene);
    default:
      return {};
  }
}

Area menu_area(const ViewState& state, const Scene& scene, const Layout& layout) {
  const Area& panel = layout.panel;
  const int rows = static_cast<int>(drawn_menu(state, scene).rows.size()) + 1;
  return {panel.x, panel.y, std::min(panel.width, kMenuWidth), std::min(panel.height, rows)};
}

void draw_menu(Frame& frame, const Layout& layout, const ViewState& state, const Scene& scene) {
  const Menu menu = drawn_menu(state, scene);
  const bool choosing = state.prompt != Prompt::kColumn;
  const Area area = menu_area(state, scene, layout);
  frame.clear(area);
  frame.paint({area.x, area.y, area.width, 1}, Ink::kHeader);
  frame.put(area.x + 1, area.y, menu.title, Ink::kHeader, area.width - 1);
  const int rows = area.height - 1, count = static_cast<int>(menu.rows.size());
  const int top = choosing ? std::clamp(state.menu_row - rows + 1, 0, count) : 0;
  if (top + rows < count) frame.put_right(area.x, area.y, " ▼ more", Ink::kHeader, area.width - 1);
  const int text = kNameColumn + name_width(menu);
  for (int i = 0; i < rows && top + i < count; ++i) {
    const MenuRow& row = menu.rows[static_cast<std::size_t>(top + i)];
    const int y = area.y + 1 + i;
    frame.put(area.x + kMarkColumn, y, row.mark, Ink::kStrong, kNameColumn - kMarkColumn);
    frame.put(area.x + kNameColumn, y, row.name, Ink::kStrong, text - kNameColumn);
    frame.put(area.x + text, y, row.text, Ink::kPlain, area.width - text);
    if (choosing && top + i == state.menu_row)
      frame.paint({area.x, y, area.width, 1}, Ink::kSelected);
  }
}

}  // namespace tierwatch
