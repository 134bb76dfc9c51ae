// SPDX-License-Identifier: MIT
//
// Proportional memory of processes (Pss), by smaps_rollup.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "collectors/parse/proc_fs.h"
#include "collectors/parse/side_thread.h"

namespace tierwatch {

/// Reads by a thread beside: the kernel walks all page tables under the memory lock of the process,
/// and waits for whoever holds that lock, which its owner can do for ever. Not
/// thread-safe.
class ProportionalReader {
 public:
  struct Answer {
    ProcessId process;
    std::optional<std::uint64_t> bytes;
    std::optional<Fault> fault;  ///< why there are none
  };

  /// A process that takes longer is given up, and asked no more.
  static constexpr nanoseconds kPatience = std::chrono::seconds(10);
  /// So many given up, each with a thread that hangs: then nothing is read any more.
  static constexpr std::size_t kMostStuck = 4;

  /// How long a process of so much memory takes: 21 ms per GB.
  static constexpr nanoseconds cost_of(std::uint64_t resident_bytes) {
    constexpr double kPerByte = 21e6 / (1ull << 30);
    return nanoseconds(static_cast<std::int64_t>(static_cast<double>(resident_bytes) * kPerByte));
  }

  explicit ProportionalReader(const ProcFs& files) : files_(files) {}

  /// What has been read since the last call. Gives up what has taken too long.
  std::vector<Answer> take(nanoseconds now);

  /// Whether all that was asked is answered or given up, and more can be asked.
  bool is_idle() const { return side_ && !side_->reading(); }
  void ask(const ProcessId& process);

  /// Until it is idle, but no longer than `most`: of tests.
  bool wait(std::chrono::milliseconds most) const { return !side_ || side_->wait(most); }

 private:
  using Side = SideThread<Answer>;

  ProcFs files_;
  std::unique_ptr<Side> side_ = std::make_unique<Side>();
  std::optional<ProcessId> busy_;  ///< what the thread was at, and since when
  nanoseconds busy_since_{};
  std::set<ProcessId> stuck_;
};

}  // namespace tierwatch
