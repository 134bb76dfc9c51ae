// SPDX-License-Identifier: MIT
#include "collectors/host/host_totals.h"

#include <algorithm>
#include <utility>

namespace tierwatch {
namespace {

void raise_count(RisingCounter& counter, std::uint64_t& value) {
  value = static_cast<std::uint64_t>(counter.advance(static_cast<std::int64_t>(value)));
}

void raise_time(RisingCounter& counter, nanoseconds& value) {
  value = nanoseconds(counter.advance(value.count()));
}

}  // namespace

std::int64_t RisingCounter::advance(std::int64_t read, std::int64_t jitter) {
  if (read < highest_ && highest_ - read > jitter) {
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

void HostTotals::raise(CpuTimes& times, std::map<std::string, RisingCounter>& counters) {
  // Steps back are of some ticks; a processor that comes back starts seconds or hours lower.
  constexpr CpuTimes::Time kJitter = std::chrono::seconds(3);
  for (const auto& [name, time] :
       {std::pair("user", &times.user), std::pair("nice", &times.nice),
        std::pair("system", &times.system), std::pair("idle", &times.idle),
        std::pair("iowait", &times.iowait), std::pair("irq", &times.irq),
        std::pair("softirq", &times.softirq), std::pair("steal", &times.steal),
        std::pair("guest", &times.guest), std::pair("guest_nice", &times.guest_nice)})
    *time = CpuTimes::Time(counters[name].advance(time->count(), kJitter.count()));
}

void HostTotals::raise_disk(DiskReading& disk) {
  constexpr nanoseconds kRange = std::chrono::milliseconds(std::int64_t{1} << 32);
  auto& counters = disks_[disk.name];
  raise_count(counters["reads"], disk.reads);
  raise_count(counters["writes"], disk.writes);
  raise_count(counters["read bytes"], disk.read_bytes);
  raise_count(counters["written bytes"], disk.written_bytes);
  for (const auto& [name, time] :
       {std::pair("busy", &disk.busy), std::pair("queued", &disk.queued)})
    *time = nanoseconds(counters[name].advance_wrapping(time->count(), kRange.count()));
}

void HostTotals::raise(HostReading& host) {
  if (host.cpu) raise(*host.cpu, all_cpus_);
  for (std::size_t i = 0; i < host.cpus.size(); ++i)
    raise(host.cpus[i], cpus_[host.cpu_numbers[i]]);
  for (const auto& [name, count] :
       {std::pair("forks", &host.forks), std::pair("context switches", &host.context_switches),
        std::pair("listen overflows", &host.listen_overflows),
        std::pair("listen drops", &host.listen_drops), std::pair("oom kills", &host.oom_kills),
        std::pair("swap in", &host.swap_in_pages), std::pair("swap out", &host.swap_out_pages)})
    if (*count) raise_count(counters_[name], **count);
  for (const auto& [name, pressure] :
       {std::pair("cpu", &host.cpu_pressure), std::pair("memory", &host.memory_pressure),
        std::pair("io", &host.io_pressure)}) {
    if (!*pressure) continue;
    raise_time(counters_[std::string(name) + " some"], (*pressure)->some);
    raise_time(counters_[std::string(name) + " full"], (*pressure)->full);
  }
  for (DiskReading& disk : host.disks) raise_disk(disk);
}

}  // namespace tierwatch
