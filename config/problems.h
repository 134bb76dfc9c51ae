// SPDX-License-Identifier: MIT
//
// What is wrong with a configuration file, all of it, in the order of the file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tierwatch {

/// Where something stands in the file, from 1; line 0 is the file as a whole.
struct Position {
  unsigned line = 0;
  unsigned column = 0;
};

class Problems {
 public:
  explicit Problems(std::filesystem::path file) : file_(std::move(file)) {}

  /// `text` is "what is wrong; hint".
  void add(Position at, std::string text);

  /// "file:line", as error messages and `tierwatch match` name a place.
  std::string place(Position at) const;

  bool empty() const { return found_.empty(); }

  /// Throws ConfigError with every problem, a line each, when there is one.
  void throw_if_any() const;

 private:
  struct Problem {
    Position at;
    std::string text;
  };
  std::filesystem::path file_;
  std::vector<Problem> found_;
};

}  // namespace tierwatch
