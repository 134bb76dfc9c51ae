// SPDX-License-Identifier: MIT
//
// The machine as a whole: processors, memory, pressure, file table, listen overflows.
// World-readable files only.
#pragma once

#include "collectors/proc_fs.h"
#include "collectors/reading.h"

namespace tierwatch {

class HostCollector {
 public:
  /// Both must outlive the collector.
  HostCollector(const ProcFs& files, FaultLog& faults) : files_(files), faults_(faults) {}

  /// Reads every host file once (about ten, 60 µs in all). A file that is missing leaves its fields
  /// absent; kernels without PSI have no /proc/pressure, which is noted once, not counted at each
  /// tick.
  HostReading collect();

 private:
  const ProcFs& files_;
  FaultLog& faults_;
  std::string buffer_;
};

}  // namespace tierwatch
