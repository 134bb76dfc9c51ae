// SPDX-License-Identifier: MIT
#include "exporters/terminal/tables/process_table_view.h"

#include <algorithm>

#include "exporters/terminal/tables/layout.h"

namespace tierwatch {
namespace {

void draw_header(Frame& frame, const Area& area, const std::vector<PlacedColumn>& columns,
                 const ViewState& state) {
  frame.paint(area, Ink::kHeader);
  for (const PlacedColumn& place : columns) {
    const auto column = static_cast<ProcessColumn>(place.column);
    const ColumnSpec& spec = process_column_specs()[place.column];
    const bool sorts = column == state.sort;
    const Ink ink = sorts ? Ink::kHeaderSort : Ink::kHeader;
    const int x = area.x + place.x;
    spec.left ? void(frame.put(x, area.y, spec.name, ink, place.width))
              : frame.put_right(x, area.y, spec.name, ink, place.width);
    if (!sorts) continue;
    // The arrow stands in the gap behind the column, or before it at the edge of the screen.
    const int gap = spec.left ? x + static_cast<int>(spec.name.size()) : x + place.width;
    frame.repeat(gap, area.y, state.inverted ? U'▲' : U'▼', 1, ink);
  }
}

void draw_title_cell(Frame& frame, int x, int y, int width, const ProcessRow& row,
                     const std::string& title, int shift, Ink ink) {
  const int end = x + width;
  x = frame.put(x, y, row.branch, Ink::kDim, width);
  std::u32string text =
      drawable(std::string_view(title).substr(0, (static_cast<std::size_t>(std::max(0, shift)) +
                                                  static_cast<std::size_t>(std::max(0, width))) *
                                                     8));
  text.erase(0, std::min(text.size(), static_cast<std::size_t>(std::max(0, shift))));
  frame.put(x, y, text, ink, std::max(0, end - x));
}

void draw_row(Frame& frame, const Area& area, const std::vector<PlacedColumn>& columns,
              const ProcessRow& row, const ViewState& state, const Scene& scene) {
  const ProcessSample& process = scene.snapshot->processes[row.process];
  const bool tagged = state.tagged.contains(process.reading.id);
  for (const PlacedColumn& place : columns) {
    const auto column = static_cast<ProcessColumn>(place.column);
    ColumnText cell = column_text(column, process, scene);
    if (tagged) cell.ink = Ink::kTagged;
    const int x = area.x + place.x;
    if (column == ProcessColumn::kTitle) {
      draw_title_cell(frame, x, area.y, place.width, row, cell.text, state.shift, cell.ink);
    } else if (process_column_specs()[place.column].left) {
      frame.put(x, area.y, cell.text, cell.ink, place.width);
    } else {
      frame.put_right(x, area.y, cell.text, cell.ink, place.width);
    }
  }
  // A letter, too, says which are tagged.
  if (tagged) frame.repeat(area.x, area.y, U'*', 1, Ink::kTagged);
}

/// Why the list is empty, when it is.
std::string empty_words(const ViewState& state, const Snapshot& snapshot) {
  if (!state.filter.empty()) return "no process matches \"" + state.filter + "\"; Esc clears it";
  const bool any = std::any_of(snapshot.tiers.begin(), snapshot.tiers.end(),
                               [](const TierSample& tier) { return tier.sums.processes > 0; });
  if (any && snapshot.processes.empty())
    return "the daemon tells processes only to readers on its machine or with a password";
  if (any) return "all tiers are hidden; 1 to 9 show them";
  return "no process of a known tier is running; a lists all, tierwatch match tells why";
}

}  // namespace

void draw_process_table(Frame& frame, const Area& header, const Area& body,
                        const std::vector<ProcessRow>& rows, const ViewState& state,
                        const Scene& scene) {
  if (header.height < 1 || !scene.snapshot) return;
  const auto columns = process_columns(state, header.width);
  draw_header(frame, header, columns, state);
  if (rows.empty() && body.height > 0) {
    frame.put(body.x + 1, body.y, empty_words(state, *scene.snapshot), Ink::kDim, body.width - 1);
    return;
  }
  const int count = static_cast<int>(rows.size());
  const int top = std::clamp(state.top, 0, std::max(0, count - 1));
  for (int i = 0; i < body.height && top + i < count; ++i) {
    const Area line{body.x, body.y + i, body.width, 1};
    draw_row(frame, line, columns, rows[static_cast<std::size_t>(top + i)], state, scene);
    if (top + i == state.row) frame.paint(line, Ink::kSelected);
  }
}

}  // namespace tierwatch
