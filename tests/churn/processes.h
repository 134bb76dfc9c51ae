// SPDX-License-Identifier: MIT
//
// Processes as the kernel has them: who begot whom, what each used to the nanosecond, who waited
// for whom; and what a reading of them shows.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "collectors/rules/tier_rules.h"
#include "tests/churn/dice.h"

namespace tierwatch {

/// What a process looks like from outside.
struct Costume {
  std::string comm, title;
  uid_t uid = 0;
  std::string cgroup;
};

/// How much of all this can be seen on a machine.
struct ChurnSight {
  bool exact = true;    ///< CPU times to the nanosecond (BPF); else in steps of 10 ms, rounded down
  bool threads = true;  ///< CONFIG_SCHED_INFO
  bool privileged = true;  ///< I/O and descriptors
  bool faults = true;      ///< single files of a process are unreadable now and then
};

class ChurnProcesses {
 public:
  static constexpr pid_t kInit = 1;
  static constexpr std::size_t kMost = 60;

  ChurnProcesses(Dice& dice, ChurnSight sight);

  /// 0 where there are enough already.
  pid_t fork(pid_t parent, nanoseconds boot);
  void exec(pid_t pid, const Costume& costume);
  void retitle(pid_t pid, std::string title);
  void move(pid_t pid, std::string cgroup);
  /// It becomes a zombie, unless nobody waits for it.
  void exit(pid_t pid);
  /// Its parent waits for it.
  void reap(pid_t pid);
  void start_thread(pid_t pid);
  void end_thread(pid_t pid);

  /// One of its threads runs, and another one of somebody waits for a processor meanwhile.
  void run(pid_t pid, std::size_t thread, nanoseconds user, nanoseconds system);
  void churn_figures(pid_t pid);

  /// Places all of them again where someone came, went or changed.
  void place(const TierRules& rules);
  void rules_changed();
  /// What a collector would tell now. `memberships`: cgroups of members, in order of their indices.
  std::vector<ProcessReading> read(nanoseconds monotonic, nanoseconds boot,
                                   std::vector<std::string>& memberships);

  std::vector<pid_t> living() const;
  std::vector<pid_t> zombies() const;
  bool is_living(pid_t pid) const;
  const ProcessReading& truth(pid_t pid) const { return all_.at(pid).truth; }
  std::size_t threads(pid_t pid) const { return all_.at(pid).threads.size(); }
  std::size_t size() const { return all_.size(); }

  /// CPU of processes that no reading showed alive, and whose parents waited for them only some
  /// readings later: it comes to light late.
  nanoseconds take_late() { return std::exchange(late_, {}); }

 private:
  struct Process {
    ProcessReading truth, shown;
    std::vector<ThreadReading> threads;
    IoReading io;
    std::optional<MatchReason> by_rule;
    bool matched = false, ever_shown = false, dead_when_shown = false, waits = true;
    nanoseconds shown_at{};
  };

  pid_t free_pid(nanoseconds boot);
  bool stays_unread(const Process& process, nanoseconds monotonic, nanoseconds boot) const;
  void show(Process& process, nanoseconds monotonic);
  void show_details(Process& process);

  Dice& dice_;
  ChurnSight sight_;
  std::map<pid_t, Process> all_;
  std::map<pid_t, nanoseconds> last_births_;
  pid_t next_pid_ = 300, next_tid_ = 100000;
  nanoseconds late_{};
};

}  // namespace tierwatch
