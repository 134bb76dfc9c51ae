// SPDX-License-Identifier: MIT
#include "analysis/compare/condition_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace tierwatch {
namespace {

bool is_in_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') || byte == '.' || byte == '_' || byte == '-' || byte >= 0x80;
}

/// Every character but the bytes that continue one.
std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

void ConditionText::skip_spaces() {
  while (place_ < text_.size() && text_[place_] == ' ') ++place_;
  begin_ = place_;
}

bool ConditionText::at_end() {
  skip_spaces();
  return place_ == text_.size();
}

std::string_view ConditionText::word() {
  skip_spaces();
  while (place_ < text_.size() && is_in_word(text_[place_])) ++place_;
  return text_.substr(begin_, place_ - begin_);
}

std::string_view ConditionText::next_word() {
  const std::size_t place = place_, begin = begin_;
  const std::string_view next = word();
  place_ = place;
  begin_ = begin;
  return next;
}

std::optional<std::string_view> ConditionText::quoted() {
  skip_spaces();
  if (place_ == text_.size() || (text_[place_] != '\'' && text_[place_] != '"'))
    return std::nullopt;
  const std::size_t end = text_.find(text_[place_], place_ + 1);
  if (end == text_.npos) return std::nullopt;
  place_ = end + 1;
  return text_.substr(begin_ + 1, end - begin_ - 1);
}

std::string_view ConditionText::comparison() {
  skip_spaces();
  for (const std::string_view sign : {"<=", ">=", "==", "!=", "<", ">"})
    if (text_.substr(place_).starts_with(sign)) {
      place_ += sign.size();
      return sign;
    }
  return "";
}

std::optional<double> ConditionText::number() {
  skip_spaces();
  std::size_t from = place_;
  has_sign_ = from < text_.size() && (text_[from] == '+' || text_[from] == '-');
  if (has_sign_ && text_[from] == '+') ++from;
  double value = 0;
  const auto [stop, error] =
      std::from_chars(text_.data() + from, text_.data() + text_.size(), value);
  if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
  place_ = static_cast<std::size_t>(stop - text_.data());
  return value;
}

std::string_view ConditionText::unit() {
  const std::size_t behind_the_number = place_;
  skip_spaces();
  while (place_ < text_.size() && text_[place_] != ' ') ++place_;
  const std::string_view unit = text_.substr(begin_, place_ - begin_);
  if (unit != "and" && unit != "or") return unit;
  place_ = begin_ = behind_the_number;
  return "";
}

std::string ConditionText::problem(const std::string& why) const {
  return pointed_at(text_, begin_, why);
}

std::string pointed_at(std::string_view text, std::size_t byte, const std::string& why) {
  const std::size_t before = characters_in(text.substr(0, byte));
  return "column " + std::to_string(before + 1) + " of '" + std::string(text) + "': " + why +
         "\n  " + std::string(text) + "\n  " + std::string(before, ' ') + "^";
}

}  // namespace tierwatch
