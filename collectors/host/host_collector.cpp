// SPDX-License-Identifier: MIT
#include "collectors/host/host_collector.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "collectors/host/link_queues.h"
#include "collectors/parse/proc_text_host.h"

namespace tierwatch {
namespace {

/// Not a part of memory (ram, zram) or of another file system (loop).
bool is_disk(std::string_view name) {
  return !name.starts_with("loop") && !name.starts_with("ram") && !name.starts_with("zram");
}

/// As a directory of /sys/block is called: "cciss/c0d0" is "cciss!c0d0" there.
std::string sysfs_name(std::string name) {
  std::replace(name.begin(), name.end(), '/', '!');
  return name;
}

}  // namespace

template <typename Parser>
auto HostCollector::read_parsed(const char* name, Parser parse) {
  const FileText file = files_.read(std::string("proc/") + name, buffer_);
  decltype(parse(file.text)) parsed;
  std::optional<Fault> fault = file.fault;
  if (file) {
    parsed = parse(file.text);
    if (!parsed) fault = Fault::kMalformed;
  }
  if (fault && *fault != Fault::kGone) faults_.count(name, *fault);
  return parsed;
}

void HostCollector::read_stat(HostReading& host) {
  const auto tick = CpuTimes::Time(std::chrono::seconds(1)) / sysconf(_SC_CLK_TCK);
  auto stat = read_parsed("stat", [tick](std::string_view text) { return parse_stat(text, tick); });
  if (!stat) return;
  host.cpu = stat->cpu;
  host.cpus = std::move(stat->cpus);
  host.cpu_numbers = std::move(stat->cpu_numbers);
  host.runnable = stat->runnable;
  host.blocked = stat->blocked;
  host.forks = stat->forks;
  host.context_switches = stat->context_switches;
}

void HostCollector::read_load(HostReading& host) {
  const auto load = read_parsed("loadavg", parse_loadavg);
  if (!load) return;
  host.load1 = load->load1;
  host.load5 = load->load5;
  host.load15 = load->load15;
}

void HostCollector::read_memory(HostReading& host) {
  host.memory = read_parsed("meminfo", parse_meminfo);
  const auto vmstat = read_parsed("vmstat", parse_vmstat);
  if (!vmstat) return;
  host.oom_kills = vmstat->oom_kills;
  host.swap_in_pages = vmstat->swap_in_pages;
  host.swap_out_pages = vmstat->swap_out_pages;
  host.direct_scanned_pages = vmstat->direct_scanned_pages;
  host.background_scanned_pages = vmstat->background_scanned_pages;
  host.refaulted_pages = vmstat->refaulted_pages;
}

void HostCollector::read_pressure(HostReading& host) {
  Fault why{};
  has_pressure_ = files_.status("proc/pressure", why) || why != Fault::kGone;
  if (!has_pressure_) return;
  host.cpu_pressure = read_parsed("pressure/cpu", parse_pressure);
  host.memory_pressure = read_parsed("pressure/memory", parse_pressure);
  host.io_pressure = read_parsed("pressure/io", parse_pressure);
}

void HostCollector::read_tables(HostReading& host) {
  if (const auto table = read_parsed("sys/fs/file-nr", parse_file_nr)) {
    host.open_files = table->open_files;
    host.max_files = table->max_files;
  }
  if (const auto netstat = read_parsed("net/netstat", parse_netstat)) {
    host.listen_overflows = netstat->listen_overflows;
    host.listen_drops = netstat->listen_drops;
    host.syn_drops = netstat->syn_drops;
  }
  host.failed_connects = read_parsed("net/snmp", parse_snmp_failed_connects);
  host.tracked_connections = read_parsed("sys/net/netfilter/nf_conntrack_count", parse_one_number);
  if (host.tracked_connections)
    host.max_tracked_connections =
        read_parsed("sys/net/netfilter/nf_conntrack_max", parse_one_number);
}

void HostCollector::read_disks(HostReading& host) {
  auto disks = read_parsed("diskstats", parse_diskstats);
  if (!disks) return;
  Fault why{};
  const auto block = files_.list("sys/block", why);  // whole devices: partitions stand below them
  if (!block && why != Fault::kGone) faults_.count("sys/block", why);
  if (!block) return;
  for (DiskReading& disk : *disks) {
    if (is_disk(disk.name) &&
        std::find(block->begin(), block->end(), sysfs_name(disk.name)) != block->end())
      host.disks.push_back(std::move(disk));
  }
}

HostReading HostCollector::collect(nanoseconds now) {
  HostReading host;
  read_stat(host);
  read_load(host);
  read_memory(host);
  read_pressure(host);
  read_tables(host);
  read_disks(host);
  host.links = links_.collect(now);
  host.link_queues = read_link_queues();
  totals_.raise(host);
  return host;
}

std::vector<std::string> HostCollector::notes() const {
  if (has_pressure_) return {};
  return {"pressure (PSI) is disabled in this kernel (no /proc/pressure): boot it with psi=1"};
}

}  // namespace tierwatch
