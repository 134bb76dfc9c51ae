// SPDX-License-Identifier: MIT
//
// What every process added since the reading before, such that nothing is counted twice and nothing
// of a short-lived child is lost.
//
// A child that ends leaves its whole CPU time in cutime/cstime of the parent that waited for it
// (kernel/exit.c, wait_task_zombie), I/O likewise in the parent's own io. Part of it was already
// counted while the child was seen alive. So when a child vanishes, what was seen of it becomes a
// *credit* of its parent, and of the parent's next growth only what exceeds the credit is new: the
// child's last moments, and children that were never seen at all.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "collectors/reading.h"

namespace tierwatch {

/// Figures that flow from a child to the parent that waits for it. CPU time in ns.
enum Account : std::size_t {
  kUserCpu,
  kSystemCpu,
  kMajorFaults,
  kReadBytes,
  kWrittenBytes,
  kAccounts
};
using Amounts = std::array<std::uint64_t, kAccounts>;

/// What one process added between two readings.
struct ProcessGrowth {
  /// Seen at the last reading or born since; otherwise all below is zero and means nothing.
  bool comparable = false;
  /// The same of its threads, and of its I/O.
  bool threads_known = false, io_known = false;
  Amounts own{};            ///< by the process itself
  Amounts reaped{};         ///< by children that ended, as far as they had not been seen
  nanoseconds run_delay{};  ///< all threads
  std::uint64_t voluntary_switches = 0, involuntary_switches = 0;
  /// CPU time by schedstat, ns exact; absent when a thread ended or none known.
  std::optional<nanoseconds> thread_run;
  pid_t hottest_tid = 0;
  nanoseconds hottest_thread_run{};
};

/// Not thread-safe. Holds one entry per living process.
class ProcessLedger {
 public:
  /// Growth of each process of `reading`, in its order. The first reading is the baseline: nothing
  /// is comparable.
  std::vector<ProcessGrowth> advance(const Reading& reading);

 private:
  struct Entry {
    ProcessId id;
    pid_t parent_pid = 0;
    Amounts own{}, children{};
    /// Part of own + children that a parent must not count again; all of it but for a zombie that
    /// was born unseen.
    bool accounted = true;
    bool io_known = false;
    /// When it was read, while it is of no tier: it may have been long before the last reading.
    std::optional<nanoseconds> outsider_read_at;
    /// Last known ones; absent outside of tiers.
    std::optional<std::vector<ThreadReading>> threads;
    Amounts credit{};  ///< seen of children that vanished, not yet found in our own growth
    /// The same, from the tick before: dropped if not found by now (nobody waited).
    Amounts older_credit{};

    bool owes_nothing() const { return credit == Amounts{} && older_credit == Amounts{}; }
  };

  void settle_vanished(const Reading& reading);
  bool is_stale(const Entry& entry) const;
  ProcessGrowth grow(Entry& entry, const ProcessReading& process, bool known, bool born_since);

  std::unordered_map<pid_t, Entry> entries_;
  std::optional<Instant> previous_;
};

}  // namespace tierwatch
