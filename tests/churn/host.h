// SPDX-License-Identifier: MIT
//
// Processors, clocks and the kernel's counters of a machine, as the kernel keeps them; what is
// shown goes through the real HostTotals.
#pragma once

#include <set>

#include "collectors/host/host_totals.h"
#include "tests/churn/dice.h"

namespace tierwatch {

class ChurnHost {
 public:
  ChurnHost(Dice& dice, bool exact);

  const std::set<unsigned>& online() const { return online_; }
  /// Processors go offline and come back, clocks are set, the machine sleeps.
  void churn();
  void pass(nanoseconds time);
  /// Of the processor's next `slice`, how much is left for processes after interrupts and what the
  /// hypervisor took.
  nanoseconds begin_slice(unsigned cpu, nanoseconds slice);
  void run(unsigned cpu, nanoseconds user, nanoseconds system);
  void idle(unsigned cpu, nanoseconds time);

  Instant now() const { return now_; }
  HostReading read();
  void kill_for_memory() { ++oom_kills_; }

  /// Processor time that there has been.
  nanoseconds budget() const { return budget_; }

 private:
  struct Cpu {
    nanoseconds user{}, system{}, idle{}, iowait{}, irq{}, steal{};
  };
  CpuTimes shown(const Cpu& cpu) const;
  void forget_idle(unsigned cpu);
  void read_counters(HostReading& host);

  Dice& dice_;
  const bool exact_;
  std::vector<Cpu> cpus_;  ///< possible ones
  std::set<unsigned> online_;
  Instant now_;
  nanoseconds budget_{}, elapsed_{};
  nanoseconds waited_{}, disk_busy_{};
  std::uint64_t oom_kills_ = 0, scanned_ = 0, drops_ = 0, link_bytes_ = 0;
  HostTotals totals_;
};

}  // namespace tierwatch
