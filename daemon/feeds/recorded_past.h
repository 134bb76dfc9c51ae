// SPDX-License-Identifier: MIT
//
// Single moments of a recording that goes on being written, found by its indices: a step takes as
// long in an hour as in a week.
#pragma once

#include <filesystem>
#include <map>
#include <optional>

#include "daemon/feeds/top_feed.h"
#include "exporters/recording/recording_reader.h"

namespace tierwatch {

/// Not thread-safe. Every function may throw RecordingError.
class RecordedPast {
 public:
  /// Recordings hold microseconds, and ticks are 50 of these apart at least.
  static constexpr std::chrono::milliseconds kBesides{1};

  explicit RecordedPast(const std::filesystem::path& file) : reader_(file) {}

  /// The last tick up to a moment, the last one before it, the first one from it on, and the first
  /// one after it.
  std::optional<RecordedMoment> until(WallMoment moment);
  std::optional<RecordedMoment> before(WallMoment moment);
  std::optional<RecordedMoment> from(WallMoment moment);
  std::optional<RecordedMoment> after(WallMoment moment);
  std::optional<RecordedMoment> oldest() { return reader_.first_tick(); }

  /// The nearest change of the verdict or mark before a moment, or after it.
  std::optional<WallMoment> change_before(WallMoment moment);
  std::optional<WallMoment> change_after(WallMoment moment);
  std::optional<std::string> mark_at(WallMoment moment);

  /// Null when it is no longer there.
  SnapshotPtr snapshot(const RecordedMoment& moment);
  Timeline timeline(WallMoment from, WallMoment to);
  /// Verdicts and marks for half an hour at least to both sides; absent while those given last do.
  std::optional<Timeline> moved_to(WallMoment moment);
  std::vector<TimedNote> marks(WallMoment from, WallMoment to);

 private:
  RecordingReader reader_;
  std::map<std::int64_t, SessionRow> sessions_;
  std::optional<WallMoment> middle_;  ///< of the verdicts that were given last
};

}  // namespace tierwatch
