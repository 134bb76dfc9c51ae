// SPDX-License-Identifier: MIT
//
// The machine's list of processes and what /proc/PID/stat tells of each. libproc2 stands behind it
// (process_table.cpp is its only includer); tests put a table of literals in its place.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "collectors/reading.h"

namespace tierwatch {

/// /proc/PID/stat of one process, and the owner of /proc/PID.
struct ProcessStat {
  ProcessId id;
  pid_t parent_pid = 0;
  std::string comm;
  uid_t uid = 0;
  char state = '?';
  nanoseconds user_cpu{}, system_cpu{}, children_user_cpu{}, children_system_cpu{};
  std::uint64_t major_faults = 0;
  std::uint32_t thread_count = 0;
  bool kernel_thread = false;  ///< PF_KTHREAD
};

/// Not thread-safe: one table belongs to one sampling thread.
class ProcessTable {
 public:
  virtual ~ProcessTable() = default;

  /// Pids that exist now, ascending. Cheap: lists a directory, opens no file.
  virtual std::vector<pid_t> list() = 0;

  /// Reads the given processes; those that are gone are left out. The result is in no particular
  /// order.
  virtual std::vector<ProcessStat> read(std::span<const pid_t> pids) = 0;
};

/// The real table. Throws std::runtime_error when libproc2 cannot be set up (no /proc).
std::unique_ptr<ProcessTable> make_process_table();

}  // namespace tierwatch
