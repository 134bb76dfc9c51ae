// SPDX-License-Identifier: MIT
#include "exporters/terminal/scene/column_list.h"

#include <algorithm>

#include "analysis/compare/condition_text.h"
#include "collectors/text/plain_words.h"
#include "exporters/glyphs.h"
#include "exporters/terminal/screen/figures.h"

namespace tierwatch {
namespace {

constexpr int kCustomWidth = 6, kCustomTimeWidth = 8, kCustomRank = 4;

std::string_view without_blanks(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// The next column of the text, of which `place` is moved behind it. Throws ColumnProblem.
ViewColumn next_column(std::string_view text, std::size_t& place) {
  const std::size_t end = std::min(text.find(',', place), text.size());
  const auto known = process_column_named(without_blanks(text.substr(place, end - place)));
  if (known) {
    place = end;
    return {.column = *known, .custom = {}};
  }
  const auto parsed = parse_custom_column(text, place);
  if (const auto* problem = std::get_if<ColumnProblem>(&parsed)) throw ColumnProblem(*problem);
  return {.custom = std::get<CustomColumn>(parsed)};
}

/// Words in place of figures would be taken for a name: `rss=anon` could be neither sorted by nor
/// told from the column that is called so.
void check_free(const ColumnList& columns, const ViewColumn& column, std::size_t place) {
  const std::string name(name_of(column));
  if (column.column == ProcessColumn::kCustom && process_column_named(name))
    throw ColumnProblem{place, "'" + name + "' is the name of another column"};
  if (column_named(columns, name))
    throw ColumnProblem{place, "there are two columns called '" + name + "'"};
}

}  // namespace

ColumnList default_columns() {
  ColumnList columns;
  for (std::size_t i = 0; i < kProcessColumns; ++i)
    columns.push_back({.column = static_cast<ProcessColumn>(i), .custom = {}});
  return columns;
}

std::variant<ColumnList, ColumnProblem> parse_columns(std::string_view text) {
  ColumnList columns;
  std::size_t place = 0;
  try {
    while (true) {
      std::size_t begin = place;
      while (begin < text.size() && text[begin] == ' ') ++begin;
      const ViewColumn column = next_column(text, place);
      check_free(columns, column, begin);
      columns.push_back(column);
      if (place >= text.size()) return columns;
      ++place;  // the comma
    }
  } catch (const ColumnProblem& problem) {
    return problem;
  }
}

std::variant<ViewColumn, ColumnProblem> parse_column(std::string_view text) {
  const auto parsed = parse_columns(text);
  if (const auto* problem = std::get_if<ColumnProblem>(&parsed)) return *problem;
  const ColumnList& columns = std::get<ColumnList>(parsed);
  if (columns.size() > 1) return ColumnProblem{text.find(','), "one column at a time"};
  return columns.front();
}

std::string problem_words(std::string_view text, const ColumnProblem& problem) {
  return pointed_at(text, problem.place, problem.why);
}

ColumnList completed(ColumnList chosen, const ColumnList& known) {
  for (const ViewColumn& column : known) {
    if (column_named(chosen, name_of(column))) continue;
    chosen.push_back(column);
    chosen.back().shown = false;
  }
  return chosen;
}

std::string_view name_of(const ViewColumn& column) {
  return column.column == ProcessColumn::kCustom ? std::string_view(column.custom.name)
                                                 : to_string(column.column);
}

std::string_view definition_of(const ViewColumn& column) {
  return column.column == ProcessColumn::kCustom ? std::string_view(column.custom.definition)
                                                 : to_string(column.column);
}

std::string definitions_of(const ColumnList& columns) {
  std::vector<std::string> shown;
  for (const ViewColumn& column : columns)
    if (column.shown) shown.emplace_back(definition_of(column));
  return joined(shown, ",");
}

const ViewColumn* column_named(const ColumnList& columns, std::string_view name) {
  const auto found = std::ranges::find(columns, name, name_of);
  return found == columns.end() ? nullptr : &*found;
}

ColumnSpec spec_of(const ViewColumn& column) {
  if (column.column != ProcessColumn::kCustom)
    return process_column_specs()[static_cast<std::size_t>(column.column)];
  const int least = column.custom.format == FigureFormat::kTime ? kCustomTimeWidth : kCustomWidth;
  return {.name = column.custom.name,
          .width = std::max(least, static_cast<int>(columns_of(column.custom.name))),
          .rank = kCustomRank};
}

std::string meaning_of(const ViewColumn& column) {
  if (column.column != ProcessColumn::kCustom) return std::string(meaning_of(column.column));
  return column.custom.expression + ", as " + std::string(to_string(column.custom.format));
}

ColumnText column_text(const ViewColumn& column, const ProcessSample& process, const Scene& scene) {
  if (column.column != ProcessColumn::kCustom) return column_text(column.column, process, scene);
  const auto figure = figure_of(column.custom, process, scene.feed.sparse);
  if (!figure) return {kUnknownFigure, Ink::kDim};
  return {figure_text(column.custom.format, *figure)};
}

ColumnText total_text(const ViewColumn& column, const std::vector<const ProcessSample*>& processes,
                      const Scene& scene) {
  if (column.column != ProcessColumn::kCustom) return total_text(column.column, processes, scene);
  const auto figure = figure_of_all(column.custom, processes, scene.feed.sparse);
  if (!figure) return {kUnknownFigure, Ink::kDim};
  return {figure_text(column.custom.format, *figure)};
}

/// Figures falling, absent ones last.
bool comes_before(const ViewColumn& column, const ProcessSample& a, const ProcessSample& b) {
  if (column.column != ProcessColumn::kCustom) return comes_before(column.column, a, b);
  const auto first = figure_of(column.custom, a, false);
  const auto second = figure_of(column.custom, b, false);
  if (first == second) return a.reading.id.pid < b.reading.id.pid;
  return first > second;  // an absent one is less than any
}

}  // namespace tierwatch
