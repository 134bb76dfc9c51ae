// SPDX-License-Identifier: MIT
//
// A thread for reads that may never end: a file on a dead NFS or FUSE mount. Whoever hands it work
// goes on at once, and ends without it when it must.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "collectors/reading.h"

namespace tierwatch {

/// Reads the settings of one server after another. The public functions are for one thread.
class SideThread {
 public:
  struct Job {
    ProcessId server;
    std::function<ServerSettingsReading()> read;  ///< must hold all it needs: it may outlive us
  };

  SideThread();
  /// Drops what waits. A job that does not end within kFarewell is left to itself, with its thread.
  ~SideThread();
  SideThread(const SideThread&) = delete;
  SideThread& operator=(const SideThread&) = delete;

  static constexpr std::chrono::milliseconds kFarewell{100};

  void add(Job job);

  /// What has been read since the last call.
  std::vector<ServerSettingsReading> take();

  /// The one that is being read now. Absent when there is nothing to do.
  std::optional<ProcessId> reading() const;

  /// Takes back the jobs that have not begun.
  std::vector<Job> take_back();

  /// To be destroyed without a farewell: the thread has been at one job for too long.
  void leave();

  /// Until all is read, but no longer than `most`. True when all is read.
  bool wait(std::chrono::milliseconds most) const;

 private:
  struct Shared;
  void start();
  static void run(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;
  bool started_ = false;
};

}  // namespace tierwatch
