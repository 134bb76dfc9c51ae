// SPDX-License-Identifier: MIT
//
// Parsers of what the kernel tells of control groups, v1 and v2: text in, values out, pure. As in
// proc_text_host, a text without its last newline was cut short and is not believed.
// Sources: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/, scheduler/sched-bwc.rst.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/instant.h"

namespace tierwatch {

/// A line of /proc/PID/cgroup: "4:cpu,cpuacct:/web" of v1, "0::/web" of v2, see cgroups(7).
struct CgroupLine {
  bool unified = false;                  ///< v2
  std::vector<std::string> controllers;  ///< of v1; "name=systemd" is one, too
  std::string path;
};
std::optional<std::vector<CgroupLine>> parse_cgroup_lines(std::string_view text);

/// A mounted cgroup hierarchy. `root` is the cgroup that is seen at `mount_point`: "/" but in
/// containers.
struct CgroupMount {
  bool unified = false;
  std::vector<std::string> controllers;  ///< of v1, among other mount options
  std::string root;
  std::string mount_point;
};
/// The cgroup hierarchies of /proc/self/mountinfo, see proc_pid_mountinfo(5).
std::optional<std::vector<CgroupMount>> parse_cgroup_mounts(std::string_view mountinfo);

/// A value that may be `unlimited`: read well, but no limit.
template <typename Value>
struct Limit {
  std::optional<Value> value;
};

/// cpu.max: "50000 100000" is half a core, "max 100000" unlimited.
std::optional<Limit<double>> parse_cpu_max(std::string_view text);

/// cpu.cfs_quota_us and cpu.cfs_period_us: -1 is unlimited.
std::optional<Limit<double>> parse_cfs_quota(std::string_view quota, std::string_view period);

/// cpu.stat: v1 has no usage.
struct CpuStatText {
  std::optional<nanoseconds> usage;
  std::optional<std::uint64_t> periods, throttled_periods;
};
std::optional<CpuStatText> parse_cpu_stat(std::string_view text);

/// memory.max or memory.limit_in_bytes. v1 says "unlimited" by the largest number of
/// pages it can count: anything from 2^62 bytes on is taken for it.
std::optional<Limit<std::uint64_t>> parse_memory_limit(std::string_view text);

/// pids.max: "max" is unlimited.
std::optional<Limit<std::uint64_t>> parse_task_limit(std::string_view text);

/// memory.stat of v2 (`unified`) or v1: cached file pages of the whole subtree, which v1 calls
/// total_active_file and so on. Shared memory is not among them. Caches of the kernel's own that it
/// can drop (names, inodes), v2 only: zero where they are not told.
struct MemoryStatText {
  std::uint64_t active_file_bytes = 0, inactive_file_bytes = 0;
  std::uint64_t reclaimable_slab_bytes = 0;
};
std::optional<MemoryStatText> parse_memory_stat(std::string_view text, bool unified);

/// memory.events: how often the limit was hit, and who was killed.
struct MemoryEventsText {
  std::optional<std::uint64_t> limit_hits, oom_kills;
};
std::optional<MemoryEventsText> parse_memory_events(std::string_view text);

/// memory.oom_control of v1: the kills. The inner optional is absent before Linux 4.13.
std::optional<std::optional<std::uint64_t>> parse_oom_control_kills(std::string_view text);

/// A file of one number: memory.current, memory.usage_in_bytes, memory.failcnt, cpuacct.usage.
std::optional<std::uint64_t> parse_single_number(std::string_view text);

}  // namespace tierwatch
