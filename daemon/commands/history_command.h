// SPDX-License-Identifier: MIT
//
// `tierwatch history`: what the daemon's history, or any recording, holds.
#pragma once

#include <chrono>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>

namespace tierwatch {

struct HistoryOptions {
  std::optional<std::filesystem::path> file;  ///< absent: where the daemon keeps it
  std::optional<std::chrono::system_clock::time_point> from, to;
  std::string format = "text";  ///< "text", "md", "json"
  bool all = false;             ///< every row of each table
};

/// Returns 0. Throws RecordingError.
int run_history(const HistoryOptions& options, std::ostream& out);

}  // namespace tierwatch
