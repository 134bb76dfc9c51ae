// SPDX-License-Identifier: MIT
//
// What was read of control groups.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collectors/cpu_set.h"
#include "collectors/instant.h"

namespace tierwatch {

/// Bandwidth limit of one cgroup: cpu.max, or cpu.cfs_quota_us of cgroup v1. The counts are those
/// of its cpu.stat since it was made; they are of the whole subtree, whoever used the bandwidth up.
struct CpuQuota {
  std::string cgroup;                    ///< the cgroup that sets it, a path in its hierarchy
  double cores = 0;                      ///< quota / period
  std::optional<std::uint64_t> periods;  ///< in which something wanted to run
  std::optional<std::uint64_t> throttled_periods;  ///< in which the quota was used up
  std::optional<nanoseconds> usage;  ///< of the subtree; absent from v1 without cpuacct beside cpu
  /// Quota of all throttled periods: so much was used at least. Absent like `throttled_periods`.
  std::optional<nanoseconds> used_up{};
};

/// What the memory controller tells of one cgroup and all below it.
struct CgroupMemory {
  std::string cgroup;
  std::optional<std::uint64_t> limit_bytes;  ///< memory.max, v1 memory.limit_in_bytes; else none
  std::optional<std::uint64_t> used_bytes;   ///< with page cache; the root of v2 does not tell
  /// Cached file pages, used again lately and not: the kernel drops them before it kills.
  std::optional<std::uint64_t> active_file_bytes, inactive_file_bytes;
  std::uint64_t reclaimable_slab_bytes = 0;  ///< so are these; v1 does not tell them
  std::optional<std::uint64_t> limit_hits;   ///< memory.events max, v1 memory.failcnt
  std::optional<std::uint64_t> oom_kills;    ///< v1: Linux 4.13
};

/// Processes and threads of one cgroup and all below it.
struct CgroupTasks {
  std::string cgroup;
  std::uint64_t count = 0;
  std::uint64_t limit = 0;  ///< pids.max
};

/// One cgroup membership, and what its processes may use, by its own cgroup and all above it as far
/// as they can be seen.
struct CgroupReading {
  /// Innermost first; empty: no limit. Absent when one of the files on the way could not be read.
  std::optional<std::vector<CpuQuota>> quotas;
  std::optional<CpuSet> cpus;  ///< effective cpuset
  /// Its own cgroup, then those above that have a limit. Absent like `quotas`.
  std::optional<std::vector<CgroupMemory>> memory;
  /// Of it and those above, where they are limited, innermost first. Absent like `quotas`.
  std::optional<std::vector<CgroupTasks>> tasks;
  /// There are cgroups above those that can be seen from here: our mount, or our namespace, shows a
  /// part of the tree only. They may have limits of their own.
  bool cpu_above_hidden = false, memory_above_hidden = false;
};

}  // namespace tierwatch
