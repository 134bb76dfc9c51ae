// SPDX-License-Identifier: MIT
//
// Command lines of processes, whatever their owners do to their memory.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "collectors/parse/aside.h"
#include "collectors/parse/proc_fs.h"
#include "collectors/process_reading.h"

namespace tierwatch {

/// Command lines, aside where their process is not the system's own: reading one takes the lock of
/// the memory it lies in, which its owner can hold for ever, by a file system of his own
/// (mm/filemap.c, lock_folio_maybe_drop_mmap: the second try waits with it). Not thread-safe.
class TitleReader {
 public:
  /// How long one is waited for, and all of one tick.
  static constexpr std::chrono::milliseconds kPatience{50}, kPatienceOfTick{100};

  /// `files` must outlive the reader.
  explicit TitleReader(const ProcFs& files) : files_(files) {}

  void begin_tick() { waited_ = {}; }

  /// Whether root or a service runs it, so that it may be read at once.
  static bool is_trusted(std::optional<uid_t> uid, std::string_view cgroup);

  /// Absent: gone, or not to be had in time, now or ever.
  std::optional<std::string> read(const ProcessId& process, bool trusted, std::string& buffer);

 private:
  const ProcFs& files_;
  Aside aside_;
  std::set<ProcessId> stuck_;  ///< kMostStuck at most
  nanoseconds waited_{};
};

}  // namespace tierwatch
