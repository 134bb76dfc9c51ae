// SPDX-License-Identifier: MIT
#include "collectors/host/host_totals.h"

#include <algorithm>
#include <utility>

namespace tierwatch {
namespace {

/// The next two: true when it has started anew.
bool raise_count(RisingCounter& counter, std::uint64_t& value) {
  value = static_cast<std::uint64_t>(counter.advance(static_cast<std::int64_t>(value)));
  return counter.restarted();
}

bool raise_time(RisingCounter& counter, nanoseconds& value) {
  value = nanoseconds(counter.advance(value.count()));
  return counter.restarted();
}

}  // namespace

std::int64_t RisingCounter::advance(std::int64_t read, std::int64_t jitter) {
  restarted_ = read < highest_ && highest_ - read > jitter;
  if (restarted_) {
    before_ += highest_ - read;
    highest_ = read;
  }
  highest_ = std::max(highest_, read);
  return before_ + highest_;
}

std::int64_t RisingCounter::advance_wrapping(std::int64_t read, std::int64_t range) {
  if (read < highest_ && highest_ > range / 2) {
    before_ += range;
    highest_ = read;
  }
  return advance(read);
}

bool HostTotals::raise(CpuTimes& times, Counters& counters) {
  // Steps back are of some ticks; a processor that comes back starts seconds or hours lower.
  constexpr CpuTimes::Time kJitter = std::chrono::seconds(3);
  bool restarted = false;
  for (const auto& [name, time] :
       {std::pair("user", &times.user), std::pair("nice", &times.nice),
        std::pair("system", &times.system), std::pair("idle", &times.idle),
        std::pair("iowait", &times.iowait), std::pair("irq", &times.irq),
        std::pair("softirq", &times.softirq), std::pair("steal", &times.steal),
        std::pair("guest", &times.guest), std::pair("guest_nice", &times.guest_nice)}) {
    RisingCounter& counter = counters[name];
    *time = CpuTimes::Time(counter.advance(time->count(), kJitter.count()));
    restarted |= counter.restarted();
  }
  return restarted;
}

bool HostTotals::raise_disk(DiskReading& disk) {
  constexpr nanoseconds kRange = std::chrono::milliseconds(std::int64_t{1} << 32);
  auto& counters = disks_[disk.name];
  bool restarted = false;
  for (const auto& [name, count] :
       {std::pair("reads", &disk.reads), std::pair("writes", &disk.writes),
        std::pair("read bytes", &disk.read_bytes), std::pair("written bytes", &disk.written_bytes)})
    restarted |= raise_count(counters[name], *count);
  for (const auto& [name, time] :
       {std::pair("busy", &disk.busy), std::pair("queued", &disk.queued)}) {
    *time = nanoseconds(counters[name].advance_wrapping(time->count(), kRange.count()));
    restarted |= counters[name].restarted();
  }
  return restarted;
}

bool HostTotals::raise_link(LinkReading& link) {
  auto& counters = links_[link.name];
  const bool received = raise_count(counters["received"], link.received_bytes);
  const bool sent = raise_count(counters["sent"], link.sent_bytes);
  return received || sent;
}

void HostTotals::raise_pressure(HostReading& host) {
  for (const auto& [name, pressure] : {std::pair("cpu pressure", &host.cpu_pressure),
                                       std::pair("memory pressure", &host.memory_pressure),
                                       std::pair("io pressure", &host.io_pressure)}) {
    if (!*pressure) continue;
    const bool some = raise_time(counters_[std::string(name) + " some"], (*pressure)->some);
    const bool full = raise_time(counters_[std::string(name) + " full"], (*pressure)->full);
    if (some || full) host.restarted.insert(name);
  }
}

void HostTotals::raise(HostReading& host) {
  const auto note = [&host](bool restarted, const std::string& name) {
    if (restarted) host.restarted.insert(name);
  };
  if (host.cpu) note(raise(*host.cpu, all_cpus_), "cpu");
  for (std::size_t i = 0; i < host.cpus.size(); ++i)
    note(raise(host.cpus[i], cpus_[host.cpu_numbers[i]]),
         "cpu " + std::to_string(host.cpu_numbers[i]));
  for (const auto& [name, count] :
       {std::pair("forks", &host.forks), std::pair("context switches", &host.context_switches),
        std::pair("listen overflows", &host.listen_overflows),
        std::pair("listen drops", &host.listen_drops), std::pair("syn drops", &host.syn_drops),
        std::pair("failed connects", &host.failed_connects),
        std::pair("oom kills", &host.oom_kills), std::pair("swap in", &host.swap_in_pages),
        std::pair("swap out", &host.swap_out_pages),
        std::pair("direct reclaim", &host.direct_scanned_pages),
        std::pair("background reclaim", &host.background_scanned_pages),
        std::pair("refaults", &host.refaulted_pages)})
    if (*count) note(raise_count(counters_[name], **count), name);
  raise_pressure(host);
  for (LinkReading& link : host.links) note(raise_link(link), "link " + link.name);
  for (DiskReading& disk : host.disks) note(raise_disk(disk), "disk " + disk.name);
}

}  // namespace tierwatch
