// SPDX-License-Identifier: MIT
//
// The records of the BPF program → processes and their threads. Pure, and built everywhere, also
// where the program is not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "collectors/bpf/task_record.h"
#include "collectors/process/task_source.h"

namespace tierwatch {

/// State as /proc/PID/stat shows it, from the bits of a task (get_task_state(), fs/proc/array.c).
char task_state(unsigned bits);

class TaskTable {
 public:
  TaskTable();

  /// Replaces what it holds. False when these are no whole records, as the iterator orders them, by
  /// number: then it is empty.
  bool fill(std::span<const std::byte> records);

  /// As TaskSource::find().
  const ProcessTask* find(pid_t pid) const;

  /// As TaskSource::are_all().
  bool are_all(std::span<const pid_t> pids) const;

 private:
  struct Process {
    ProcessTask task;
    std::size_t expected_threads = 0, threads = 0, first_thread = 0;
  };

  bool split(std::span<const std::byte> records);
  void add_process(const bpf::ThreadRecord& first, const bpf::ProcessRecord& record);
  std::optional<MemoryReading> memory_of(const bpf::ProcessRecord& record) const;
  static constexpr std::uint32_t kNowhere = UINT32_MAX;
  Process* process_of(pid_t pid);
  Process* process_of(const bpf::ThreadRecord& record, std::uint32_t& place);
  void add_up();
  void place_threads();

  nanoseconds clock_tick_;
  std::uint64_t page_bytes_;
  std::vector<bpf::ThreadRecord> records_;
  std::vector<std::uint32_t> places_;  ///< of each record's process in processes_
  std::vector<Process> processes_;     ///< sorted by pid
  std::vector<ThreadTask> threads_;    ///< by process, then by tid
};

}  // namespace tierwatch
