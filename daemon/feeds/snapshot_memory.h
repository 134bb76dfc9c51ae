// SPDX-License-Identifier: MIT
//
// The last minutes of a view, kept whole in memory, so that one can go back to a spike that is
// over.
#pragma once

#include <deque>
#include <mutex>

#include "analysis/snapshot.h"

namespace tierwatch {

/// Thread-safe.
class SnapshotMemory {
 public:
  using WallTime = std::chrono::system_clock::time_point;
  static constexpr std::chrono::minutes kLength{15};
  static constexpr std::size_t kMostBytes = 64u << 20;

  explicit SnapshotMemory(std::size_t most_bytes = kMostBytes) : most_bytes_(most_bytes) {}

  /// The newest one. What is older than kLength goes; where that is too much, every second one of
  /// the older half goes, but for those at which the verdict changed: the past gets coarser before
  /// it gets shorter. One that is not later than those before begins anew: the clock was set back.
  void add(SnapshotPtr snapshot);

  /// The last one up to a moment, the last one before it, the first one after it; null: none.
  SnapshotPtr until(WallTime moment) const;
  SnapshotPtr before(WallTime moment) const;
  SnapshotPtr after(WallTime moment) const;
  SnapshotPtr oldest() const;
  /// The last change of the verdict before a moment, the first one after it; null: none.
  SnapshotPtr change_before(WallTime moment) const;
  SnapshotPtr change_after(WallTime moment) const;

  std::size_t bytes() const;

 private:
  struct Kept {
    SnapshotPtr snapshot;
    std::size_t bytes = 0;
    bool change = false;
  };
  void thin();
  void drop_oldest();
  std::size_t first_later(WallTime moment) const;

  const std::size_t most_bytes_;
  mutable std::mutex mutex_;  ///< guards all that follow
  std::deque<Kept> kept_;
  std::size_t bytes_ = 0;
};

}  // namespace tierwatch
