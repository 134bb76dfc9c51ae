// SPDX-License-Identifier: MIT
//
// The threads of one process: how long each ran and how long it waited for a CPU, by
// task/TID/schedstat, whose file is kept open while the process is lively. /proc/PID/schedstat
// would tell of the main thread only.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "collectors/parse/kept_file.h"
#include "collectors/process/task_source.h"
#include "collectors/process_reading.h"

namespace tierwatch {

class ThreadTimes {
 public:
  ThreadTimes(pid_t pid, ReadContext& context) : pid_(pid), context_(context) {}
  ~ThreadTimes() { close_files(); }
  ThreadTimes(const ThreadTimes&) = delete;
  ThreadTimes& operator=(const ThreadTimes&) = delete;

  /// Reads all known threads again. True when one of them ran, waited or ended since the last time,
  /// or when nothing is known: then the process must be looked at.
  bool refresh(Keep keep);

  /// Brings the list up to date when it does not fit `thread_count` or a thread has ended.
  /// `switches_too`: reads the context switches of all threads that ran since that was last done
  /// (task/TID/status, 5 µs each), not only of new ones; never of the main one.
  void update(std::uint32_t thread_count, bool switches_too, Keep keep);

  /// Reads the state of all threads that ran or waited for a CPU since that was last done, and of
  /// those that waited for a disk then (task/TID/stat, 7 µs each): the others sleep as before.
  void read_states();

  /// Takes over what was read of all threads elsewhere, switches and states too.
  void take(std::span<const ThreadTask> tasks);

  /// Gives all descriptors back; what was read stays.
  void close_files();

  /// The main thread's switches, known from the process' own status.
  void set_main_switches(std::uint64_t voluntary, std::uint64_t involuntary);

  /// Sorted by tid; absent when the kernel keeps no schedstat (CONFIG_SCHED_INFO), shows nothing
  /// but zeros, or none could be read.
  std::optional<std::vector<ThreadReading>> readings() const;

  /// As far as their states are known.
  bool one_waits_for_disk() const;

 private:
  struct Thread {
    ThreadReading reading;
    KeptFile schedstat;
    bool ran = false;   ///< since its switches were read
    bool moved = true;  ///< since its state was read
    char state = '?';   ///< '?': not known
    bool ended = false;
    bool accounted = false;  ///< its schedstat says more than zeros
  };

  std::string path(pid_t tid, const char* file) const;
  bool refresh_one(Thread& thread, Keep keep);
  void read_switches(Thread& thread);
  void read_state(Thread& thread);
  void relist(Keep keep);
  void forget_ended();

  pid_t pid_;
  ReadContext& context_;
  std::vector<Thread> threads_;  ///< sorted by tid
  bool lost_one_ = false;
};

}  // namespace tierwatch
