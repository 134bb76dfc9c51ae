// SPDX-License-Identifier: MIT
//
// The daemon's history: a recording of all it sees, and the marks people make meanwhile.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <thread>

#include "config/config.h"
#include "daemon/service/mark_socket.h"
#include "exporters/live/recent_history.h"
#include "exporters/recording/queued_recorder.h"

namespace tierwatch {

/// Where history is kept; absent: nowhere. "auto" looks at $STATE_DIRECTORY (systemd.exec(5)).
std::optional<std::filesystem::path> history_file(const HistoryConfig& history);

/// What a session says of this program and machine.
SessionRow session_of(std::string program, std::chrono::milliseconds interval);

/// Writes the marks that have come; to be called at each wake. `seen` is called for each.
void record_marks(MarkSocket& marks, QueuedRecorder& recorder,
                  const std::function<void(const RunMark&)>& seen = {});

/// Gives `recent`, which must outlive the thread, what the history of `file` says of the hours
/// before: read aside, because a disk may be slow. A file that cannot be read gives nothing.
std::jthread recall_history(const std::filesystem::path& file, RecentHistory& recent);

/// Not thread-safe. Nothing here throws or waits for a disk, but the destructor, which writes out
/// what is queued.
class HistoryKeeper {
 public:
  /// `failed` is called by the recording thread for each attempt to write that failed, `stands`
  /// when there is more on the disk, or less.
  HistoryKeeper(const std::filesystem::path& file, const Config& config,
                std::function<void()> failed,
                std::function<void(const HistoryStanding&)> stands = {});

  void add(const SnapshotPtr& snapshot) { recorder_.add(snapshot); }
  std::uint64_t dropped_ticks() const { return recorder_.dropped_ticks(); }
  /// `recent` gets them, too.
  void take_marks(RecentHistory& recent) {
    record_marks(marks_, recorder_, [&recent](const RunMark& mark) {
      recent.add(TimedNote{.at = mark.at, .text = mark.text});
    });
  }

 private:
  QueuedRecorder recorder_;
  MarkSocket marks_;
};

}  // namespace tierwatch
