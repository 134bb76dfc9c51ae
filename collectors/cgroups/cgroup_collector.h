// SPDX-License-Identifier: MIT
//
// What control groups grant and what they saw used: CPU bandwidth, processors, memory, pressure.
// A limit set far above binds everything below it, so each membership is followed up to the root.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "collectors/cgroup_reading.h"
#include "collectors/parse/proc_fs.h"
#include "collectors/parse/proc_text_cgroup.h"

namespace tierwatch {

/// The quota that leaves the fewest cores; null when there is none or none is known.
const CpuQuota* tightest_quota(const CgroupReading& reading);

/// Memory in use that the kernel cannot drop: used without cached file pages and
/// without caches of the kernel's own (names of files that are looked up). Not without inactive
/// ones only: a cgroup that reads a file twice fills its limit with active pages and lacks nothing
/// (what it loses by their reclaim is told by memory_pressure). Absent when a part is unknown.
std::optional<std::uint64_t> needed_bytes(const CgroupMemory& memory);

/// The cgroup whose needed bytes come nearest to its limit; null when no limit is known.
const CgroupMemory* nearest_memory_limit(const CgroupReading& reading);

class CgroupCollector {
 public:
  /// Both must outlive the collector.
  CgroupCollector(const ProcFs& files, FaultLog& faults) : files_(files), faults_(faults) {}

  /// One reading for each of `memberships`, texts of /proc/PID/cgroup, in their order. Each
  /// cgroup's files are read once however many are below it. What does not exist is absent and no
  /// fault. Not thread-safe.
  std::vector<CgroupReading> collect(std::span<const std::string> memberships);

 private:
  /// Mounts hardly change, and reading them takes a lock of the whole mount namespace: read again
  /// only when a membership is new.
  void refresh_mounts(std::span<const std::string> memberships);

  const ProcFs& files_;
  FaultLog& faults_;
  std::vector<std::string> known_memberships_;
  std::vector<CgroupMount> mounts_;
};

}  // namespace tierwatch
