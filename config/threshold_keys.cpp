// SPDX-License-Identifier: MIT
#include "config/threshold_keys.h"

#include <array>
#include <charconv>

namespace tierwatch {
namespace {

/// With as few digits as tell it apart.
std::string number_text(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

}  // namespace

std::optional<std::string> threshold_problem(const ThresholdKey& key, double value,
                                             bool of_one_tier) {
  if (of_one_tier && key.of_host)
    return "is about the whole machine, not one tier; write it under [thresholds]";
  if (value >= key.least && value <= key.most) return std::nullopt;
  std::string problem = number_text(value) + " is out of range; it may be " +
                        number_text(key.least) + " to " + number_text(key.most);
  const double share = value / 100;  // somebody meant percent
  if (value > 1 && share >= key.least && share <= key.most)
    problem += ": write " + number_text(share) + " for " + number_text(value) + " %";
  return problem;
}

}  // namespace tierwatch
