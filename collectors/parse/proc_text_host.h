// SPDX-License-Identifier: MIT
//
// Parsers of the kernel's files about the whole machine, one per file and named after it: text in,
// values out, pure. Every one of these files ends with a newline: a text that does not was cut
// short, perhaps inside a number, and is not believed. Neither is a text in which a number we want
// does not read as one or does not fit. Lines and columns we do not know are passed over.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "collectors/host_reading.h"

namespace tierwatch {

/// /proc/stat, see proc_stat(5).
struct StatText {
  CpuTimes cpu;                       ///< all processors; columns an older kernel lacks are zero
  std::vector<CpuTimes> cpus;         ///< empty unless the text goes on after the last of them
  std::vector<unsigned> cpu_numbers;  ///< of each of `cpus`
  std::optional<std::uint64_t> context_switches;  ///< ctxt
  std::optional<std::uint64_t> forks;             ///< processes
  std::optional<std::uint64_t> runnable;          ///< procs_running
  std::optional<std::uint64_t> blocked;           ///< procs_blocked
};
/// `tick` is the unit of the kernel's times, 1 s / sysconf(_SC_CLK_TCK). Absent without a "cpu" row
/// of at least user, nice, system and idle; also when a time exceeds 292 years.
std::optional<StatText> parse_stat(std::string_view text, CpuTimes::Time tick);

/// /proc/meminfo, see proc_meminfo(5). Whole or not at all: MemAvailable came with Linux 3.14.
std::optional<HostMemoryReading> parse_meminfo(std::string_view text);

/// /proc/loadavg, see proc_loadavg(5).
struct LoadText {
  double load1 = 0, load5 = 0, load15 = 0;
};
std::optional<LoadText> parse_loadavg(std::string_view text);

/// A file of /proc/pressure or a cgroup's *.pressure: stall times, told in microseconds. Before
/// Linux 5.13 cpu had no "full" line; it is zero then (Documentation/accounting/psi.rst).
std::optional<PressureReading> parse_pressure(std::string_view text);

/// A file of /proc/sys that holds one number.
std::optional<std::uint64_t> parse_one_number(std::string_view text);

/// /proc/sys/fs/file-nr: descriptions in use and their limit, see proc_sys_fs(5).
struct FileTableText {
  std::uint64_t open_files = 0, max_files = 0;
};
std::optional<FileTableText> parse_file_nr(std::string_view text);

/// /proc/net/netstat, TcpExt: connections that found the accept queue full, and all that a listener
/// lost for any reason (net/ipv4/proc.c); questions for a connection that found too many half-open
/// ones (TCPReqQFullDrop).
struct NetstatText {
  std::optional<std::uint64_t> listen_overflows, listen_drops, syn_drops;
};
/// Absent without the two TcpExt lines: names, then as many values.
std::optional<NetstatText> parse_netstat(std::string_view text);

/// /proc/net/snmp, Tcp AttemptFails: connections that were refused, or timed out, before they were
/// there (net/ipv4/proc.c; RFC 4022). Absent without the two Tcp lines.
std::optional<std::uint64_t> parse_snmp_failed_connects(std::string_view text);

/// /proc/vmstat. oom_kill came with Linux 4.13; the swap counters need CONFIG_SWAP. Reclaim is that
/// of the whole machine (pgscan_direct, pgscan_kswapd: mm/vmscan.c leaves that of cgroups out);
/// pages read back soon are those of files (workingset_refault before Linux 5.9).
struct VmstatText {
  std::optional<std::uint64_t> oom_kills, swap_in_pages, swap_out_pages;
  std::optional<std::uint64_t> direct_scanned_pages, background_scanned_pages, refaulted_pages;
};
/// Absent when the text lacks what every kernel writes (nr_free_pages).
std::optional<VmstatText> parse_vmstat(std::string_view text);

/// /proc/diskstats, every device and partition in the kernel's order. Discards and flushes, which
/// later kernels append, are passed over.
std::optional<std::vector<DiskReading>> parse_diskstats(std::string_view text);

}  // namespace tierwatch
