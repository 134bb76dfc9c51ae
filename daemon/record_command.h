// SPDX-License-Identifier: MIT
//
// `tierwatch record -- COMMAND…`: runs a load generator as if it had been started by itself, and
// records meanwhile what the tiers do and which of them is full.
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
  std::optional<std::filesystem::path> config;
  std::vector<std::string> command;  ///< never empty
};

/// Returns the program's exit status, or dies by the signal it died by; 1 in place of 0 when
/// standard output did not take what it printed. 127 and 126 when it cannot be started. Throws
/// ConfigError, ImportError (a `--load` that cannot be meant) and std::runtime_error before it is
/// started; never afterwards.
int run_record(const RecordOptions& options);

}  // namespace tierwatch
