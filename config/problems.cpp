// SPDX-License-Identifier: MIT
#include "config/problems.h"

#include <algorithm>
#include <tuple>

#include "config/config.h"

namespace tierwatch {

void Problems::add(Position at, std::string text) { found_.push_back({at, std::move(text)}); }

std::string Problems::place(Position at) const {
  return file_.string() + ":" + std::to_string(at.line);
}

void Problems::throw_if_any() const {
  if (found_.empty()) return;
  std::vector<Problem> sorted = found_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
  });
  std::string text;
  for (const Problem& problem : sorted) {
    if (!text.empty()) text += '\n';
    if (problem.at.line == 0) {
      text += file_.string();
    } else {
      text += place(problem.at) + ":" + std::to_string(problem.at.column);
    }
    text += ": " + problem.text;
  }
  throw ConfigError(text);
}

}  // namespace tierwatch
