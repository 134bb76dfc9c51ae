// SPDX-License-Identifier: MIT
//
// Ticks to put into recordings.
#pragma once

#include <gtest/gtest.h>

#include <chrono>

#include "exporters/recording/recording_reader.h"
#include "exporters/recording/recording_writer.h"
#include "tests/support/sample_snapshots.h"

namespace tierwatch {

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

/// All samples of a window at once.
inline std::vector<RunSample> samples_in(const std::filesystem::path& file,
                                         const RecordedWindow& window = {}) {
  std::vector<RunSample> all;
  RecordingReader(file).each_sample(window, [&](RunSample sample) { all.push_back(sample); });
  return all;
}

/// What each_sample() gives back for a recorded snapshot.
inline RunSample sample_of(const Snapshot& snapshot) {
  return {.at = snapshot.at.wall,
          .facts = snapshot.facts,
          .state = snapshot.verdict.state,
          .named = snapshot.verdict.named()};
}

}  // namespace tierwatch
