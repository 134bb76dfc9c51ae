// SPDX-License-Identifier: MIT
#include "exporters/terminal/tables/process_table_view.h"

#include <algorithm>

#include "exporters/terminal/scene/user_rows.h"
#include "exporters/terminal/tables/layout.h"

namespace tierwatch {
namespace {

void draw_header(Frame& frame, const Area& area, const std::vector<PlacedColumn>& columns,
                 const ViewState& state) {
  frame.paint(area, Ink::kHeader);
  const ViewColumn sorting = state.sort_column();
  for (const PlacedColumn& place : columns) {
    const ViewColumn& column = state.columns[place.column];
    const ColumnSpec spec = spec_of(column);
    const bool sorts = name_of(column) == name_of(sorting);
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
    const ViewColumn& column = state.columns[place.column];
    ColumnText cell = column_text(column, process, scene);
    if (tagged) cell.ink = Ink::kTagged;
    const int x = area.x + place.x;
    if (column.column == ProcessColumn::kTitle) {
      draw_title_cell(frame, x, area.y, place.width, row, cell.text, state.shift, cell.ink);
    } else if (spec_of(column).left) {
      frame.put(x, area.y, cell.text, cell.ink, place.width);
    } else {
      frame.put_right(x, area.y, cell.text, cell.ink, place.width);
    }
  }
  // A letter, too, says which are tagged.
  if (tagged) frame.repeat(area.x, area.y, U'*', 1, Ink::kTagged);
}

char32_t lower_case(char32_t glyph) {
  return glyph >= U'A' && glyph <= U'Z' ? glyph + (U'a' - U'A') : glyph;
}

/// Where a word ends that begins at the left of these cells; there when it does not. The right half
/// of a wide character has no glyph.
int match_end(const Frame& frame, const Area& cells, std::u32string_view word) {
  int x = cells.x;
  const auto skip_halves = [&] {
    while (x < cells.x + cells.width && frame.at(x, cells.y).glyph == 0) ++x;
  };
  for (const char32_t glyph : word) {
    if (x >= cells.x + cells.width || lower_case(frame.at(x, cells.y).glyph) != lower_case(glyph))
      return cells.x;
    ++x;
    skip_halves();
  }
  return x;
}

/// Paints what matches a pattern in the cells of a column.
void highlight(Frame& frame, const Area& cells, std::u32string_view pattern) {
  while (!pattern.empty()) {
    const std::u32string_view word = pattern.substr(0, pattern.find(U'|'));
    pattern.remove_prefix(std::min(word.size() + 1, pattern.size()));
    for (int x = cells.x; !word.empty() && x < cells.x + cells.width; ++x) {
      const int end = match_end(frame, {x, cells.y, cells.x + cells.width - x, 1}, word);
      if (end > x) frame.paint({x, cells.y, end - x, 1}, Ink::kMatch);
    }
  }
}

/// In the columns that search and filter look at.
void highlight_matches(Frame& frame, const Area& line, const std::vector<PlacedColumn>& columns,
                       const ViewState& state) {
  if (state.search.empty() && state.filter.empty()) return;
  for (const PlacedColumn& place : columns) {
    const ProcessColumn column = state.columns[place.column].column;
    if (column != ProcessColumn::kPid && column != ProcessColumn::kTier &&
        column != ProcessColumn::kRole && column != ProcessColumn::kTitle)
      continue;
    const int x = line.x + place.x;
    const Area cells{x, line.y, std::min(place.width, frame.size().columns - x), 1};
    highlight(frame, cells, drawable(state.filter));
    highlight(frame, cells, drawable(state.search));
  }
}

/// Why the list is empty, when it is.
std::string empty_words(const ViewState& state, const Scene& scene) {
  const Snapshot& snapshot = *scene.snapshot;
  if (state.only_user && scene.feed.sparse)
    return "whose a process was is not recorded; Esc shows those of all users";
  if (!state.filter.empty()) return "no process matches \"" + state.filter + "\"; Esc clears it";
  if (state.only_user)
    return "no process of " + user_words(*state.only_user, scene) +
           " is listed; Esc shows those of all users";
  const bool any = std::any_of(snapshot.tiers.begin(), snapshot.tiers.end(),
                               [](const TierSample& tier) { return tier.sums.processes > 0; });
  if (any && snapshot.processes.empty() && scene.feed.sparse)
    return "no process was recorded then: only busy ones are";
  if (any && snapshot.processes.empty())
    return "the daemon shows processes only to clients on its machine or with a password";
  if (any) return "all tiers are hidden; 1 to 9 show them";
  return "no process of a known tier is running; a lists all, tierwatch match shows why";
}

}  // namespace

void draw_process_table(Frame& frame, const Area& header, const Area& body,
                        const std::vector<ProcessRow>& rows, const ViewState& state,
                        const Scene& scene) {
  if (header.height < 1 || !scene.snapshot) return;
  const auto columns = process_columns(state, header.width);
  draw_header(frame, header, columns, state);
  if (rows.empty() && body.height > 0) {
    frame.put(body.x + 1, body.y, empty_words(state, scene), Ink::kDim, body.width - 1);
    return;
  }
  const int count = static_cast<int>(rows.size());
  const int top = std::clamp(state.top, 0, std::max(0, count - 1));
  for (int i = 0; i < body.height && top + i < count; ++i) {
    const Area line{body.x, body.y + i, body.width, 1};
    draw_row(frame, line, columns, rows[static_cast<std::size_t>(top + i)], state, scene);
    if (top + i == state.row) frame.paint(line, Ink::kSelected);
    highlight_matches(frame, line, columns, state);
  }
}

void draw_totals(Frame& frame, const Area& row, const ViewState& state, const Scene& scene) {
  if (row.height < 1 || !scene.snapshot) return;
  const auto summed = summed_processes(*scene.snapshot, state);
  frame.paint(row, Ink::kHeader);
  for (const PlacedColumn& place : process_columns(state, row.width)) {
    const ViewColumn& column = state.columns[place.column];
    const int x = row.x + place.x;
    if (column.column == ProcessColumn::kPid) {
      frame.put_right(x, row.y, std::to_string(summed.size()), Ink::kHeader, place.width);
    } else if (column.column == ProcessColumn::kTitle) {
      frame.put(x, row.y,
                state.tagged.empty() ? "together: all that match" : "together: all that are tagged",
                Ink::kHeader, place.width);
    } else {
      frame.put_right(x, row.y, total_text(column, summed, scene).text, Ink::kHeader, place.width);
    }
  }
}

}  // namespace tierwatch
