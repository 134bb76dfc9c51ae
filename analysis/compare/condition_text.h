// SPDX-License-Identifier: MIT
//
// A condition as a person typed it ("p95 > 500ms"), read from left to right; what is wrong with it
// is said with its place.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tierwatch {

/// "column 5 of 'TEXT': WHY", and below it the text with a caret under the character at that byte.
std::string pointed_at(std::string_view text, std::size_t byte, const std::string& why);

/// Each function that reads skips spaces first, and sets the place that problem() points at.
class ConditionText {
 public:
  explicit ConditionText(std::string_view text) : text_(text) {}

  bool at_end();
  /// Letters, digits, '.', '_', '-' and whatever is not ASCII; empty when something else stands
  /// here.
  std::string_view word();
  /// What word() would return.
  std::string_view next_word();
  /// Between single or double quotes; absent when no quote stands here, or none ends it.
  std::optional<std::string_view> quoted();
  /// "<=", ">=", "==", "!=", "<" or ">"; empty when none stands here.
  std::string_view comparison();
  /// "-5", "+5", "0.3"; absent when none stands here. `has_sign` says whether it had one.
  std::optional<double> number();
  bool has_sign() const { return has_sign_; }
  /// What follows a number, behind a space or not: "ms", "%"; empty before "and", "or" and the end.
  std::string_view unit();

  /// "column 5 of 'p95 >> 5': WHY", and below it the text with a caret under that column.
  std::string problem(const std::string& why) const;

 private:
  void skip_spaces();

  std::string_view text_;
  std::size_t place_ = 0, begin_ = 0;
  bool has_sign_ = false;
};

}  // namespace tierwatch
