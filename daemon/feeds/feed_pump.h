// SPDX-License-Identifier: MIT
//
// Samples on a thread of its own, so that a key is answered at once while a machine is read or a
// daemon does not answer.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "collectors/parse/proc_fs.h"
#include "daemon/feeds/top_feed.h"

namespace tierwatch {

/// Runs from construction to destruction. The public functions are for one other thread.
class FeedPump {
 public:
  /// Throws std::system_error.
  FeedPump(std::unique_ptr<TopFeed> feed, std::chrono::milliseconds interval);
  ~FeedPump();
  FeedPump(const FeedPump&) = delete;
  FeedPump& operator=(const FeedPump&) = delete;

  /// Can be read when take() has something to give.
  int descriptor() const { return news_ready_.get(); }
  /// The latest news since the last call; absent when there are none. Older ones are dropped.
  std::optional<FeedNews> take();

  /// Samples at once, out of turn.
  void ask();
  void set_interval(std::chrono::milliseconds interval);
  TopFeed& feed() { return *feed_; }

 private:
  void run();
  bool sleep_until(nanoseconds deadline);
  void sample();
  void look_between();

  std::unique_ptr<TopFeed> feed_;
  FileDescriptor news_ready_, wake_;
  std::atomic<std::chrono::milliseconds> interval_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> asked_ = false;
  std::mutex mutex_;
  std::optional<FeedNews> news_;  ///< guarded by mutex_
  std::thread thread_;            ///< last: it uses the others
};

}  // namespace tierwatch
