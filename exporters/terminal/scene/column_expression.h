// SPDX-License-Identifier: MIT
//
// Custom columns: `MEM/T=rss/threads:bytes`, arithmetic over the figures of a process.
// docs/columns.md has the grammar.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "analysis/snapshot.h"

namespace tierwatch {

enum class FigureFormat : std::uint8_t { kNumber, kPercent, kBytes, kTime };
inline constexpr int kFigureFormats = 4;
/// "number", "percent", "bytes", "time".
std::string_view to_string(FigureFormat format);

/// One step of an expression in postfix notation.
struct ExpressionStep {
  enum class Kind : std::uint8_t { kNumber, kField, kAdd, kSubtract, kMultiply, kDivide, kNegate };
  Kind kind = Kind::kNumber;
  double number = 0;
  std::uint8_t field = 0;  ///< index of process_fields()
  bool operator==(const ExpressionStep&) const = default;
};

struct CustomColumn {
  std::string name;        ///< as its header is written
  std::string definition;  ///< as it was typed: parse_custom_column() reads it again
  std::string expression;  ///< of the definition
  FigureFormat format = FigureFormat::kNumber;
  std::vector<ExpressionStep> steps;
  bool operator==(const CustomColumn&) const = default;
};

/// What is wrong with a text, and where: `place` is a byte of the text.
struct ColumnProblem {
  std::size_t place = 0;
  std::string why;
};

/// Reads `text` from `place` to the next comma or the end, where it leaves `place`.
std::variant<CustomColumn, ColumnProblem> parse_custom_column(std::string_view text,
                                                              std::size_t& place);

/// Its figure of a process; absent where a field that it names is not known, of a division by zero,
/// and of whatever is no number. `sparse`: the process comes from a recording, which holds less.
std::optional<double> figure_of(const CustomColumn& column, const ProcessSample& process,
                                bool sparse);

/// The same of the sums of the fields over several processes: rss/threads of all is memory per
/// thread, not a sum of quotients. Absent where a field of one is not known.
std::optional<double> figure_of_all(const CustomColumn& column,
                                    const std::vector<const ProcessSample*>& processes,
                                    bool sparse);

/// As the column shows it.
std::string figure_text(FigureFormat format, double figure);

}  // namespace tierwatch
