// SPDX-License-Identifier: MIT
#include "analysis/facts/process_rates.h"

#include <algorithm>

#include "analysis/facts/tier_totals.h"

namespace tierwatch {
namespace {

double ratio(nanoseconds part, nanoseconds whole) {
  return static_cast<double>(part.count()) / static_cast<double>(whole.count());
}

nanoseconds cpu_of(const ProcessReading& process) { return process.user_cpu + process.system_cpu; }

void fill_rates(ProcessSample& sample, const ProcessGrowth& growth, nanoseconds elapsed) {
  if (!growth.comparable || elapsed <= nanoseconds{}) return;
  // utime and stime move in steps of a clock tick; schedstat counts nanoseconds, but loses threads
  // that ended.
  const nanoseconds coarse(growth.own[kUserCpu] + growth.own[kSystemCpu]);
  sample.cpu_cores = ratio(growth.thread_run.value_or(coarse), elapsed);
  if (!sample.reading.threads) return;
  sample.run_delay_cores = ratio(growth.run_delay, elapsed);
  sample.hottest_thread_cores = ratio(growth.hottest_thread_run, elapsed);
  sample.hottest_tid = growth.hottest_tid;
}

/// A process of no tier: its rate spans its own two readings, and stands until the next.
std::optional<double> outsider_cores(const ProcessReading& reading, const OutsiderRate& before) {
  const nanoseconds span = reading.read_at - before.read_at;
  if (span <= nanoseconds{}) return before.cores;
  return std::max(0.0, ratio(cpu_of(reading) - before.cpu, span));
}

void keep_hotter(std::optional<Hottest>& hottest, const ProcessSample& process, pid_t tid,
                 std::optional<double> cores) {
  if (!cores || (hottest && hottest->cores >= *cores)) return;
  hottest = Hottest{.process = process.reading.id,
                    .tid = tid,
                    .role = process.reading.member->role,
                    .cores = *cores};
}

void keep_worse(std::optional<WorstFds>& worst, const ProcessReading& process) {
  if (!process.open_fds || !process.fd_limit || *process.fd_limit == 0) return;
  const double used =
      static_cast<double>(*process.open_fds) / static_cast<double>(*process.fd_limit);
  if (worst && worst->ratio >= used) return;
  worst = WorstFds{
      .process = process.id, .open = *process.open_fds, .limit = *process.fd_limit, .ratio = used};
}

}  // namespace

std::vector<ProcessSample> process_samples(std::vector<ProcessReading> readings,
                                           const std::vector<ProcessGrowth>& growth,
                                           nanoseconds elapsed,
                                           std::vector<OutsiderRate>& outsiders) {
  std::vector<ProcessSample> samples;
  samples.reserve(readings.size());
  std::vector<OutsiderRate> still_there;
  still_there.reserve(outsiders.size());
  auto before = outsiders.begin();
  for (std::size_t i = 0; i < readings.size(); ++i) {
    ProcessSample& sample = samples.emplace_back(ProcessSample{.reading = std::move(readings[i])});
    const ProcessReading& reading = sample.reading;
    if (reading.member) {
      fill_rates(sample, growth[i], elapsed);
      continue;
    }
    while (before != outsiders.end() && before->id < reading.id) ++before;
    if (before != outsiders.end() && before->id == reading.id)
      sample.cpu_cores = outsider_cores(reading, *before);
    still_there.push_back({reading.id, reading.read_at, cpu_of(reading), sample.cpu_cores});
  }
  outsiders = std::move(still_there);
  return samples;
}

void add_to_tier(std::vector<TierSample>& tiers, const ProcessSample& process) {
  const ProcessReading& reading = process.reading;
  if (!reading.member) return;
  TierSample& tier = tiers.at(reading.member->tier);
  add(tier.roles.at(reading.member->role).sums, reading);
  if (reading.state == 'Z') return;
  keep_hotter(tier.hottest_process, process, 0, process.cpu_cores);
  keep_hotter(tier.hottest_thread, process, process.hottest_tid, process.hottest_thread_cores);
  keep_worse(tier.worst_fds, reading);
  if (!tier.oldest_start || reading.id.started < *tier.oldest_start)
    tier.oldest_start = reading.id.started;
}

}  // namespace tierwatch
