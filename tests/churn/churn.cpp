// SPDX-License-Identifier: MIT
//
// churn [TICKS [FIRST_SEED]]: machines of 500 ticks each, one per seed, until TICKS are over. What
// a snapshot says that cannot be is printed with its seed and tick; then it ends with 1.
#include <cstdio>
#include <cstdlib>

#include "analysis/facts/snapshot_builder.h"
#include "analysis/judge/verdict_tracker.h"
#include "tests/churn/checks.h"
#include "tests/churn/machine.h"

namespace tierwatch {
namespace {

constexpr unsigned long kMostTicksOfOne = 500, kMachines = 4;

/// Each reading of a time told in steps may be off by one, of each process and of the host.
nanoseconds slack(const ChurnMachine& machine, std::size_t processes_before) {
  if (machine.exact()) return std::chrono::microseconds(200);  // the host tells microseconds
  return std::chrono::milliseconds(40) * (machine.processes() + processes_before + 8);
}

class ChurnRun {
 public:
  explicit ChurnRun(unsigned long seed) : seed_(seed), machine_(seed), builder_(machine_.rules()) {
    checks_.rules_changed(machine_.rules());
  }

  bool holds(unsigned long ticks) {
    bool all = true;
    for (unsigned long tick = 0; tick < ticks && all; ++tick) {
      machine_.live();
      if (machine_.take_reload()) {
        builder_.set_rules(machine_.rules());
        checks_.rules_changed(machine_.rules());
      }
      for (const std::string& broken : look()) {
        std::printf("seed %lu tick %lu: %s\n", seed_, tick, broken.c_str());
        all = false;
      }
    }
    return all;
  }

 private:
  std::vector<std::string> look() {
    Snapshot snapshot = builder_.build(machine_.read());
    snapshot.verdict = tracker_.add(snapshot.facts);
    snapshot.saturated_seconds = tracker_.saturated_seconds();
    const ChurnTruth truth{.budget = machine_.budget() - budget_,
                           .late = machine_.take_late(),
                           .slack = slack(machine_, processes_),
                           .used_since_first = machine_.used()};
    budget_ = machine_.budget();
    processes_ = machine_.processes();
    return checks_.look(snapshot, truth);
  }

  unsigned long seed_;
  ChurnMachine machine_;
  SnapshotBuilder builder_;
  VerdictTracker tracker_;
  ChurnChecks checks_;
  nanoseconds budget_{};
  std::size_t processes_ = 0;
};

}  // namespace
}  // namespace tierwatch

int main(int count, char** arguments) {
  const unsigned long ticks = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 2000;
  unsigned long seed = count > 2 ? std::strtoul(arguments[2], nullptr, 10) : 1;
  const unsigned long first_seed = seed;
  unsigned long done = 0, failed = 0;
  const unsigned long each = std::min(ticks / tierwatch::kMachines, tierwatch::kMostTicksOfOne);
  for (; done < ticks; ++seed) {
    const unsigned long some = std::min(ticks - done, std::max(each, 1ul));
    if (!tierwatch::ChurnRun(seed).holds(some) && ++failed == 20) break;
    done += some;
  }
  std::printf("%lu ticks, seeds %lu to %lu, %lu machines were told wrongly\n", done, first_seed,
              seed - 1, failed);
  return failed == 0 ? 0 : 1;
}
