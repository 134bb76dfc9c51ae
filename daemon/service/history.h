// SPDX-License-Identifier: MIT
//
// The daemon's history: a recording of all it sees, and the marks people make meanwhile.
#pragma once

#include <filesystem>
#include <optional>

#include "config/config.h"
#include "daemon/service/mark_socket.h"
#include "exporters/recording/queued_recorder.h"

namespace tierwatch {

/// Where history is kept; absent: nowhere. "auto" looks at $STATE_DIRECTORY (systemd.exec(5)).
std::optional<std::filesystem::path> history_file(const HistoryConfig& history);

/// What a session says of this program and machine.
SessionRow session_of(std::string program, std::chrono::milliseconds interval);

/// Not thread-safe. Nothing here throws or waits for a disk, but the destructor, which writes out
/// what is queued.
class HistoryKeeper {
 public:
  /// `failed` is called by the recording thread for each attempt to write that failed.
  HistoryKeeper(const std::filesystem::path& file, const Config& config,
                std::function<void()> failed);

  void add(const SnapshotPtr& snapshot) { recorder_.add(snapshot); }
  std::uint64_t dropped_ticks() const { return recorder_.dropped_ticks(); }
  /// Writes the marks that have come; to be called at each wake.
  void take_marks();

 private:
  QueuedRecorder recorder_;
  MarkSocket marks_;
};

}  // namespace tierwatch
