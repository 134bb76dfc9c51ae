// SPDX-License-Identifier: MIT
//
// The machine's list of processes and what /proc/PID/stat tells of each. libproc2 stands behind it
// (process_table.cpp is its only includer); tests put a table of literals in its place.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "collectors/parse/proc_text_stat.h"

namespace tierwatch {

/// Not thread-safe: one table belongs to one sampling thread.
class ProcessTable {
 public:
  virtual ~ProcessTable() = default;

  /// Pids that exist now, ascending. Cheap: lists a directory, opens no file. Absent when the
  /// listing failed: it may have failed midway, so that nothing is known of who ended.
  virtual std::optional<std::vector<pid_t>> list() = 0;

  /// Reads the given processes; those that are gone are left out, and so are those that could not
  /// be read (no descriptor left), which list() still shows. The result is in no particular order.
  /// A process costs libproc2 three times an open, read and close of its stat, or, when more than
  /// half of the last list() is asked for, not quite twice.
  virtual std::vector<ProcessStat> read(std::span<const pid_t> pids) = 0;

  /// CPU time of all threads of the process, ended ones too, to the nanosecond: whenever one of
  /// them has run, it is another. Absent for a process that is gone, and for all where it cannot be
  /// had: then their schedstat must be asked. 0.4 µs, no file, no privilege
  /// (kernel/time/posix-cpu-timers.c; what schedstat tells, summed).
  virtual std::optional<nanoseconds> run_time(pid_t pid) const = 0;
};

/// The kernel's clock tick, in which stat tells times.
nanoseconds clock_tick();

/// The real table. Throws std::runtime_error when libproc2 cannot be set up (no /proc).
std::unique_ptr<ProcessTable> make_process_table();

}  // namespace tierwatch
