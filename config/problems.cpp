// SPDX-License-Identifier: MIT
#include "config/problems.h"

#include <algorithm>
#include <tuple>

#include "config/config.h"

namespace tierwatch {

void Problems::add(Position at, std::string text) { found_.push_back({at, std::move(text)}); }

std::string Problems::file_of(const Position& at) const {
  return at.file ? *at.file : file_.string();
}

std::string Problems::place(const Position& at) const {
  return file_of(at) + ":" + std::to_string(at.line);
}

void Problems::throw_if_any() const {
  if (found_.empty()) return;
  // Drop-ins are read, and told, in the order of their names, behind the first file.
  const auto key = [this](const Problem& problem) {
    const std::string file = file_of(problem.at);
    return std::tuple(file != file_.string(), file, problem.at.line, problem.at.column);
  };
  std::vector<Problem> sorted = found_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&key](const Problem& a, const Problem& b) { return key(a) < key(b); });
  std::string text;
  for (const Problem& problem : sorted) {
    if (!text.empty()) text += '\n';
    if (problem.at.line == 0) {
      text += file_of(problem.at);
    } else {
      text += place(problem.at) + ":" + std::to_string(problem.at.column);
    }
    text += ": " + problem.text;
  }
  throw ConfigError(text);
}

}  // namespace tierwatch
