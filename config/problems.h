// SPDX-License-Identifier: MIT
//
// What is wrong with the configuration, all of it, in the order of its files.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tierwatch {

/// As messages show what somebody wrote.
inline std::string quote(std::string_view text) { return "\"" + std::string(text) + "\""; }

/// Where something stands in a file, from 1; line 0 is the file as a whole.
struct Position {
  unsigned line = 0;
  unsigned column = 0;
  std::shared_ptr<const std::string> file = nullptr;  ///< null: the first one
};

class Problems {
 public:
  /// `file` is the first one.
  explicit Problems(std::filesystem::path file) : file_(std::move(file)) {}

  /// `text` is "what is wrong; hint".
  void add(Position at, std::string text);

  /// "file:line", as error messages and `tierwatch match` name a place.
  std::string place(const Position& at) const;

  bool empty() const { return found_.empty(); }

  /// Throws ConfigError with every problem, a line each, when there is one.
  void throw_if_any() const;

 private:
  struct Problem {
    Position at;
    std::string text;
  };
  std::string file_of(const Position& at) const;

  std::filesystem::path file_;
  std::vector<Problem> found_;
};

}  // namespace tierwatch
