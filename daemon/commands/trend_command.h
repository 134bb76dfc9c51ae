// SPDX-License-Identifier: MIT
//
// `tierwatch trend`: what changed over many runs, and since which.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace tierwatch {

struct TrendOptionsOfUser {
  std::vector<std::filesystem::path> runs;    ///< files of runs, or directories of them
  std::optional<std::filesystem::path> html;  ///< written besides
  std::string format = "text";                ///< "text", "md", "json"
  bool fail_if_worse = false;
};

/// The exit status when something got worse and that was asked for.
inline constexpr int kTrendWorse = 3;

/// Returns 0 or kTrendWorse. A file of a directory that holds no run is left out, and `errors` says
/// so; throws RecordingError for one that was named, and std::runtime_error.
int run_trend(const TrendOptionsOfUser& options, std::ostream& out, std::ostream& errors);

}  // namespace tierwatch
