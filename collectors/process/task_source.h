// SPDX-License-Identifier: MIT
//
// All processes and threads of the machine, told by the kernel in one read: what else is read file
// by file from /proc. Every value means what /proc says of it, only finer: CPU times in
// nanoseconds.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "collectors/parse/proc_text_stat.h"

namespace tierwatch {

/// CPU time of a process: how it is shared between user and system is counted by clock ticks, how
/// much there is, by the scheduler.
struct CpuCount {
  nanoseconds run{};
  nanoseconds user_ticks{}, system_ticks{};
};

/// CPU time as /proc/PID/stat tells it: all of `run`, shared out as the ticks fell; neither part is
/// less than what was told before (cputime_adjust(), kernel/sched/cputime.c). Pure.
struct CpuShares {
  nanoseconds user{}, system{};
  bool operator==(const CpuShares&) const = default;
};
CpuShares share_cpu(const CpuCount& count, const CpuShares& told);

struct ThreadTask {
  ThreadReading reading;
  bool accounted = false;  ///< it has run in a turn that was counted: its times say something
  char state = '?';        ///< as ProcessReading::state
};

struct ProcessTask {
  ProcessStat stat;  ///< without its owner and its own CPU times: share_cpu() tells them
  CpuCount cpu;
  std::optional<MemoryReading> memory;  ///< absent for kernel threads and the dead
  IoReading io;
  std::optional<std::uint64_t> open_fds;
  std::span<const ThreadTask> threads;  ///< sorted by tid
};

/// Not thread-safe: belongs to the sampling thread.
class TaskSource {
 public:
  virtual ~TaskSource() = default;

  /// Reads all of them. False where that cannot be had any more: then nothing is known, and /proc
  /// is to be asked, now and later.
  virtual bool read() = 0;

  /// None for a process that was not there whole: one that is gone, or whose threads came and went
  /// during the read. Valid until the next read().
  virtual const ProcessTask* find(pid_t pid) const = 0;

  /// Whether `pids`, ascending, are all processes that there were. False, too, where that is not
  /// known: then /proc is to be listed.
  virtual bool are_all(std::span<const pid_t> /*pids*/) const { return false; }

  /// Why read() has failed; empty while it has not.
  virtual const std::string& trouble() const = 0;
};

}  // namespace tierwatch
