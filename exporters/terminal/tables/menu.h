// SPDX-License-Identifier: MIT
//
// Lists to choose a line from: columns, users. What stands in them, where, and how they are drawn.
#pragma once

#include <string>
#include <vector>

#include "exporters/terminal/scene/view_state.h"
#include "exporters/terminal/tables/layout.h"

namespace tierwatch {

struct MenuRow {
  std::string mark;  ///< of what holds now
  std::string name, text;
};
struct Menu {
  std::string title;
  std::vector<MenuRow> rows;
};

/// Empty for a panel that is no menu.
Menu menu_of(const ViewState& state, const Scene& scene);

/// Where the menu stands; its first row is the title.
Area menu_area(const ViewState& state, const Scene& scene, const Layout& layout);

void draw_menu(Frame& frame, const Layout& layout, const ViewState& state, const Scene& scene);

}  // namespace tierwatch
