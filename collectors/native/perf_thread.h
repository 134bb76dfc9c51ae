// SPDX-License-Identifier: MIT
//
// Samples of one thread while it is on a CPU, by perf_event_open(2): the kernel's clock interrupts
// it, as it does anyway; it is not stopped, attached to or written to.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "collectors/parse/proc_fs.h"

namespace tierwatch {

/// Not thread-safe. Moves.
class PerfThread {
 public:
  /// Of the stack that is copied with each sample; and of the samples of a thread that wait to be
  /// taken. Powers of two.
  static constexpr std::size_t kStackBytes = 16 * 1024, kRingBytes = 128 * 1024;
  /// What one open thread holds of the kernel's memory: the ring, and a page before it.
  static constexpr std::size_t kMappedBytes = kRingBytes + 4096;

  PerfThread() = default;
  PerfThread(PerfThread&& other) noexcept;
  PerfThread& operator=(PerfThread&& other) noexcept;
  ~PerfThread();

  /// `hz` samples for each second of CPU time; with `kernel`, also those in which it is in the
  /// kernel. Returns errno, 0: it is open.
  int begin(pid_t tid, unsigned hz, bool kernel);

  /// Adds the records that came since the last time to `records`, whole ones only, and gives their
  /// room back.
  void take(std::vector<std::byte>& records);

  /// CPU time since it was opened; absent when the kernel does not tell.
  std::optional<std::chrono::nanoseconds> cpu_time() const;

 private:
  void close();

  FileDescriptor event_;
  void* ring_ = nullptr;
};

}  // namespace tierwatch
