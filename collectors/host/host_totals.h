// SPDX-License-Identifier: MIT
//
// Counters of the host that never fall. The kernel's own do: idle and iowait step back while a
// processor sleeps (proc_stat(5)), start again when one comes online, and the times of disks are of
// 32 bits.
#pragma once

#include <map>
#include <string>

#include "collectors/host_reading.h"

namespace tierwatch {

/// One counter. What falls by little waits at the highest value seen; what falls by more than
/// `jitter` has started anew, and goes on from there.
class RisingCounter {
 public:
  /// The value to show for what was read: never less than the last one.
  std::int64_t advance(std::int64_t read, std::int64_t jitter = 0);

  /// Whether the last advance() found that it had started anew, so that what it counted before
  /// that is lost.
  bool restarted() const { return restarted_; }

  /// As advance(); a fall from the upper half of `range` is a wrap, and loses nothing.
  std::int64_t advance_wrapping(std::int64_t read, std::int64_t range);

 private:
  std::int64_t highest_ = 0;  ///< as read, since it last started anew
  std::int64_t before_ = 0;   ///< counted before that
  bool restarted_ = false;
};

/// Not thread-safe. Remembers one value per counter, and those of disks that are gone.
class HostTotals {
 public:
  /// Lifts every counter of `host` to what was shown before, and names those that have started
  /// anew. What is absent stays so.
  void raise(HostReading& host);

 private:
  using Counters = std::map<std::string, RisingCounter>;
  static bool raise(CpuTimes& times, Counters& counters);
  bool raise_disk(DiskReading& disk);
  bool raise_link(LinkReading& link);
  void raise_pressure(HostReading& host);

  std::map<std::string, RisingCounter> counters_;  ///< by name of the counter
  std::map<std::string, RisingCounter> all_cpus_;
  std::map<unsigned, std::map<std::string, RisingCounter>> cpus_;  ///< by number
  std::map<std::string, std::map<std::string, RisingCounter>> disks_, links_;
};

}  // namespace tierwatch
