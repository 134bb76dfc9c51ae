// SPDX-License-Identifier: MIT
#include "exporters/terminal/scene/column_expression.h"

#include <array>
#include <cmath>
#include <functional>

#include "collectors/text/format.h"
#include "exporters/terminal/scene/process_fields.h"
#include "exporters/terminal/screen/figures.h"

namespace tierwatch {
namespace {

using StepKind = ExpressionStep::Kind;
using FieldFigure = std::function<std::optional<double>(const ProcessField&)>;

double applied(StepKind kind, double a, double b) {
  switch (kind) {
    case StepKind::kAdd:
      return a + b;
    case StepKind::kSubtract:
      return a - b;
    case StepKind::kMultiply:
      return a * b;
    default:
      return a / b;  // by zero: no finite number, which is absent
  }
}

std::optional<double> value_of(const CustomColumn& column, const FieldFigure& field_figure) {
  std::vector<double> stack;
  stack.reserve(column.steps.size());
  for (const ExpressionStep& step : column.steps) {
    if (step.kind == StepKind::kNumber) {
      stack.push_back(step.number);
    } else if (step.kind == StepKind::kField) {
      const auto figure = field_figure(process_fields()[step.field]);
      if (!figure) return std::nullopt;
      stack.push_back(*figure);
    } else if (step.kind == StepKind::kNegate) {
      stack.back() = -stack.back();
    } else {
      const double right = stack.back();
      stack.pop_back();
      stack.back() = applied(step.kind, stack.back(), right);
      // 1/(1/0) is no zero.
      if (!std::isfinite(stack.back())) return std::nullopt;
    }
  }
  return stack.empty() ? std::nullopt : std::optional(stack.back());
}

std::string number_text(double value) {
  if (value == std::floor(value) || value >= 100) return short_count(value);
  if (value < 0.005) return "<0.01";
  return value < 9.995 ? formatted("{:.2f}", value) : formatted("{:.1f}", value);
}

}  // namespace

std::string_view to_string(FigureFormat format) {
  constexpr std::array<std::string_view, kFigureFormats> kNames = {"number", "percent", "bytes",
                                                                   "time"};
  return kNames[static_cast<std::size_t>(format)];
}

std::optional<double> figure_of(const CustomColumn& column, const ProcessSample& process,
                                bool sparse) {
  return value_of(column, [&](const ProcessField& field) {
    return sparse && !field.recorded ? std::nullopt : field.of(process);
  });
}

std::optional<double> figure_of_all(const CustomColumn& column,
                                    const std::vector<const ProcessSample*>& processes,
                                    bool sparse) {
  if (processes.empty()) return std::nullopt;
  return value_of(column, [&](const ProcessField& field) -> std::optional<double> {
    double sum = 0;
    for (const ProcessSample* process : processes) {
      const auto figure = sparse && !field.recorded ? std::nullopt : field.of(*process);
      if (!figure) return std::nullopt;
      sum += *figure;
    }
    return sum;
  });
}

std::string figure_text(FigureFormat format, double figure) {
  const std::string sign = figure < 0 ? "-" : "";
  const double size = std::abs(figure);
  switch (format) {
    case FigureFormat::kPercent:
      return sign + short_percent(size);
    case FigureFormat::kBytes:
      return sign + short_bytes(size);
    case FigureFormat::kTime:
      if (size > 1e9) return kUnknownFigure;
      return sign + short_time(nanoseconds(static_cast<std::int64_t>(size * 1e9)));
    case FigureFormat::kNumber:
      return sign + number_text(size);
  }
  return kUnknownFigure;
}

}  // namespace tierwatch
