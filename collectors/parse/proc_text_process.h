// SPDX-License-Identifier: MIT
//
// Parsers of the kernel's per-process files, one per file and named after it: text in, values out,
// pure. A parser that cannot make sense of its text says so (absent); it never guesses.
// /proc/PID/stat is libproc2's (process_table), and proc_text_stat's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "collectors/process_reading.h"

namespace tierwatch {

/// /proc/PID/status and /proc/PID/task/TID/status, see proc_pid_status(5).
struct StatusText {
  char state = '?';          ///< of the main thread: R S D Z T t X I
  std::optional<uid_t> uid;  ///< effective
  /// Absent for kernel threads, zombies and kernels before 4.5.
  std::optional<MemoryReading> memory;
  std::optional<std::uint64_t> voluntary_switches;    ///< of this one thread
  std::optional<std::uint64_t> involuntary_switches;  ///< of this one thread
  std::uint64_t signals_ignored = 0;                  ///< SigIgn, bit n-1 = signal n
  std::uint64_t signals_caught = 0;                   ///< SigCgt
  std::string_view allowed_cpus;  ///< Cpus_allowed_list, "0-3,7"; points into the text
};
/// Absent when the text lacks what every kernel writes (State:).
std::optional<StatusText> parse_status(std::string_view text);

/// /proc/PID/statm in pages: a ninth of the price of status, and what it tells of memory is the
/// same counters (fs/proc/task_mmu.c, task_statm()), but not how `shared` is split, nor swap.
struct StatmText {
  std::uint64_t resident = 0;  ///< shared and anonymous
  std::uint64_t shared = 0;    ///< of files and of shared memory
};
std::optional<StatmText> parse_statm(std::string_view text);

/// /proc/PID/schedstat: time on CPU, time waiting in a run queue, number of time slices.
/// See Documentation/scheduler/sched-stats.rst. Of the one thread it is asked of.
struct SchedstatText {
  nanoseconds run{};
  nanoseconds wait{};
  std::uint64_t slices = 0;
};
std::optional<SchedstatText> parse_schedstat(std::string_view text);

/// /proc/PID/io, storage-layer bytes of the whole process.
std::optional<IoReading> parse_io(std::string_view text);

/// A soft limit of /proc/PID/limits, e.g. "Max open files". The outer optional is absent for a
/// malformed text, the inner for `unlimited`.
std::optional<std::optional<std::uint64_t>> parse_limit(std::string_view text,
                                                        std::string_view name);
inline constexpr std::string_view kOpenFilesLimit = "Max open files";
inline constexpr std::string_view kProcessesLimit = "Max processes";

/// /proc/PID/smaps_rollup, Pss in bytes.
std::optional<std::uint64_t> parse_smaps_rollup_pss(std::string_view text);

/// /proc/PID/cmdline as people read it: NULs become spaces, the end is trimmed, at most
/// `kMaxTitleBytes`. The kernel lets a program write any bytes here: whoever prints it escapes it.
inline constexpr std::size_t kMaxTitleBytes = 4096;
std::string parse_cmdline(std::string_view text);

/// The path by which /proc/PID/cgroup places a process: the v2 line when it is not "/", else v1's
/// name=systemd, else v1's cpu. Empty when there is none.
std::string parse_cgroup(std::string_view text);

}  // namespace tierwatch
