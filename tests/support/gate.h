// SPDX-License-Identifier: MIT
//
// A name server, or a file system, that does not answer until it is told to.
#pragma once

#include <condition_variable>
#include <mutex>

namespace tierwatch {

class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  /// Waits until it is open.
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

}  // namespace tierwatch
