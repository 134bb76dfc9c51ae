// SPDX-License-Identifier: MIT
//
// A machine of processes that are born, burn CPU, end and are waited for as the kernel has it, with
// the truth kept beside: what every reading should have led to.
#pragma once

#include <map>
#include <random>

#include "collectors/reading.h"

namespace tierwatch {

/// One tier: a tree of processes under roots whose parent (pid 1) belongs to no tier.
class MachineSimulator {
 public:
  explicit MachineSimulator(unsigned seed) : random_(seed) {}

  pid_t spawn(pid_t parent);
  void burn(pid_t pid, nanoseconds user, nanoseconds system);
  /// The process ends and its parent waits for it; its children become children of pid 1.
  void end(pid_t pid);
  /// A step of random births, work and deaths; now and then all processes of the tier end and new
  /// roots come.
  void live();

  void pass(nanoseconds time) { now_ += time; }
  Reading read();

  std::size_t size() const { return processes_.size(); }
  /// CPU used by the tier so far, less what no reading could have seen: the last moments of
  /// processes whose parent is in no tier.
  nanoseconds truth() const { return used_ - lost_; }

 private:
  struct Process {
    ProcessReading reading;
    nanoseconds seen{};     ///< own and children's CPU at the last reading
    bool orphaned = false;  ///< lost its parent since the last reading
  };
  pid_t any();
  pid_t leaf();
  void end_if_known(pid_t pid);
  unsigned dice(unsigned sides) { return static_cast<unsigned>(random_() % sides); }
  static nanoseconds level(const ProcessReading& process);

  std::mt19937 random_;
  std::map<pid_t, Process> processes_;
  nanoseconds now_ = std::chrono::seconds(1000);
  nanoseconds used_{}, lost_{};
  pid_t next_pid_ = 100;
};

}  // namespace tierwatch
