// SPDX-License-Identifier: MIT
//
// The processes of the machine, matched to tiers, with everything the kernel tells of those that
// belong to one.
//
// What keeps it cheap is one law: *a process none of whose threads ran since we last read it has
// not changed* its CPU time, faults, descriptors, memory, title or state by itself. Whether one ran
// is told by the CPU clock of the process, for half a microsecond, or where there is none by the
// schedstat of its threads. Only processes that ran are read again; all are refreshed every few
// seconds, for what others can change (limits, reclaim of memory, cgroup, a wake-up that found no
// CPU yet).
#pragma once

#include <map>
#include <memory>
#include <unordered_map>

#include "collectors/process/candidate_reader.h"
#include "collectors/process/process_details.h"
#include "collectors/process/process_table.h"
#include "collectors/process/proportional_reader.h"
#include "collectors/process/task_source.h"
#include "collectors/process/thread_times.h"
#include "collectors/rules/tier_rules.h"

namespace tierwatch {

struct ProcessCollectorOptions {
  /// The longest a reading is re-used; twice as long for members that sleep.
  nanoseconds refresh_interval = std::chrono::seconds(5);
  /// The same for program, cgroup, limits.
  nanoseconds settled_interval = std::chrono::seconds(30);
  nanoseconds young_age = std::chrono::seconds(10);  ///< younger processes are matched at each tick
  /// Files of lively processes held open; each costs the kernel 4.3 kB.
  std::size_t kept_descriptors = 4096;
  bool proportional_memory = false;  ///< read Pss; needs ptrace rights or CAP_PERFMON
  nanoseconds proportional_interval = std::chrono::seconds(60);  ///< per process
  std::uint64_t proportional_max_bytes = 1ull << 30;             ///< larger processes are left out
  nanoseconds proportional_budget = std::chrono::milliseconds(5);  ///< per tick, estimated
};

/// Not thread-safe: belongs to the sampling thread.
class ProcessCollector {
 public:
  /// All references must outlive the collector. `rules` may be replaced with set_rules(). `tasks`
  /// tells of processes that are known already, until it fails; none: /proc does.
  ProcessCollector(const ProcFs& files, ProcessTable& table, FaultLog& faults,
                   const TierRules& rules, const ProcessCollectorOptions& options,
                   TaskSource* tasks = nullptr);
  ~ProcessCollector();

  /// Every process that can be listed, sorted by pid. A process that vanishes while it is read is
  /// left out or shown as it last was; never half. Throws nothing.
  std::vector<ProcessReading> collect(const Instant& now);

  /// The different cgroup memberships (texts of /proc/PID/cgroup) of the members that collect()
  /// told last: ProcessReading::cgroup_index points into it.
  const std::vector<std::string>& cgroup_memberships() const { return memberships_; }

  /// Until the thread beside has read what it was asked for, but no longer than `most`: of tests.
  bool wait(std::chrono::milliseconds most) const { return proportional_.wait(most); }

  /// New rules from the next collect() on: all processes are matched again.
  void set_rules(const TierRules& rules);

 private:
  struct Tracked;
  using Table = std::map<pid_t, Tracked>;

  void close_files(Tracked& process);
  std::vector<pid_t> list();
  void forget_gone(const std::vector<pid_t>& pids);
  std::vector<pid_t> choose(const std::vector<pid_t>& pids, const Instant& now);
  const ProcessTask* task_of(const Tracked& process) const;
  std::optional<nanoseconds> run_time(pid_t pid) const;
  bool must_read(Tracked& process, const Instant& now);
  bool ran(Tracked& process);
  bool member_ran(Tracked& process);
  bool outsider_ran(Tracked& process, const Instant& now);
  bool take_task(Tracked& process, const ProcessTask& task, const Instant& now);
  bool reread_stat(Tracked& process, const Instant& now);
  void take(const ProcessStat& stat, const Instant& now);
  void update(Tracked& process, const ProcessStat& stat, const Instant& now);
  void take_facts(Tracked& process, const ProcessStat& stat, const Instant& now);
  bool same_title(Tracked& process, bool tells_state);
  void rename_users();
  void read_facts(Tracked& process, const ProcessStat& stat);
  void reread_cgroup(Tracked& process);
  void match_again(Tracked& process);
  void place_all();
  void move(Tracked& process, const std::optional<MatchReason>& reason);
  void settle(Tracked& process, const Instant& now);
  void read_members(const Instant& now);
  void read_member(Tracked& process);
  bool has_threads(const ProcessReading& process) const;
  void show_disk_wait(Tracked& process) const;
  void read_files(Tracked& process);
  void read_proportional(const Instant& now);
  void take_proportional(const ProportionalReader::Answer& answer);
  void number_memberships();

  ProcessTable& table_;
  TaskSource* tasks_;  ///< none when it failed or there is none
  const TierRules* rules_;
  ProcessCollectorOptions options_;
  ReadContext context_;
  CandidateReader candidates_;
  ProcessDetails details_;
  ProportionalReader proportional_;
  nanoseconds clock_tick_ = clock_tick();
  Table processes_;
  /// CPU clocks of processes met in this tick, read before their stat.
  std::unordered_map<pid_t, nanoseconds> first_run_times_;
  std::vector<std::string> memberships_;
  /// A birth, a death, a new title or a new parent since processes were placed.
  bool placing_due_ = false;
};

}  // namespace tierwatch
