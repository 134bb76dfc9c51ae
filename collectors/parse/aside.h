// SPDX-License-Identifier: MIT
//
// A question that may never be answered (a name server that is down, memory of a process on a dead
// file system), asked by a thread beside the one that must go on.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tierwatch {

/// Not thread-safe: belongs to the thread that must go on.
class Aside {
 public:
  /// Must hold all it needs: it may outlive us.
  using Work = std::function<std::string()>;

  /// Threads that are left to work without an end; beyond that nothing is asked any more.
  static constexpr unsigned kMostStuck = 8;

  Aside();
  /// Leaves what is under way to itself.
  ~Aside();
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;

  /// What `work` gave, "" where it threw; absent when it has not ended after `patience`, or was not
  /// begun. Costs two switches between threads, 10 to 20 µs.
  std::optional<std::string> run(Work work, std::chrono::nanoseconds patience);

  /// How much of what was asked is still under way.
  unsigned stuck() const { return *stuck_; }

 private:
  struct Desk;
  static void serve(const std::shared_ptr<Desk>& desk);
  bool start();

  std::shared_ptr<std::atomic<unsigned>> stuck_;
  std::shared_ptr<Desk> desk_;  ///< of a thread that is free; null: there is none
};

}  // namespace tierwatch
