// SPDX-License-Identifier: MIT
//
// A process table of literals.
#pragma once

#include <map>

#include "collectors/process/process_table.h"

namespace tierwatch {

class FakeProcessTable : public ProcessTable {
 public:
  std::map<pid_t, ProcessStat> processes;
  std::vector<pid_t> last_read;            ///< what the last read() was asked for
  std::map<pid_t, nanoseconds> run_times;  ///< none: as on a machine that tells no CPU clocks

  bool fails_to_list = false;

  std::optional<std::vector<pid_t>> list() override {
    if (fails_to_list) return std::nullopt;
    std::vector<pid_t> pids;
    for (const auto& [pid, stat] : processes) pids.push_back(pid);
    return pids;
  }

  std::vector<ProcessStat> read(std::span<const pid_t> pids) override {
    last_read.assign(pids.begin(), pids.end());
    std::vector<ProcessStat> stats;
    for (const pid_t pid : pids) {
      if (const auto found = processes.find(pid); found != processes.end())
        stats.push_back(found->second);
    }
    return stats;
  }

  std::optional<nanoseconds> run_time(pid_t pid) const override {
    const auto found = run_times.find(pid);
    return found == run_times.end() ? std::nullopt : std::optional(found->second);
  }
};

}  // namespace tierwatch
