// SPDX-License-Identifier: MIT
//
// The hand-over from the sampling thread to everyone who reads. A mutex around one pointer copy:
// ThreadSanitizer reports a race inside libstdc++ 12's std::atomic<std::shared_ptr>, so that could
// never be shown to be clean.
#pragma once

#include <mutex>

#include "analysis/snapshot.h"

namespace tierwatch {

/// Thread-safe. Holds the newest snapshot; null until the first.
class LatestSnapshot {
 public:
  void set(SnapshotPtr snapshot) {
    const std::lock_guard lock(mutex_);
    snapshot_.swap(snapshot);  // the old one dies after the lock is released
  }
  SnapshotPtr get() const {
    const std::lock_guard lock(mutex_);
    return snapshot_;
  }

 private:
  mutable std::mutex mutex_;
  SnapshotPtr snapshot_;
};

}  // namespace tierwatch
