// SPDX-License-Identifier: MIT
//
// Where the runs of `report` and `compare` come from: a run's file, a window of history, or history
// searched for the time a load generator's file tells of.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "exporters/recording/recorded_run.h"

namespace tierwatch {

struct RunRequest {
  std::optional<std::filesystem::path> run;  ///< absent: the history
  std::vector<std::string> loads;            ///< "FORMAT:FILE"; instead of what the run kept
  RecordedWindow window;
  std::optional<std::chrono::nanoseconds> clock_offset;
  std::filesystem::path history;
  bool history_given = false;  ///< by the user: not the daemon's usual one
};

/// A run with all that its findings need.
struct FoundRun {
  RecordedRun recorded;
  AlignmentHints alignment;
  /// Valid as long as this lives.
  RunData data() const;
};

/// Whether one of them is that file, by whatever name.
bool is_among(const std::filesystem::path& file, const std::vector<std::filesystem::path>& others);

/// Throws RecordingError and ImportError: each says what could not be read or found, and why.
FoundRun find_run(const RunRequest& request);

/// Where the daemon of this machine keeps its history, by the configuration that it was started
/// with or else the usual one; empty: nowhere.
std::filesystem::path default_history();

/// What to do when the daemon's history is not there, or may not be read; empty when it can be.
std::string history_problem(const std::filesystem::path& history);

}  // namespace tierwatch
