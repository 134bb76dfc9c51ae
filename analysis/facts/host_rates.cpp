// SPDX-License-Identifier: MIT
#include "analysis/facts/host_rates.h"

#include <algorithm>

namespace tierwatch {
namespace {

/// Time in one mode. Single modes may step back (idle and iowait do, proc_stat(5)); that is no time
/// spent.
template <typename Duration>
double rise(Duration before, Duration now) {
  return static_cast<double>(std::max(Duration{}, now - before).count());
}

/// How many processors there were in an interval, at its two ends at least.
struct Processors {
  double least = 1, most = 1;
};

/// As many cores as there were processors, shared out among the modes by the time each took. One
/// that came or went was there for a part of the interval: the time that was accounted tells for
/// how much. Absent when no time was accounted, none has passed, or it is not
/// known how many there were.
std::optional<CpuModes> modes_between(const CpuTimes& before, const CpuTimes& now,
                                      Processors processors, nanoseconds elapsed) {
  // guest is part of user and guest_nice of nice: they are not added again.
  CpuModes modes{.user = rise(before.user, now.user),
                 .nice = rise(before.nice, now.nice),
                 .system = rise(before.system, now.system),
                 .idle = rise(before.idle, now.idle),
                 .iowait = rise(before.iowait, now.iowait),
                 .irq = rise(before.irq, now.irq),
                 .softirq = rise(before.softirq, now.softirq),
                 .steal = rise(before.steal, now.steal)};
  const double total = modes.busy() + modes.idle + modes.iowait + modes.steal;
  if (total <= 0 || elapsed <= nanoseconds{} || processors.most <= 0) return std::nullopt;
  const double there = std::clamp(total * 1e3 / static_cast<double>(elapsed.count()),
                                  processors.least, processors.most);
  for (double* mode : {&modes.user, &modes.nice, &modes.system, &modes.idle, &modes.iowait,
                       &modes.irq, &modes.softirq, &modes.steal})
    *mode *= there / total;
  return modes;
}

std::optional<double> stall_ratio(const std::optional<PressureReading>& before,
                                  const std::optional<PressureReading>& now, nanoseconds elapsed) {
  if (!before || !now || now->some < before->some || elapsed <= nanoseconds{}) return std::nullopt;
  return std::min(1.0, rise(before->some, now->some) / static_cast<double>(elapsed.count()));
}

Processors processors_between(const HostReading& before, const HostReading& now) {
  const auto then = static_cast<double>(before.cpus.size());
  const auto since = static_cast<double>(now.cpus.size());
  return {.least = std::min(then, since), .most = std::max(then, since)};
}

bool row_goes_on(const HostReading& now, std::size_t row) {
  return row >= now.cpu_numbers.size() ||
         !now.restarted.contains("cpu " + std::to_string(now.cpu_numbers[row]));
}

}  // namespace

HostSample host_sample(const HostReading* before, HostReading now, nanoseconds elapsed) {
  HostSample sample{.processors = static_cast<unsigned>(now.cpus.size())};
  if (before != nullptr) {
    const auto goes_on = [&now](const std::string& name) { return !now.restarted.contains(name); };
    if (before->cpu && now.cpu && goes_on("cpu"))
      sample.cpu = modes_between(*before->cpu, *now.cpu, processors_between(*before, now), elapsed);
    // A processor that came or went shifts the rows.
    if (before->cpus.size() == now.cpus.size() && before->cpu_numbers == now.cpu_numbers) {
      for (std::size_t i = 0; i < now.cpus.size(); ++i)
        sample.cpus.push_back(row_goes_on(now, i)
                                  ? modes_between(before->cpus[i], now.cpus[i], {}, elapsed)
                                  : std::nullopt);
    }
    if (goes_on("cpu pressure"))
      sample.cpu_pressure_ratio = stall_ratio(before->cpu_pressure, now.cpu_pressure, elapsed);
    if (goes_on("memory pressure"))
      sample.memory_pressure_ratio =
          stall_ratio(before->memory_pressure, now.memory_pressure, elapsed);
    if (goes_on("io pressure"))
      sample.io_pressure_ratio = stall_ratio(before->io_pressure, now.io_pressure, elapsed);
  }
  sample.reading = std::move(now);
  return sample;
}

}  // namespace tierwatch
