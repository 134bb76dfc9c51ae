// SPDX-License-Identifier: MIT
//
// What was read of one process.
#pragma once

#include <sys/types.h>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collectors/cpu_set.h"
#include "collectors/instant.h"

namespace tierwatch {

/// Whether it is a person's: UID_MIN of login.defs(5) as Debian sets it; 65534 is nobody.
constexpr bool is_login_user(uid_t uid) { return uid >= 1000 && uid != 65534; }

/// Identity of a process: a pid alone is reused, a pid with its start time is not.
struct ProcessId {
  pid_t pid = 0;
  nanoseconds started{};  ///< since boot, in steps of 10 ms (field 22 of proc(5) stat)
  auto operator<=>(const ProcessId&) const = default;
};

/// Which tier and role took a process: indices into TierRules::tiers and TierRule::roles.
struct Membership {
  std::uint16_t tier = 0;
  std::uint16_t role = 0;
  /// Pid of the process from which all of its server descend: two of one tier are two servers.
  pid_t instance = 0;
  auto operator<=>(const Membership&) const = default;
};

/// One thread: `task/TID/schedstat` (ns exact) and, once it has run, `task/TID/status`.
struct ThreadReading {
  pid_t tid = 0;
  nanoseconds run{};   ///< time on a CPU
  nanoseconds wait{};  ///< time runnable but waiting for a CPU
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  bool operator==(const ThreadReading&) const = default;
};

/// /proc/PID/status: memory of one process, in bytes. Sums over processes count shared pages more
/// than once.
struct MemoryReading {
  std::uint64_t resident_bytes = 0;   ///< VmRSS = anonymous + file + shared
  std::uint64_t anonymous_bytes = 0;  ///< RssAnon
  std::uint64_t file_bytes = 0;       ///< RssFile
  std::uint64_t shared_bytes = 0;     ///< RssShmem
  std::uint64_t swap_bytes = 0;       ///< VmSwap
  bool operator==(const MemoryReading&) const = default;
};

/// /proc/PID/io: bytes that reached the block layer. Needs ptrace rights on the process.
struct IoReading {
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;
  bool operator==(const IoReading&) const = default;
};

/// One process. Processes of no tier carry only what /proc/PID/stat tells (and a title for `match`
/// and `top`).
struct ProcessReading {
  ProcessId id;
  pid_t parent_pid = 0;
  std::string comm;   ///< kernel name, at most 15 bytes, any bytes
  std::string title;  ///< /proc/PID/cmdline with NULs as spaces; empty for kernel threads
  std::optional<uid_t> uid;
  std::string user;  ///< login name of a member's uid, else the decimal uid
  char state = '?';  ///< R S D Z T t X I, proc(5)
  nanoseconds user_cpu{};
  nanoseconds system_cpu{};
  nanoseconds children_user_cpu{};    ///< cutime: children that were waited for
  nanoseconds children_system_cpu{};  ///< cstime
  std::uint64_t major_faults = 0;
  std::uint64_t children_major_faults = 0;  ///< of children that were waited for
  std::uint32_t thread_count = 0;
  /// CLOCK_MONOTONIC of this process' own reading: others may be a few seconds old.
  nanoseconds read_at{};

  std::optional<Membership> member;  ///< absent: no tier took it; then all below is absent too
  /// Sorted by tid; absent without CONFIG_SCHED_INFO.
  std::optional<std::vector<ThreadReading>> threads;
  std::optional<MemoryReading> memory;
  std::optional<std::uint64_t> proportional_bytes;  ///< Pss; only with [memory] proportional = true
  std::optional<IoReading> io;
  std::optional<std::uint64_t> open_fds;
  /// Soft RLIMIT_NOFILE; absent when unlimited or unreadable.
  std::optional<std::uint64_t> fd_limit;
  /// Soft RLIMIT_NPROC, of all processes and threads of its user; absent as above, and for root,
  /// whom it does not bind.
  std::optional<std::uint64_t> task_limit;
  std::optional<CpuSet> allowed_cpus;  ///< affinity of its main thread (Cpus_allowed_list)
  std::string cgroup;  ///< path shown by /proc/PID/cgroup (v2, else systemd's or cpu's v1)
  std::optional<std::uint32_t> cgroup_index;  ///< in Reading::cgroups: all it is a member of
  bool operator==(const ProcessReading&) const = default;
};

}  // namespace tierwatch
