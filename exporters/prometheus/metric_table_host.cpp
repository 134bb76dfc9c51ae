// SPDX-License-Identifier: MIT
#include <unistd.h>

#include "exporters/prometheus/metric_sources.h"
#include "exporters/prometheus/metric_table_parts.h"

namespace tierwatch {
namespace {

/// Pages of this machine, as bytes.
HostValue pages_of(std::optional<std::uint64_t> HostReading::*pages) {
  return [pages](const HostSample& host) -> MetricValue {
    const auto& count = host.reading.*pages;
    return count ? metric_value(*count * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)))
                 : std::nullopt;
  };
}

LabelledValues pressures(const Snapshot& snapshot) {
  LabelledValues values;
  const auto add = [&](const char* resource, const char* kind, const auto& time) {
    if (const MetricValue known = metric_value(time)) values[{resource, kind}] = *known;
  };
  const HostReading& host = snapshot.host.reading;
  if (host.cpu_pressure) add("cpu", "waiting", host.cpu_pressure->some);
  for (const auto& [resource, pressure] :
       {std::pair("memory", host.memory_pressure), std::pair("io", host.io_pressure)}) {
    if (!pressure) continue;
    add(resource, "waiting", pressure->some);
    add(resource, "stalled", pressure->full);
  }
  return values;
}

}  // namespace

MetricRows host_cpu_rows() {
  const auto mode = [](CpuTimes::Time CpuTimes::*field) {
    return host_field(&HostReading::cpu, field);
  };
  return {
      {"tierwatch_host_processors", kGauge, "", "Processors online in the latest sample.",
       of_host([](const HostSample& host) -> MetricValue {
         return host.processors > 0 ? metric_value(host.processors) : std::nullopt;
       })},
      {"tierwatch_host_cpu_seconds_total", kCounter, "seconds",
       "Time of all processors since boot by mode; guests are part of user and nice, as the kernel "
       "counts them.",
       of_host_by("mode", {{"user", mode(&CpuTimes::user)},
                           {"nice", mode(&CpuTimes::nice)},
                           {"system", mode(&CpuTimes::system)},
                           {"idle", mode(&CpuTimes::idle)},
                           {"iowait", mode(&CpuTimes::iowait)},
                           {"irq", mode(&CpuTimes::irq)},
                           {"softirq", mode(&CpuTimes::softirq)},
                           {"steal", mode(&CpuTimes::steal)}})},
      {"tierwatch_host_load1", kGauge, "", "Load average over 1 minute.",
       of_host(host_field(&HostReading::load1))},
      {"tierwatch_host_load5", kGauge, "", "Load average over 5 minutes.",
       of_host(host_field(&HostReading::load5)), kDetail},
      {"tierwatch_host_load15", kGauge, "", "Load average over 15 minutes.",
       of_host(host_field(&HostReading::load15)), kDetail},
      {"tierwatch_host_runnable_threads", kGauge, "",
       "Threads running or ready to run at the latest sample, the daemon's own included.",
       of_host(host_field(&HostReading::runnable))},
      {"tierwatch_host_blocked_threads", kGauge, "",
       "Threads waiting for disk at the latest sample.",
       of_host(host_field(&HostReading::blocked))},
      {"tierwatch_host_forks_total", kCounter, "", "Processes and threads created since boot.",
       of_host(host_field(&HostReading::forks)), kDetail},
      {"tierwatch_host_context_switches_total", kCounter, "",
       "Context switches of all processors since boot.",
       of_host(host_field(&HostReading::context_switches)), kDetail},
  };
}

MetricRows host_memory_rows() {
  const auto memory = [](std::uint64_t HostMemoryReading::*field) {
    return of_host(host_field(&HostReading::memory, field));
  };
  return {
      {"tierwatch_host_memory_total_bytes", kGauge, "bytes",
       "Memory of the machine that the kernel can use.", memory(&HostMemoryReading::total_bytes)},
      {"tierwatch_host_memory_available_bytes", kGauge, "bytes",
       "The kernel's estimate, at the latest sample, of what new work could get without swapping.",
       memory(&HostMemoryReading::available_bytes)},
      {"tierwatch_host_memory_free_bytes", kGauge, "bytes",
       "Memory not used for anything at the latest sample.", memory(&HostMemoryReading::free_bytes),
       kDetail},
      {"tierwatch_host_memory_buffers_bytes", kGauge, "bytes",
       "Block device buffers at the latest sample.", memory(&HostMemoryReading::buffers_bytes),
       kDetail},
      {"tierwatch_host_memory_cached_bytes", kGauge, "bytes",
       "Page cache at the latest sample, shared memory included.",
       memory(&HostMemoryReading::cached_bytes), kDetail},
      {"tierwatch_host_swap_total_bytes", kGauge, "bytes", "Swap space of the machine.",
       memory(&HostMemoryReading::swap_total_bytes)},
      {"tierwatch_host_swap_free_bytes", kGauge, "bytes", "Unused swap space at the latest sample.",
       memory(&HostMemoryReading::swap_free_bytes)},
      {"tierwatch_host_swap_in_bytes_total", kCounter, "bytes",
       "Bytes read back from swap since boot.", of_host(pages_of(&HostReading::swap_in_pages))},
      {"tierwatch_host_swap_out_bytes_total", kCounter, "bytes",
       "Bytes written to swap since boot.", of_host(pages_of(&HostReading::swap_out_pages))},
      {"tierwatch_host_reclaim_direct_scanned_pages_total", kCounter, "",
       "Pages scanned since boot by processes that had to wait for memory to be freed on the whole "
       "machine.",
       of_host(host_field(&HostReading::direct_scanned_pages))},
      {"tierwatch_host_reclaim_background_scanned_pages_total", kCounter, "",
       "Pages scanned since boot by the kernel's own threads to free memory (kswapd).",
       of_host(host_field(&HostReading::background_scanned_pages)), kDetail},
      {"tierwatch_host_refaulted_pages_total", kCounter, "",
       "File pages read again since boot soon after they were dropped to free memory, also in "
       "cgroups with a limit.",
       of_host(host_field(&HostReading::refaulted_pages)), kDetail},
      {"tierwatch_host_oom_kills_total", kCounter, "",
       "Processes that the OOM killer ended since boot.",
       of_host(host_field(&HostReading::oom_kills))},
  };
}

// "waiting" and "stalled" are the kernel's "some" and "full" (Documentation/accounting/psi.rst).
// There is no stalled CPU: for the whole machine the kernel leaves it undefined and shows 0
// since 5.13.
MetricRows host_pressure_rows() {
  return {
      {"tierwatch_host_pressure_seconds_total", kCounter, "seconds",
       "Time since boot in which tasks waited for a resource (cpu, memory, io): waiting, at least "
       "one task; stalled, all tasks that had work.",
       of_snapshot_by({"resource", "kind"}, pressures)},
  };
}

MetricRows host_disk_rows() {
  const auto per_disk = [](auto DiskReading::*field) {
    return of_snapshot_by({"device"}, [field](const Snapshot& snapshot) {
      LabelledValues values;
      for (const DiskReading& disk : snapshot.host.reading.disks)
        values.emplace(std::vector{label_text(disk.name)}, *metric_value(disk.*field));
      return values;
    });
  };
  return {
      {"tierwatch_host_disk_busy_seconds_total", kCounter, "seconds",
       "Time since boot in which the disk had a request under way; starts again at 0 after 49.7 "
       "days of it.",
       per_disk(&DiskReading::busy)},
      {"tierwatch_host_disk_queue_seconds_total", kCounter, "seconds",
       "Time that requests were under way or waiting, summed over requests: its rate is the mean "
       "queue.",
       per_disk(&DiskReading::queued)},
      {"tierwatch_host_disk_read_bytes_total", kCounter, "bytes",
       "Bytes read from the disk since boot.", per_disk(&DiskReading::read_bytes)},
      {"tierwatch_host_disk_written_bytes_total", kCounter, "bytes",
       "Bytes written to the disk since boot.", per_disk(&DiskReading::written_bytes)},
  };
}

MetricRows host_link_rows() {
  const auto per_link = [](auto LinkReading::*field) {
    return of_snapshot_by({"device"}, [field](const Snapshot& snapshot) {
      LabelledValues values;
      for (const LinkReading& link : snapshot.host.reading.links)
        values.emplace(std::vector{label_text(link.name)}, *metric_value(link.*field));
      return values;
    });
  };
  return {
      {"tierwatch_host_link_speed_bytes", kGauge, "bytes",
       "Bytes a second that a network link can carry in each direction; links without a known "
       "speed (bridges, most of virtual machines) are left out.",
       of_snapshot_by({"device"},
                      [](const Snapshot& snapshot) {
                        LabelledValues values;
                        for (const LinkReading& link : snapshot.host.reading.links)
                          values.emplace(std::vector{label_text(link.name)},
                                         *metric_value(link.bits_per_second / 8));
                        return values;
                      })},
      {"tierwatch_host_link_received_bytes_total", kCounter, "bytes",
       "Bytes received over such a link.", per_link(&LinkReading::received_bytes)},
      {"tierwatch_host_link_sent_bytes_total", kCounter, "bytes", "Bytes sent over such a link.",
       per_link(&LinkReading::sent_bytes)},
  };
}

MetricRows host_limit_rows() {
  return {
      {"tierwatch_host_open_files", kGauge, "",
       "File handles in use on the machine at the latest sample.",
       of_host(host_field(&HostReading::open_files))},
      {"tierwatch_host_files_limit", kGauge, "",
       "File handles the kernel would hand out (fs.file-max).",
       of_host(host_field(&HostReading::max_files))},
      {"tierwatch_host_listen_overflows_total", kCounter, "",
       "TCP connections dropped since boot because an accept queue was full; the kernel counts no "
       "Unix sockets here.",
       of_host(host_field(&HostReading::listen_overflows))},
      {"tierwatch_host_listen_drops_total", kCounter, "",
       "TCP connection requests dropped since boot by listening sockets, for any reason.",
       of_host(host_field(&HostReading::listen_drops))},
      {"tierwatch_host_syn_drops_total", kCounter, "",
       "TCP connection requests dropped since boot because too many connections were half open "
       "(SYN backlog, TCPReqQFullDrop).",
       of_host(host_field(&HostReading::syn_drops))},
      {"tierwatch_host_tracked_connections", kGauge, "",
       "Connections that the kernel tracks for a firewall or NAT (nf_conntrack_count); absent "
       "where "
       "it tracks none.",
       of_host(host_field(&HostReading::tracked_connections))},
      {"tierwatch_host_tracked_connections_limit", kGauge, "",
       "Connections that it would track; it drops what comes beyond (nf_conntrack_max).",
       of_host(host_field(&HostReading::max_tracked_connections))},
  };
}

}  // namespace tierwatch
