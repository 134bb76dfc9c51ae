// SPDX-License-Identifier: MIT
#include "exporters/terminal/tables/panels.h"

#include <algorithm>

#include "exporters/terminal/tables/verdict_line.h"

namespace tierwatch {
namespace {

constexpr int kMenuWidth = 46;

std::vector<PanelLine> lines_of(const ViewState& state, const Scene& scene, int width) {
  switch (state.panel) {
    case Panel::kHelp:
      return help_lines(width);
    case Panel::kEvidence:
      return evidence_lines(scene, width);
    case Panel::kTime:
      return time_lines(scene, width);
    case Panel::kProcess:
      return process_lines(scene, state.selected, width);
    default:
      return {};
  }
}

void draw_line(Frame& frame, const Area& row, const PanelLine& line) {
  int x = row.x;
  for (const PanelWord& word : line)
    x = frame.put(x, row.y, word.text, word.ink, std::max(0, row.x + row.width - x));
}

void draw_menu(Frame& frame, const Area& area, const ViewState& state) {
  frame.clear(area);
  const bool sort = state.panel == Panel::kSort;
  frame.paint({area.x, area.y, area.width, 1}, Ink::kHeader);
  frame.put(area.x + 1, area.y, sort ? "Sort by" : "Columns: Space shows or hides", Ink::kHeader,
            area.width - 1);
  const int rows = area.height - 1;
  const int top = std::clamp(state.menu_row - rows + 1, 0, static_cast<int>(kProcessColumns));
  for (int i = 0; i < rows && top + i < static_cast<int>(kProcessColumns); ++i) {
    const auto column = static_cast<ProcessColumn>(top + i);
    const bool marked = sort ? column == state.sort : !state.hidden_columns.contains(column);
    const int y = area.y + 1 + i;
    const Area line{area.x, y, area.width, 1};
    frame.put(area.x + 1, y, sort ? (marked ? "●" : " ") : (marked ? "[x]" : "[ ]"), Ink::kStrong,
              4);
    frame.put(area.x + 5, y, process_column_specs()[static_cast<std::size_t>(column)].name,
              Ink::kStrong, 8);
    frame.put(area.x + 13, y, meaning_of(column), Ink::kPlain, area.width - 13);
    if (top + i == state.menu_row) frame.paint(line, Ink::kSelected);
  }
}

}  // namespace

PanelLine heading(const std::string& text) { return {{text, Ink::kTitle}}; }

void add_wrapped(std::vector<PanelLine>& lines, const std::string& indent, const std::string& text,
                 Ink ink, int width) {
  const std::size_t before = columns_of(indent);
  const int room = std::max(1, width - static_cast<int>(before));
  std::string margin = indent;
  for (const std::string& part : wrapped(text, static_cast<std::size_t>(room))) {
    lines.push_back({{margin, Ink::kDim}, {part, ink}});
    margin.assign(before, ' ');
  }
}

int last_panel_top(const ViewState& state, const Scene& scene, const Layout& layout) {
  if (state.panel == Panel::kMain) return 0;
  const auto lines = lines_of(state, scene, layout.panel.width - 2);
  return std::max(0, static_cast<int>(lines.size()) - layout.panel.height);
}

Area menu_area(const Layout& layout) {
  const Area& panel = layout.panel;
  const int rows = static_cast<int>(kProcessColumns) + 1;
  return {panel.x, panel.y, std::min(panel.width, kMenuWidth + 32), std::min(panel.height, rows)};
}

void draw_panel(Frame& frame, const Layout& layout, const ViewState& state, const Scene& scene) {
  if (state.panel == Panel::kMain) return;
  if (state.panel == Panel::kSort || state.panel == Panel::kColumns)
    return draw_menu(frame, menu_area(layout), state);
  frame.clear(layout.panel);
  const Area& area = layout.panel;
  const auto lines = lines_of(state, scene, area.width - 2);
  const int count = static_cast<int>(lines.size());
  const int top = std::clamp(state.panel_top, 0, std::max(0, count - area.height));
  for (int i = 0; i < area.height && top + i < count; ++i) {
    draw_line(frame, {area.x + 1, area.y + i, area.width - 2, 1},
              lines[static_cast<std::size_t>(top + i)]);
  }
  if (top + area.height < count && area.height > 0)
    frame.put_right(area.x, area.bottom() - 1, "▼ more", Ink::kWarm, area.width);
}

}  // namespace tierwatch
