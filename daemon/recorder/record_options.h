// SPDX-License-Identifier: MIT
//
// What `tierwatch record` was asked for.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tierwatch {

struct RecordOptions {
  std::string name;                             ///< empty: the program's
  std::optional<std::filesystem::path> output;  ///< absent: named after name and time
  std::chrono::milliseconds interval{200};
  std::chrono::milliseconds around{2000};  ///< recorded before the run and after it
  std::vector<std::string> loads;          ///< "FORMAT:FILE" or "FILE"
  bool leave_output = false;               ///< stdout is not captured
  bool inside = false;                     ///< tiers are looked into
  std::vector<std::string> inside_tiers;   ///< these alone; empty: those that matter
  std::optional<std::filesystem::path> config;
  std::vector<std::string> command;  ///< never empty
};

}  // namespace tierwatch
