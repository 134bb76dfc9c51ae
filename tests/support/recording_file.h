// SPDX-License-Identifier: MIT
//
// A directory that goes when the test ends, for recordings, and ticks to put into them.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "exporters/recording/recording_writer.h"
#include "tests/support/sample_snapshots.h"

namespace tierwatch {

class RecordingDirectory {
 public:
  RecordingDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "tierwatch-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~RecordingDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  RecordingDirectory(const RecordingDirectory&) = delete;
  RecordingDirectory& operator=(const RecordingDirectory&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// rich_snapshot() as tick `number` of one a second from 2023-11-14 22:13:20 UTC on.
inline Snapshot tick_snapshot(int number) {
  static const Snapshot base = rich_snapshot();
  Snapshot snapshot = base;
  snapshot.sequence = static_cast<std::uint64_t>(number);
  snapshot.interval = std::chrono::seconds(1);
  snapshot.facts.seconds = 1;
  snapshot.at.wall =
      std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000 + number));
  snapshot.at.monotonic = std::chrono::seconds(5000 + number);
  snapshot.at.boot = std::chrono::seconds(5100 + number);
  return snapshot;
}

inline SessionRow test_session() {
  return {.begin = tick_snapshot(0).at.wall,
          .program = "daemon",
          .version = "0.1.0",
          .hostname = "web1",
          .kernel = "6.1.0",
          .interval_seconds = 1};
}

/// What samples() gives back for a recorded snapshot.
inline RunSample sample_of(const Snapshot& snapshot) {
  return {.at = snapshot.at.wall,
          .facts = snapshot.facts,
          .state = snapshot.verdict.state,
          .named = snapshot.verdict.named()};
}

}  // namespace tierwatch
