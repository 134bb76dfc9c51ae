// SPDX-License-Identifier: MIT
//
// The columns of the process list as a person chose them: ours and custom ones, in an order, shown
// or not.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "exporters/terminal/scene/column_expression.h"
#include "exporters/terminal/scene/process_columns.h"

namespace tierwatch {

struct ViewColumn {
  ProcessColumn column = ProcessColumn::kCustom;
  CustomColumn custom;  ///< of kCustom
  bool shown = true;
  bool operator==(const ViewColumn&) const = default;
};
using ColumnList = std::vector<ViewColumn>;

/// All of ours, shown.
ColumnList default_columns();

/// "pid,cpu,MEM/T=rss/threads": the columns of that text, all shown; or what is wrong with it, and
/// where. A name stands once.
std::variant<ColumnList, ColumnProblem> parse_columns(std::string_view text);
/// One of them, alone.
std::variant<ViewColumn, ColumnProblem> parse_column(std::string_view text);
/// "column 5 of 'TEXT': WHY", and below it the text with a caret.
std::string problem_words(std::string_view text, const ColumnProblem& problem);

/// The same columns, and behind them those of `known` that are not among them, hidden.
ColumnList completed(ColumnList chosen, const ColumnList& known);

/// "cpu", "MEM/T": for the command line and the settings. A custom one's is its header, too.
std::string_view name_of(const ViewColumn& column);
/// What parse_columns() makes it of again.
std::string_view definition_of(const ViewColumn& column);
/// The definitions of those that are shown, with commas between them.
std::string definitions_of(const ColumnList& columns);
/// The one of that name; null when there is none.
const ViewColumn* column_named(const ColumnList& columns, std::string_view name);

/// How wide it is, and when it gives way; refers to `column`.
ColumnSpec spec_of(const ViewColumn& column);
std::string meaning_of(const ViewColumn& column);
ColumnText column_text(const ViewColumn& column, const ProcessSample& process, const Scene& scene);
ColumnText total_text(const ViewColumn& column, const std::vector<const ProcessSample*>& processes,
                      const Scene& scene);
bool comes_before(const ViewColumn& column, const ProcessSample& a, const ProcessSample& b);

}  // namespace tierwatch
