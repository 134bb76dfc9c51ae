// SPDX-License-Identifier: MIT
//
// Work that a key of the view asked for, on a thread beside it, so that the next key is answered at
// once. Asking for something else stops it.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "collectors/parse/proc_fs.h"
#include "collectors/reading.h"

namespace tierwatch {

/// Not thread-safe, but for what the work gets.
class SideWork {
 public:
  /// Sleeps until then, on CLOCK_MONOTONIC; false: the work is no longer wanted. For the work.
  using Sleep = std::function<bool(nanoseconds)>;
  /// Returns what it found, in lines. What it throws is told in place of that.
  using Work = std::function<std::string(const Sleep&)>;

  /// Works that were stopped and have not ended yet; beyond that none is begun.
  static constexpr std::size_t kMostEnding = 4;

  /// Throws std::system_error.
  SideWork();
  /// Waits for the end of all that was begun.
  ~SideWork();
  SideWork(const SideWork&) = delete;
  SideWork& operator=(const SideWork&) = delete;

  /// Can be read when take() has something to give.
  int descriptor() const;
  /// Stops what is under way and begins this.
  void begin(Work work);
  /// Nothing is wanted any more.
  void stop();
  /// What was begun last has found, once.
  std::optional<std::string> take();

 private:
  struct Desk;
  struct Begun {
    std::shared_ptr<Desk> desk;
    std::thread thread;
  };
  static void serve(const std::shared_ptr<Desk>& desk, const Work& work);
  void join_ended();

  std::shared_ptr<const FileDescriptor> news_;
  std::shared_ptr<Desk> wanted_;  ///< null: nothing is
  std::list<Begun> begun_;
};

}  // namespace tierwatch
