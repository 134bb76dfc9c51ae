// SPDX-License-Identifier: MIT
//
// What the BPF program (tasks.bpf.c) writes and the daemon reads: of each thread a ThreadRecord,
// and right behind that of a process' first thread a ProcessRecord. Both sides are compiled from
// this file; it is C and C++.
#pragma once

#ifdef __cplusplus
namespace tierwatch::bpf {
#endif

/// Times are nanoseconds, pids those of the reader's own pid namespace (0: it has none there).
struct ThreadRecord {
  int tid;
  int tgid;
  unsigned long long run, delay, slices;  ///< what schedstat tells
  unsigned long long voluntary_switches, involuntary_switches;
  unsigned long long user_time, system_time;  ///< by clock ticks, not yet scaled to `run`
  unsigned long long major_faults;
  unsigned long long read_bytes, written_bytes;
  unsigned long long state;  ///< __state and exit_state
};

enum { kFilePages, kAnonymousPages, kSwapPages, kSharedPages, kPageCounts };  // mm_types_task.h

/// Totals of threads that have ended, which those of the living are added to, and what a process
/// has once.
struct ProcessRecord {
  unsigned long long started;  ///< on the clock CLOCK_BOOTTIME
  int parent;
  int threads;
  unsigned int has_memory;
  unsigned int fds_known, open_fds;
  char comm[16];
  unsigned long long ended_run, ended_user, ended_system;
  unsigned long long children_user, children_system;
  unsigned long long ended_major_faults, children_major_faults;
  unsigned long long ended_read_bytes, ended_written_bytes;
  long long pages[kPageCounts];
};

#ifdef __cplusplus
}  // namespace tierwatch::bpf
#endif
