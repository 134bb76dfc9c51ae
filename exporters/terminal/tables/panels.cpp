// SPDX-License-Identifier: MIT
#include "exporters/terminal/tables/panels.h"

#include <algorithm>

#include "collectors/text/text_scan.h"
#include "exporters/terminal/tables/menu.h"
#include "exporters/terminal/tables/verdict_line.h"

namespace tierwatch {
namespace {

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
    case Panel::kConfirm:
      return confirm_lines(state, scene, width);
    case Panel::kPane:
      return pane_lines(state, scene, width);
    default:
      return {};
  }
}

void draw_line(Frame& frame, const Area& row, const PanelLine& line) {
  int x = row.x;
  for (const PanelWord& word : line)
    x = frame.put(x, row.y, word.text, word.ink, std::max(0, row.x + row.width - x));
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

std::vector<PanelLine> pane_lines(const ViewState& state, const Scene& scene, int width) {
  std::vector<PanelLine> lines;
  if (!state.refusal.empty()) {
    add_wrapped(lines, "", state.refusal, Ink::kWarm, width);
    return lines;
  }
  const Pane& pane = state.said.text.empty() ? scene.pane : state.said;
  if (!pane.title.empty()) lines.push_back(heading(pane.title));
  std::string_view rest = pane.text;
  while (!rest.empty()) {
    const std::string line(take_until(rest, '\n'));
    if (static_cast<int>(columns_of(line)) <= width) {  // a table stays one
      lines.push_back({{line, Ink::kPlain}});
      continue;
    }
    const std::string indent = line.substr(0, std::min(line.find_first_not_of(' '), line.size()));
    add_wrapped(lines, indent, line.substr(indent.size()), Ink::kPlain, width);
  }
  return lines;
}

int last_panel_top(const ViewState& state, const Scene& scene, const Layout& layout) {
  if (state.panel == Panel::kMain) return 0;
  const auto lines = lines_of(state, scene, layout.panel.width - 2);
  return std::max(0, static_cast<int>(lines.size()) - layout.panel.height);
}

void draw_panel(Frame& frame, const Layout& layout, const ViewState& state, const Scene& scene) {
  if (state.panel == Panel::kMain) return;
  if (is_menu(state.panel)) return draw_menu(frame, layout, state, scene);
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
