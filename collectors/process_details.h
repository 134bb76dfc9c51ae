// SPDX-License-Identifier: MIT
//
// What is read of a process only because it belongs to a tier: memory, descriptors, I/O, switches.
#pragma once

#include "collectors/thread_times.h"

namespace tierwatch {

/// Reads the files of members and fills in their readings. A file that may not be read leaves its
/// field absent and is counted; one that is gone leaves everything as it was.
class ProcessDetails {
 public:
  explicit ProcessDetails(ReadContext& context);

  /// What changes as a process runs: status, io, number of open descriptors.
  void read_running(ProcessReading& process, ThreadTimes& threads);

  /// What others change: the limit of descriptors.
  void read_limits(ProcessReading& process);

  /// Proportional memory, by smaps_rollup: walks all page tables under the target's memory lock, 21
  /// ms per GB.
  void read_proportional(ProcessReading& process);

 private:
  void read_status(ProcessReading& process, ThreadTimes& threads);
  void read_io(ProcessReading& process);
  void count_fds(ProcessReading& process);

  ReadContext& context_;
  bool fd_size_tells_count_;  ///< Linux ≥ 6.2
};

}  // namespace tierwatch
