// SPDX-License-Identifier: MIT
//
// Our own parser of /proc/PID/stat, for processes that libproc2 has already told us of: asking it
// again for a few costs three times an open, read and close of this file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "collectors/process_reading.h"

namespace tierwatch {

inline constexpr std::uint64_t kKernelThread = 0x00200000;  ///< PF_KTHREAD, linux/sched.h

/// /proc/PID/stat of one process, and the owner of /proc/PID. Times come in steps of one clock tick
/// (10 ms), see proc_pid_stat(5).
struct ProcessStat {
  ProcessId id;
  pid_t parent_pid = 0;
  /// As libproc2 shows it: control bytes, and in the C locale those beyond ASCII, become '?' or
  /// '.'.
  std::string comm;
  uid_t uid = 0;  ///< effective
  char state = '?';
  nanoseconds user_cpu{}, system_cpu{}, children_user_cpu{}, children_system_cpu{};
  std::uint64_t major_faults = 0, children_major_faults = 0;
  std::uint32_t thread_count = 0;
  bool kernel_thread = false;  ///< PF_KTHREAD
};

/// The text of /proc/PID/stat, see proc_pid_stat(5); `tick` is the kernel's clock tick (10 ms).
/// `comm` is as the process wrote it, any bytes, parentheses and blanks too. `uid` is not in it and
/// stays 0. Absent when the text is cut short or no such line. Pure.
std::optional<ProcessStat> parse_stat(std::string_view text, nanoseconds tick);

}  // namespace tierwatch
