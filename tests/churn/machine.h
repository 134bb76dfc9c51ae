// SPDX-License-Identifier: MIT
//
// A machine on which everything happens that can happen to a web stack, by chance, and what its
// collectors would read of it. Times are the kernel's; nobody uses more than the processors have.
#pragma once

#include <set>

#include "tests/churn/host.h"
#include "tests/churn/processes.h"
#include "tests/churn/sockets.h"

namespace tierwatch {

class ChurnMachine {
 public:
  explicit ChurnMachine(std::uint64_t seed);

  /// Until the next tick, which may be late, or come at once.
  void live();
  Reading read();

  const TierRules& rules() const { return rules_; }
  /// Whether the rules have changed since this was last asked.
  bool take_reload() { return std::exchange(reloaded_, false); }

  nanoseconds budget() const { return host_.budget(); }
  /// Used by anyone, in this life of the machine.
  nanoseconds used() const { return used_; }
  nanoseconds take_late() { return processes_.take_late(); }
  std::size_t processes() const { return processes_.size(); }
  bool exact() const { return sight_.exact; }

 private:
  struct Group {
    bool quota = false;
    double cores = 0;
    nanoseconds usage{};
    std::uint64_t periods = 0, throttled = 0, hits = 0, kills = 0;
  };

  void happen();
  void happen_to(pid_t pid);
  void start_server();
  void stop_server();
  void kill_tree(pid_t pid);
  void work(nanoseconds slice);
  void make_rules();
  pid_t any_living();
  CgroupReading read_group(const std::string& name);
  std::vector<ChurnServer> servers(const std::vector<ProcessReading>& processes) const;
  void read_settings(Reading& reading);

  Dice dice_;
  ChurnSight sight_;
  ChurnHost host_;
  ChurnProcesses processes_;
  ChurnSockets sockets_;
  TierRules rules_;
  std::map<std::string, Group> groups_;
  nanoseconds used_{}, read_before_{};
  bool reloaded_ = false;
};

}  // namespace tierwatch
