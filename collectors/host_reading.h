// SPDX-License-Identifier: MIT
//
// What was read of the host: counters since boot.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collectors/instant.h"

namespace tierwatch {

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

/// A network link of our own namespace, since it was made. Its speed is that of each direction.
struct LinkReading {
  std::string name;  ///< "eth0"
  std::uint64_t bits_per_second = 0;
  std::uint64_t received_bytes = 0, sent_bytes = 0;
  bool operator==(const LinkReading&) const = default;
};

/// What waits to be sent over a link of our own namespace, as its queueing discipline counts it.
struct LinkQueueReading {
  std::string name;              ///< "eth0"
  std::uint64_t packets = 0;     ///< now
  std::uint64_t sent_bytes = 0;  ///< since the queue was made
  bool operator==(const LinkQueueReading&) const = default;
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
  std::optional<std::uint64_t> listen_overflows, listen_drops, syn_drops;
  /// Connections that processes here tried to open, and did not get (Tcp AttemptFails).
  std::optional<std::uint64_t> failed_connects;
  /// Connections that are tracked for a firewall or NAT, and the most there may be
  /// (net.netfilter.nf_conntrack_count, _max), this namespace; absent where none are.
  std::optional<std::uint64_t> tracked_connections, max_tracked_connections;
  std::optional<std::uint64_t> oom_kills, swap_in_pages, swap_out_pages;  ///< /proc/vmstat
  /// Pages looked at since boot to make room, for want of memory of the whole machine (that of
  /// cgroups is counted there): by whoever wanted some, who waits meanwhile, and by the kernel's
  /// own threads; pages of the page cache that were read again soon after they were dropped.
  std::optional<std::uint64_t> direct_scanned_pages, background_scanned_pages, refaulted_pages;
  std::vector<LinkReading> links;             ///< whose speed is known, by name; else empty
  std::vector<LinkQueueReading> link_queues;  ///< that are no delay line, by name; else empty
  std::vector<DiskReading> disks;  ///< whole devices, without partitions, loop and ram; else empty
  /// Counters of the kernel that have started anew since the reading before ("oom kills", "cpu 3",
  /// "disk sda", "io pressure"): what they counted meanwhile is not known, and no growth of zero.
  std::set<std::string> restarted;
  bool operator==(const HostReading&) const = default;
};

}  // namespace tierwatch
