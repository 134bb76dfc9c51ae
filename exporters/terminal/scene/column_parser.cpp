// SPDX-License-Identifier: MIT
//
// Reads the text of a custom column: recursive descent, with the place of whatever is wrong.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "collectors/text/plain_words.h"
#include "exporters/glyphs.h"
#include "exporters/terminal/scene/column_expression.h"
#include "exporters/terminal/scene/process_fields.h"

namespace tierwatch {
namespace {

constexpr int kDeepest = 16;
constexpr std::size_t kMostSteps = 64, kWidestName = 16;

/// Bytes and seconds as powers; a bare number takes the unit of what it is added to.
struct Dimension {
  int bytes = 0, seconds = 0;
  bool bare = false;
};

bool same_dimension(const Dimension& a, const Dimension& b) {
  return a.bytes == b.bytes && a.seconds == b.seconds;
}

std::string dimension_words(const Dimension& one) {
  const bool plain = one.bytes == 0 && one.seconds == 0;
  if (plain) return "a number without a unit";
  if (one.bytes == 1 && one.seconds == 0) return "in bytes";
  return one.seconds == 1 && one.bytes == 0 ? "in seconds" : "in another unit";
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class ColumnParser {
 public:
  ColumnParser(std::string_view text, std::size_t& place) : text_(text), place_(place) {}

  std::variant<CustomColumn, ColumnProblem> run() {
    try {
      return column();
    } catch (const ColumnProblem& problem) {
      return problem;
    }
  }

 private:
  using StepKind = ExpressionStep::Kind;

  CustomColumn column() {
    skip_blanks();
    const std::size_t from = place_;
    const std::size_t end = std::min(text_.find(',', place_), text_.size());
    const std::size_t equals = text_.substr(0, end).find('=', place_);
    if (equals != text_.npos) take_name(equals);
    skip_blanks();
    const std::size_t begin = place_;
    const Dimension unit = sum();
    column_.expression = trimmed(begin, place_);
    if (column_.name.empty()) column_.name = column_.expression;
    check_name(from, equals == text_.npos);
    column_.format = format_after(unit);
    column_.definition = trimmed(from, place_);
    return std::move(column_);
  }

  void take_name(std::size_t equals) {
    column_.name = trimmed(place_, equals);
    if (column_.name.empty()) fail(place_, "a name is expected before '='");
    place_ = equals + 1;
  }

  /// A header must fit, and what stands in it must not end it when it is read again.
  void check_name(std::size_t from, bool unnamed) const {
    const auto bad = std::ranges::find_if(column_.name, [](char c) {
      return static_cast<unsigned char>(c) < ' ' || c == '\x7f' || c == ':';
    });
    if (bad != column_.name.end())
      fail(from + static_cast<std::size_t>(bad - column_.name.begin()),
           "a name holds no ':' and no control characters");
    if (columns_of(column_.name) > kWidestName)
      fail(from, unnamed ? "write NAME=... before so long an expression: its header has 16 columns"
                         : "a name has at most 16 columns");
  }

  Dimension sum() {
    Dimension left = product();
    while (const char sign = one_of("+-")) {
      const std::size_t at = place_ - 1;
      const Dimension right = product();
      if (!left.bare && !right.bare && !same_dimension(left, right))
        fail(at, "what stands before '" + std::string(1, sign) + "' is " + dimension_words(left) +
                     ", what stands behind it " + dimension_words(right));
      if (left.bare) left = right;
      add({.kind = sign == '+' ? StepKind::kAdd : StepKind::kSubtract});
    }
    return left;
  }

  Dimension product() {
    Dimension left = factor();
    while (const char sign = one_of("*/")) {
      const Dimension right = factor();
      const int way = sign == '*' ? 1 : -1;
      left = {left.bytes + way * right.bytes, left.seconds + way * right.seconds,
              left.bare && right.bare};
      add({.kind = sign == '*' ? StepKind::kMultiply : StepKind::kDivide});
    }
    return left;
  }

  Dimension factor() {
    if (++depth_ > kDeepest) fail(place_, "nested too deep");
    const Dimension unit = operand();
    --depth_;
    return unit;
  }

  Dimension operand() {
    if (one_of("-")) {
      const Dimension unit = factor();
      add({.kind = StepKind::kNegate});
      return unit;
    }
    if (one_of("(")) {
      const std::size_t opened = place_ - 1;
      const Dimension unit = sum();
      if (!one_of(")"))
        fail(place_, place_ < text_.size() && text_[place_] != ','
                         ? "an operator or ')' is expected"
                         : "')' is missing, of the '(' in column " +
                               std::to_string(columns_of(text_.substr(0, opened)) + 1));
      return unit;
    }
    skip_blanks();
    if (place_ < text_.size() && (is_digit(text_[place_]) || text_[place_] == '.')) return number();
    return field();
  }

  Dimension number() {
    double value = 0;
    const char* const end = text_.data() + text_.size();
    const auto [stop, error] = std::from_chars(text_.data() + place_, end, value);
    if (error != std::errc() || !std::isfinite(value)) fail(place_, "this is no number");
    if (stop != end && is_letter(*stop))
      fail(static_cast<std::size_t>(stop - text_.data()),
           "a number has no unit: write the factor, as in rss/1024");
    place_ = static_cast<std::size_t>(stop - text_.data());
    add({.kind = StepKind::kNumber, .number = value});
    return {.bare = true};
  }

  Dimension field() {
    const std::size_t from = place_;
    const std::string name = word();
    if (name.empty()) fail(from, "a field, a number or '(' is expected");
    const auto fields = process_fields();
    const auto found = std::ranges::find(fields, name, &ProcessField::name);
    if (found == fields.end()) {
      std::vector<std::string> names;
      for (const ProcessField& one : fields) names.emplace_back(one.name);
      fail(from, "no field is called '" + name + "'; there are " + listed(names));
    }
    add({.kind = StepKind::kField, .field = static_cast<std::uint8_t>(found - fields.begin())});
    return {.bytes = found->unit == FieldUnit::kBytes,
            .seconds = found->unit == FieldUnit::kSeconds};
  }

  FigureFormat format_after(const Dimension& unit) {
    skip_blanks();
    if (one_of(":")) return named_format();
    if (place_ < text_.size() && text_[place_] != ',')
      fail(place_, text_[place_] == '=' || text_[place_] == ')'
                       ? "'" + std::string(1, text_[place_]) + "' has no place here"
                       : "an operator (+ - * /), ':' or the end is expected");
    if (unit.bytes == 1 && unit.seconds <= 0) return FigureFormat::kBytes;
    return unit.bytes == 0 && unit.seconds == 1 ? FigureFormat::kTime : FigureFormat::kNumber;
  }

  FigureFormat named_format() {
    skip_blanks();
    const std::size_t from = place_;
    const std::string name = word();
    for (int i = 0; i < kFigureFormats; ++i) {
      const auto format = static_cast<FigureFormat>(i);
      if (name != to_string(format)) continue;
      skip_blanks();
      if (place_ < text_.size() && text_[place_] != ',') fail(place_, "here the column ends");
      return format;
    }
    fail(from, "number, percent, bytes or time is expected");
  }

  std::string word() {
    const std::size_t from = place_;
    while (place_ < text_.size() && (is_letter(text_[place_]) || is_digit(text_[place_]))) ++place_;
    return std::string(text_.substr(from, place_ - from));
  }

  /// Takes the next character when it is one of these; else '\0'.
  char one_of(std::string_view signs) {
    skip_blanks();
    if (place_ == text_.size() || signs.find(text_[place_]) == signs.npos) return '\0';
    return text_[place_++];
  }

  void add(const ExpressionStep& step) {
    if (column_.steps.size() == kMostSteps) fail(place_, "so long an expression is not taken");
    column_.steps.push_back(step);
  }

  void skip_blanks() {
    while (place_ < text_.size() && text_[place_] == ' ') ++place_;
  }

  std::string trimmed(std::size_t from, std::size_t to) const {
    while (from < to && text_[from] == ' ') ++from;
    while (to > from && text_[to - 1] == ' ') --to;
    return std::string(text_.substr(from, to - from));
  }

  [[noreturn]] void fail(std::size_t place, const std::string& why) const {
    throw ColumnProblem{place, why};
  }

  std::string_view text_;
  std::size_t& place_;
  CustomColumn column_;
  int depth_ = 0;
};

}  // namespace

std::variant<CustomColumn, ColumnProblem> parse_custom_column(std::string_view text,
                                                              std::size_t& place) {
  return ColumnParser(text, place).run();
}

}  // namespace tierwatch
