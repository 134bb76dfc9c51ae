// SPDX-License-Identifier: MIT
//
// What the numbers mean at one tick: rates, totals that never fall, tiers. Made by SnapshotBuilder,
// immutable, shared by every exporter. A rate needs two good readings: without them it is absent,
// never zero.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis/judge_input.h"
#include "analysis/verdict.h"
#include "collectors/reading.h"
#include "collectors/rules/tier_rules.h"
#include "collectors/servers/server_stamps.h"

namespace tierwatch {

/// Totals since the daemon first saw the tier (or role). Every field only grows: not even the end
/// of all its processes, a reused pid or a restart of the tier lets one fall.
struct CounterTotals {
  nanoseconds user_cpu{};  ///< with children that were born and died unseen
  nanoseconds system_cpu{};
  /// Runnable but waiting for a CPU, all threads; absent without schedstat.
  std::optional<nanoseconds> run_delay;
  std::uint64_t major_faults = 0;
  std::optional<std::uint64_t> voluntary_switches, involuntary_switches;
  /// Absent until one process' io could be read.
  std::optional<std::uint64_t> read_bytes, written_bytes;
  bool operator==(const CounterTotals&) const = default;
};

/// Gauges summed over the living processes of a tier or role. A sum is absent when no process gave
/// the figure.
struct GaugeSums {
  std::uint32_t processes = 0;  ///< zombies are not counted
  std::uint32_t threads = 0;
  std::uint32_t running = 0, sleeping = 0, disk_sleeping = 0, stopped = 0, zombies = 0,
                other_state = 0;
  std::optional<MemoryReading> memory;
  std::optional<std::uint64_t> proportional_bytes;
  std::optional<std::uint64_t> open_fds;
  bool operator==(const GaugeSums&) const = default;
};

/// Use per second over the last interval, in the units of the totals.
struct Rates {
  double cpu_cores = 0;  ///< CPU-seconds per second, children included
  double user_cores = 0;
  double system_cores = 0;
  std::optional<double> run_delay_cores;  ///< threads waiting for a CPU, on average
  double major_faults_per_second = 0;
  std::optional<double> voluntary_switches_per_second, involuntary_switches_per_second;
  std::optional<double> read_bytes_per_second, written_bytes_per_second;
  bool operator==(const Rates&) const = default;
};

/// The most loaded member, which a sum would hide.
struct Hottest {
  ProcessId process;
  pid_t tid = 0;           ///< 0 when a whole process is meant
  std::uint16_t role = 0;  ///< in TierSample::roles
  double cores = 0;
  bool operator==(const Hottest&) const = default;
};

/// The process nearest to its descriptor limit.
struct WorstFds {
  ProcessId process;
  std::uint64_t open = 0;
  std::uint64_t limit = 0;
  double ratio = 0;  ///< open / limit
  bool operator==(const WorstFds&) const = default;
};

struct RoleSample {
  std::string name;
  RoleKind kind = RoleKind::kSupport;
  CounterTotals totals;
  GaugeSums sums;
  std::optional<Rates> rates;
  bool ever_seen = false;  ///< has had a process, for more than a moment, since the daemon started
  bool operator==(const RoleSample&) const = default;
};

struct TierSample {
  std::string name;
  std::string preset;  ///< empty for a custom tier
  CounterTotals totals;
  GaugeSums sums;
  std::optional<Rates> rates;
  /// In the order of the rules; supporting ones only once they have had a process.
  std::vector<RoleSample> roles;
  std::optional<Hottest> hottest_process;
  std::optional<Hottest> hottest_thread;
  std::optional<WorstFds> worst_fds;
  std::optional<nanoseconds> oldest_start;  ///< since boot, of the oldest living process
  bool operator==(const TierSample&) const = default;
};

/// One process for the views: the reading and what the builder made of it. Its membership points
/// into Snapshot::tiers.
struct ProcessSample {
  ProcessReading reading;
  std::optional<double> cpu_cores;        ///< its own, children not included
  std::optional<double> run_delay_cores;  ///< all its threads
  std::optional<double> hottest_thread_cores;
  pid_t hottest_tid = 0;
  bool operator==(const ProcessSample&) const = default;
};

/// Cores used per mode over the last interval; they add up to the number of processors that there
/// were in it, on average.
struct CpuModes {
  double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
  double busy() const {
    return user + nice + system + irq + softirq;
  }  ///< steal and waiting are not our work
  bool operator==(const CpuModes&) const = default;
};

struct HostSample {
  HostReading reading;
  unsigned processors = 0;  ///< online; as last read, where that fails
  std::optional<CpuModes> cpu;
  std::vector<std::optional<CpuModes>> cpus;
  /// Share of the interval in which at least one task waited, 0 to 1.
  std::optional<double> cpu_pressure_ratio, memory_pressure_ratio, io_pressure_ratio;
  bool operator==(const HostSample&) const = default;
};

/// A listening address, and what its accept queue did over the last interval.
struct ListenerSample {
  ListenerReading reading;
  /// Absent in the first interval, and when the queue was not looked at in this one.
  std::optional<double> queue_mean;
  std::optional<double> queued_ratio;  ///< share of the time with a queue, 0 to 1
  std::optional<double> full_ratio;    ///< share of the time at or over the limit
  std::optional<double> drops_per_second;
  bool operator==(const ListenerSample&) const = default;
};

/// What watching costs, and how punctual it is.
struct SelfSample {
  nanoseconds cpu{};            ///< CPU time of the daemon since its start
  nanoseconds sampling_cpu{};   ///< CPU time spent in collectors and builder since start
  nanoseconds last_sampling{};  ///< CPU time of this tick
  nanoseconds last_sampling_wall{};
  std::uint64_t ticks = 0;
  /// Deadlines that had passed before the tick could begin; skipped, not queued.
  std::uint64_t late_ticks = 0;
  std::uint64_t unrecorded_ticks = 0;  ///< which the history lacks
  std::uint64_t verdict_changes = 0;
  bool operator==(const SelfSample&) const = default;
};

struct Snapshot {
  std::uint64_t sequence = 0;
  Instant at;
  nanoseconds interval{};  ///< since the snapshot before; 0 for the first
  std::string hostname;
  HostSample host;
  /// In the order of the rules, with and without processes; a preset that nobody configured appears
  /// with its first one.
  std::vector<TierSample> tiers;
  std::vector<ProcessSample> processes;  ///< sorted by pid
  /// All of the machine's, sorted by family and address. Their owners, and the ends of edges, are
  /// indices of `tiers`.
  std::vector<ListenerSample> listeners;
  std::vector<EdgeReading> edges;   ///< most connections first within (from, to)
  std::vector<ServerStamp> stamps;  ///< of programs and files; for recordings alone
  /// What the verdict stands on, of this interval alone; `facts.tiers` are in the order of `tiers`.
  JudgeInput facts;
  Verdict verdict;
  /// Seconds for which each resource of each tier was full, since start. Never falls.
  std::map<TierResource, double> saturated_seconds;
  FaultCounts faults;
  std::vector<std::string> notes;
  SelfSample self;
  bool operator==(const Snapshot&) const = default;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace tierwatch
