// SPDX-License-Identifier: MIT
//
// What the machine said at one instant, as plain values: no rates, no judgement, no names of ours
// but the tier a process was matched to. Collectors fill a Reading; analysis/ turns readings into
// meaning. Absent (std::nullopt) means "could not be read"; it never means zero.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/cpu_set.h"

namespace tierwatch {

using std::chrono::nanoseconds;

/// One moment on the three clocks, read together. Rates use `monotonic`; births of processes are
/// compared with `boot` (CLOCK_BOOTTIME, the clock of field 22 of /proc/PID/stat); people are shown
/// `wall`.
struct Instant {
  std::chrono::system_clock::time_point wall{};
  nanoseconds monotonic{};
  nanoseconds boot{};
  bool operator==(const Instant&) const = default;
};

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
  std::optional<CpuSet> allowed_cpus;  ///< affinity of its main thread (Cpus_allowed_list)
  std::string cgroup;  ///< path shown by /proc/PID/cgroup (v2, else systemd's or cpu's v1)
  std::optional<std::uint32_t> cgroup_index;  ///< in Reading::cgroups: all it is a member of
  bool operator==(const ProcessReading&) const = default;
};

/// One row of /proc/stat, in time since boot. `guest` is already inside `user`, as the kernel
/// counts it. Microseconds, because 64 bits of nanoseconds end after 14 months of 256 idle
/// processors.
struct CpuTimes {
  using Time = std::chrono::microseconds;
  Time user{}, nice{}, system{}, idle{}, iowait{}, irq{}, softirq{}, steal{}, guest{}, guest_nice{};
  bool operator==(const CpuTimes&) const = default;
};

/// One file of /proc/pressure: total stall time since boot.
struct PressureReading {
  nanoseconds some{};  ///< at least one task waited
  nanoseconds full{};  ///< all non-idle tasks waited
  bool operator==(const PressureReading&) const = default;
};

/// /proc/meminfo in bytes.
struct HostMemoryReading {
  std::uint64_t total_bytes = 0, available_bytes = 0, free_bytes = 0, buffers_bytes = 0,
                cached_bytes = 0;
  std::uint64_t swap_total_bytes = 0, swap_free_bytes = 0;
  bool operator==(const HostMemoryReading&) const = default;
};

/// A row of /proc/diskstats since boot (Documentation/admin-guide/iostats.rst). The two times are
/// told in milliseconds of 32 bits: they start again at zero after 49.7 days.
struct DiskReading {
  std::string name;                                 ///< "sda", "nvme0n1", "dm-0"
  std::uint64_t reads = 0, writes = 0;              ///< completed
  std::uint64_t read_bytes = 0, written_bytes = 0;  ///< whole sectors of 512 bytes
  nanoseconds busy{};  ///< at least one request was under way (io_ticks)
  /// Summed over requests: its rate is the mean queue length (time_in_queue).
  nanoseconds queued{};
  bool operator==(const DiskReading&) const = default;
};

struct HostReading {
  std::optional<CpuTimes> cpu;  ///< all processors
  std::vector<CpuTimes> cpus;   ///< one by one, online ones only
  /// The kernel's, of each of `cpus`: those of offline processors are left out.
  std::vector<unsigned> cpu_numbers;
  std::optional<double> load1, load5, load15;
  std::optional<std::uint64_t> runnable;          ///< procs_running of /proc/stat
  std::optional<std::uint64_t> blocked;           ///< procs_blocked of /proc/stat
  std::optional<std::uint64_t> forks;             ///< processes and threads created since boot
  std::optional<std::uint64_t> context_switches;  ///< since boot
  std::optional<HostMemoryReading> memory;
  std::optional<PressureReading> cpu_pressure, memory_pressure, io_pressure;
  std::optional<std::uint64_t> open_files, max_files;  ///< /proc/sys/fs/file-nr
  /// TcpExt of /proc/net/netstat, this namespace.
  std::optional<std::uint64_t> listen_overflows, listen_drops;
  std::optional<std::uint64_t> oom_kills, swap_in_pages, swap_out_pages;  ///< /proc/vmstat
  std::vector<DiskReading> disks;  ///< whole devices, without partitions, loop and ram; else empty
  bool operator==(const HostReading&) const = default;
};

/// Bandwidth limit of one cgroup: cpu.max, or cpu.cfs_quota_us of cgroup v1. The counts are those
/// of its cpu.stat since it was made; they are of the whole subtree, whoever used the bandwidth up.
struct CpuQuota {
  std::string cgroup;                    ///< the cgroup that sets it, a path in its hierarchy
  double cores = 0;                      ///< quota / period
  std::optional<std::uint64_t> periods;  ///< in which something wanted to run
  std::optional<std::uint64_t> throttled_periods;  ///< in which the quota was used up
  std::optional<nanoseconds> throttled;            ///< summed over CPUs: may grow faster than time
  std::optional<nanoseconds> usage;  ///< of the subtree; absent from v1 without cpuacct beside cpu
};

/// What the memory controller tells of one cgroup and all below it.
struct CgroupMemory {
  std::string cgroup;
  std::optional<std::uint64_t> limit_bytes;  ///< memory.max, v1 memory.limit_in_bytes; else none
  std::optional<std::uint64_t> high_bytes;   ///< memory.high: above it, tasks are slowed down
  std::optional<std::uint64_t> used_bytes;   ///< with page cache; the root of v2 does not tell
  /// Cached file pages, used again lately and not: the kernel drops them before it kills.
  std::optional<std::uint64_t> active_file_bytes, inactive_file_bytes;
  std::optional<std::uint64_t> limit_hits;  ///< memory.events max, v1 memory.failcnt
  std::optional<std::uint64_t> oom_kills;   ///< v1: Linux 4.13
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
  std::string membership;  ///< the text of /proc/PID/cgroup
  /// Innermost first; empty: no limit. Absent when one of the files on the way could not be read.
  std::optional<std::vector<CpuQuota>> quotas;
  std::optional<CpuSet> cpus;  ///< effective cpuset
  /// Its own cgroup, then those above that have a limit. Absent like `quotas`.
  std::optional<std::vector<CgroupMemory>> memory;
  /// Of it and those above, where they are limited, innermost first. Absent like `quotas`.
  std::optional<std::vector<CgroupTasks>> tasks;
  std::optional<nanoseconds> cpu_usage;  ///< by all that ever ran in it or below
  std::optional<PressureReading> cpu_pressure, memory_pressure, io_pressure;  ///< v2 only
};

/// The three kinds of listening sockets we watch, each one dump of sock_diag.
enum class SocketFamily : std::uint8_t { kTcp4, kTcp6, kUnix };
inline constexpr std::size_t kSocketFamilies = 3;

/// "tcp", "tcp6", "unix".
std::string_view to_string(SocketFamily family);

/// How we know whose a socket is, best first.
enum class OwnerSource : std::uint8_t {
  kDescriptor,  ///< a process of the tier holds it: /proc/PID/fd; needs ptrace rights
  kAddress,     ///< the tier's `listen` names its address, and its uid does not contradict
  kCgroup,      ///< it was made in a v2 cgroup where processes of this tier alone live
  kUser,        ///< it belongs to a uid under which this tier alone runs
};

/// "descriptor", "address", "cgroup", "user".
std::string_view to_string(OwnerSource source);

struct SocketOwner {
  std::uint16_t tier = 0;  ///< index into TierRules::tiers
  OwnerSource source = OwnerSource::kUser;
  auto operator<=>(const SocketOwner&) const = default;
};

/// One listening address. Sockets that share it (SO_REUSEPORT, or an old and a new master during a
/// reload) are summed. All totals count from the first sight of the address, survive a restart of
/// the server and never fall; they are forgotten ten minutes after the address has closed. Times
/// are integrals over our sub-samples.
struct ListenerReading {
  SocketFamily family = SocketFamily::kTcp4;
  std::string address;     ///< "127.0.0.1:5432", "[::]:80", "/run/app.sock", "@abstract"; any bytes
  std::uint16_t port = 0;  ///< 0 for UNIX
  std::uint32_t sockets = 0;  ///< listening on the address now
  std::optional<uid_t> uid;   ///< of the (first) socket: who made it
  std::optional<SocketOwner> owner;

  std::uint64_t queue_length = 0;            ///< connections that wait for accept(2), last sample
  std::optional<std::uint64_t> queue_limit;  ///< min(backlog, somaxconn); absent from /proc
  /// Connection attempts dropped by the socket (sk_drops), TCP only: the kernel counts none for
  /// UNIX, where connect(2) fails with EAGAIN or blocks.
  std::optional<std::uint64_t> drops;

  nanoseconds observed{};     ///< time covered by sub-samples: what the integrals are relative to
  double queue_seconds = 0;   ///< ∫ length dt; over X connections: mean wait = queue_seconds / X
  nanoseconds queued_time{};  ///< length > 0
  /// A socket had length > limit: the kernel admits limit + 1, then drops.
  nanoseconds full_time{};
  std::uint64_t queue_peak = 0;  ///< highest length since the last tick
  std::uint64_t samples = 0, samples_with_queue = 0, samples_full = 0;

  /// Connections accepted and not yet closed by the server. The number of busy workers where a
  /// worker serves one connection at a time. Absent when connections could not be listed.
  std::optional<std::uint64_t> in_service;
  bool operator==(const ListenerReading&) const = default;
};

/// Connections that lead out of one tier, or into one, grouped by both ends.
struct EdgeReading {
  std::optional<SocketOwner> from;  ///< the client's tier; absent: no tier, or not known which
  /// Tiers that it may be, when `from` is absent because several run under the client's uid.
  std::vector<std::uint16_t> from_one_of;
  bool from_local = false;          ///< the client is a socket of this machine (network namespace)
  std::optional<std::uint16_t> to;  ///< the server's tier; absent: no tier, `peer` names it
  /// Where it leads: the listener's address when the server is local, else the remote "host:port".
  std::string peer;
  std::uint64_t connections = 0;
  /// Of these, on how many at least the client waits for an answer, if for anything: it has said
  /// the last word. Absent for UNIX sockets and remote clients, and from /proc.
  std::optional<std::uint64_t> awaiting;
  bool operator==(const EdgeReading&) const = default;
};

/// Where the connections of one process lead; only for processes whose fd links may be read.
struct ProcessPeerReading {
  std::optional<std::uint16_t> to;  ///< tier of the server; absent: no tier
  std::string peer;
  std::uint64_t connections = 0;
  auto operator<=>(const ProcessPeerReading&) const = default;
};
struct ProcessSocketsReading {
  ProcessId id;
  std::uint16_t tier = 0;
  std::uint64_t serving = 0;              ///< accepted connections it holds
  std::vector<ProcessPeerReading> peers;  ///< what it is connected to as a client
};

struct SocketReading {
  std::vector<ListenerReading> listeners;        ///< sorted by family and address
  std::vector<EdgeReading> edges;                ///< most connections first within (from, to)
  std::vector<ProcessSocketsReading> processes;  ///< sorted by id; empty without permission
  /// CLOCK_MONOTONIC of the list of connections, from which in_service, edges and processes follow:
  /// up to five seconds before the reading where listing them is dear.
  nanoseconds connections_at{};
  std::uint64_t connections = 0;     ///< sockets looked at, both ends counted
  std::uint64_t edges_left_out = 0;  ///< connections to peers beyond the longest list
  std::vector<std::string> notes;    ///< what cannot be seen and how to mend it
};

/// Why something could not be read. Gone is normal (processes end); the others are trouble worth a
/// look.
enum class Fault : std::uint8_t { kGone, kDenied, kMalformed, kOther };

/// "gone", "denied", "malformed", "other": the `reason` label of tierwatch_read_faults_total.
std::string_view to_string(Fault fault);

/// Faults since start, by kernel file ("status", "schedstat", "pressure/cpu", …) and reason. Never
/// falls.
using FaultCounts = std::map<std::pair<std::string, Fault>, std::uint64_t>;

/// Limits that a server sets itself, by its configuration files and command line. What cannot be
/// read, or is left to the program's default that we do not know, is absent.
struct ServerSettingsReading {
  std::uint16_t tier = 0;                           ///< index into TierRules::tiers
  ProcessId server;                                 ///< its first process: master, postmaster
  std::optional<std::uint64_t> worker_connections;  ///< nginx, of each worker
  /// Postgres: max_connections less those reserved for superusers.
  std::optional<std::uint64_t> usable_connections;
  std::optional<std::uint64_t> most_workers;  ///< php-fpm: pm.max_children of all its pools
  std::optional<std::uint64_t> most_clients;  ///< Redis: maxclients; HAProxy: global maxconn
  /// HAProxy: the least maxconn of a frontend, and of a server behind it; 0: none is set.
  std::optional<std::uint64_t> frontend_clients, server_connections;
  bool operator==(const ServerSettingsReading&) const = default;
};

/// What all collectors saw in one tick.
struct Reading {
  Instant at;
  HostReading host;
  std::vector<CgroupReading> cgroups;  ///< one for each different membership of a tier's processes
  /// Sorted by pid; every process of the machine that could be listed.
  std::vector<ProcessReading> processes;
  std::optional<SocketReading> sockets;         ///< absent when sockets are not watched
  std::vector<ServerSettingsReading> settings;  ///< of each server whose files are known, by pid
  std::optional<std::uint64_t> somaxconn;       ///< the longest accept queue this host grants
  std::optional<std::uint64_t> local_ports;     ///< that connections may leave by (TCP)
  std::optional<std::uint64_t> tcp_sockets;     ///< in use, or closed with their port still kept
  FaultCounts faults;
  /// What cannot be seen and how to mend it, e.g. "/proc is mounted with hidepid=2…".
  std::vector<std::string> notes;
};

}  // namespace tierwatch
