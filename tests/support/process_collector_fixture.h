// SPDX-License-Identifier: MIT
//
// A process collector on a tree of files and a process table that tests write.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "collectors/process/process_collector.h"
#include "tests/support/fake_proc.h"
#include "tests/support/fake_process_table.h"

namespace tierwatch {

/// Who tells what ran and what it did.
enum class Way {
  kClocks,   ///< CPU clocks of processes, and their stat read by ourselves
  kThreads,  ///< schedstat of their threads, and libproc2: all there is in a foreign pid namespace
};

/// A machine on which everything was started long ago: nothing is young, and what is read is
/// decided by what ran.
class ProcessCollectorTest : public testing::TestWithParam<Way> {
 protected:
  using seconds = std::chrono::seconds;

  ProcessCollectorTest() {
    TierRule nginx{.name = "nginx", .roles = {{.name = "worker", .kind = RoleKind::kEventWorker}}};
    nginx.match.push_back({.comm = Glob("nginx")});
    rules_.tiers.push_back(std::move(nginx));
    proc_.make_directory("proc/self/fd");
  }

  std::string path(pid_t pid, const std::string& file) const {
    return "proc/" + std::to_string(pid) + "/" + file;
  }

  void start(pid_t pid, const std::string& comm, pid_t parent = 1) {
    table_.processes[pid] = {.id = {.pid = pid, .started = seconds(pid)},
                             .parent_pid = parent,
                             .comm = comm,
                             .state = 'S',
                             .thread_count = 1};
    proc_.write(path(pid, "cmdline"), comm);
    proc_.write(path(pid, "cgroup"), "0::/system.slice/" + comm + ".service\n");
    proc_.write(
        path(pid, "status"),
        "State:\tS (sleeping)\nUid:\t0\t0\t0\t0\nVmRSS:\t40 kB\nRssAnon:\t16 kB\nRssFile:\t16 kB\n"
        "RssShmem:\t8 kB\nvoluntary_ctxt_switches:\t5\nnonvoluntary_ctxt_switches:\t6\n");
    write_pages(pid, 10, 6);
    proc_.write(path(pid, "io"), "read_bytes: 1\nwrite_bytes: 2\n");
    proc_.write(path(pid, "limits"),
                "Max processes             90                   90                   processes\n"
                "Max open files            1024                 4096                 files\n");
    proc_.write(path(pid, "fd/0"), "");
    proc_.write(path(pid, "fd/1"), "");
    ran(pid, 100);
  }

  void write_pages(pid_t pid, int resident, int shared) {
    proc_.write(path(pid, "statm"),
                "100 " + std::to_string(resident) + " " + std::to_string(shared) + " 1 0 50 0\n");
  }

  /// Its main thread has run for so long by now.
  void ran(pid_t pid, int run_ns, int wait_ns = 0) {
    if (GetParam() == Way::kClocks) table_.run_times[pid] = nanoseconds(run_ns);
    proc_.write(path(pid, "task/" + std::to_string(pid) + "/schedstat"),
                std::to_string(run_ns) + " " + std::to_string(wait_ns) + " 1\n");
  }

  void end(pid_t pid) {
    table_.processes.erase(pid);
    table_.run_times.erase(pid);
    proc_.remove("proc/" + std::to_string(pid));
  }

  /// The kernel's own text of what the table says.
  void write_stat(const ProcessStat& stat) {
    const auto ticks = [](nanoseconds time) {
      return std::to_string(time / std::chrono::milliseconds(10)) + " ";
    };
    proc_.write(path(stat.id.pid, "stat"),
                std::to_string(stat.id.pid) + " (" + stat.comm + ") " + stat.state + " " +
                    std::to_string(stat.parent_pid) + " 1 1 0 -1 4194560 0 0 " +
                    std::to_string(stat.major_faults) + " 0 " + ticks(stat.user_cpu) +
                    ticks(stat.system_cpu) + ticks(stat.children_user_cpu) +
                    ticks(stat.children_system_cpu) + "20 0 " + std::to_string(stat.thread_count) +
                    " 0 " + ticks(stat.id.started) + "1000000 10 18446744073709551615\n");
  }

  std::vector<ProcessReading> tick(int second) {
    if (GetParam() == Way::kClocks) {
      for (const auto& [pid, stat] : table_.processes) write_stat(stat);
    }
    return collector_.collect({.monotonic = seconds(second), .boot = seconds(10'000 + second)});
  }

  FakeProc proc_;
  ProcFs files_{proc_.root()};
  FakeProcessTable table_;
  FaultLog faults_;
  TierRules rules_;
  bool is_asked_of_libproc2(pid_t pid) const {
    const auto& asked = table_.last_read;
    return std::find(asked.begin(), asked.end(), pid) != asked.end();
  }

  // Without kept files: a test tree's files are replaced, not changed, so an open one would show
  // the old text.
  ProcessCollector collector_{files_, table_, faults_, rules_, {.kept_descriptors = 0}};
};

}  // namespace tierwatch
