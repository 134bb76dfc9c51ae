// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "collectors/seconds.h"
#include "exporters/prometheus/metric_sources.h"
#include "exporters/prometheus/metric_table_parts.h"

namespace tierwatch {
namespace {

MetricSource oldest_start() {
  return {{"tier"}, [](const MetricInput& input, std::vector<MetricSample>& samples) {
            if (!input.snapshot) return;
            const Instant& at = input.snapshot->at;
            for (const TierSample& tier : input.snapshot->tiers) {
              if (!tier.oldest_start) continue;
              const auto start = at.wall.time_since_epoch() - at.boot + *tier.oldest_start;
              // The kernel counts starts in steps of 10 ms; finer digits would wander with each
              // sample.
              const double seconds = seconds_of(start);
              samples.push_back({{tier.name}, std::round(seconds * 10) / 10});
            }
          }};
}

/// In the order of ranks; of two alike it is the same which is first.
LabelledValues busiest_processes_by_rank(const Snapshot& snapshot) {
  constexpr std::size_t kRanks = 5;
  std::map<std::uint16_t, std::vector<double>> cores_of;
  for (const ProcessSample& process : snapshot.processes)
    if (process.reading.member && process.cpu_cores)
      cores_of[process.reading.member->tier].push_back(*process.cpu_cores);
  LabelledValues values;
  for (auto& [tier, cores] : cores_of) {
    if (tier >= snapshot.tiers.size()) continue;
    std::ranges::sort(cores, std::ranges::greater{});
    for (std::size_t i = 0; i < std::min(cores.size(), kRanks); ++i)
      values[{snapshot.tiers[tier].name, std::to_string(i + 1)}] = cores[i];
  }
  return values;
}

MetricSource tier_info() {
  return {{"tier", "preset"}, [](const MetricInput& input, std::vector<MetricSample>& samples) {
            if (!input.snapshot) return;
            for (const TierSample& tier : input.snapshot->tiers)
              samples.push_back({{tier.name, tier.preset}, 1});
          }};
}

}  // namespace

MetricRows tier_process_rows() {
  return {
      {"tierwatch_tier_processes", kGauge, "",
       "Living processes in the latest sample, zombies not counted; 0 for a watched tier that has "
       "none.",
       always_by_role(per_role(role_field(&GaugeSums::processes)))},
      {"tierwatch_tier_threads", kGauge, "",
       "Threads of the living processes in the latest sample.",
       per_role(role_field(&GaugeSums::threads)), kDetail},
      {"tierwatch_tier_state_processes", kGauge, "",
       "Living processes by the scheduling state of their main thread in the latest sample: they "
       "add up to tierwatch_tier_processes.",
       per_role_by("state", {{"running", role_field(&GaugeSums::running)},
                             {"sleeping", role_field(&GaugeSums::sleeping)},
                             {"disk_sleeping", role_field(&GaugeSums::disk_sleeping)},
                             {"stopped", role_field(&GaugeSums::stopped)},
                             {"other", role_field(&GaugeSums::other_state)}}),
       kDetail},
      {"tierwatch_tier_zombie_processes", kGauge, "",
       "Processes that ended and that their parent has not waited for, in the latest sample.",
       per_role(role_field(&GaugeSums::zombies)), kDetail},
      {"tierwatch_tier_open_fds", kGauge, "",
       "Open file descriptors in the latest sample, summed over processes.",
       per_role(role_field(&GaugeSums::open_fds))},
  };
}

MetricRows tier_counter_rows() {
  return {
      {"tierwatch_tier_cpu_seconds_total", kCounter, "seconds",
       "CPU time used since the daemon first saw the tier, with that of children too short-lived "
       "to be sampled.",
       per_role_by("mode", {{"user", role_field(&CounterTotals::user_cpu)},
                            {"system", role_field(&CounterTotals::system_cpu)}})},
      {"tierwatch_tier_cpu_run_delay_seconds_total", kCounter, "seconds",
       "Time in which threads were ready to run but waited for a CPU, summed over all threads.",
       per_role(role_field(&CounterTotals::run_delay))},
      {"tierwatch_tier_major_page_faults_total", kCounter, "",
       "Page faults that had to read from disk.",
       per_role(role_field(&CounterTotals::major_faults)), kDetail},
      {"tierwatch_tier_voluntary_context_switches_total", kCounter, "",
       "Times a thread gave up its CPU to wait for something.",
       per_role(role_field(&CounterTotals::voluntary_switches)), kDetail},
      {"tierwatch_tier_involuntary_context_switches_total", kCounter, "",
       "Times a thread that could go on was taken off its CPU.",
       per_role(role_field(&CounterTotals::involuntary_switches)), kDetail},
      {"tierwatch_tier_read_bytes_total", kCounter, "bytes",
       "Bytes read from block devices; only of processes whose io the daemon may read.",
       per_role(role_field(&CounterTotals::read_bytes))},
      {"tierwatch_tier_written_bytes_total", kCounter, "bytes",
       "Bytes written towards block devices; only of processes whose io the daemon may read.",
       per_role(role_field(&CounterTotals::written_bytes))},
  };
}

MetricRows tier_memory_rows() {
  return {
      {"tierwatch_tier_resident_memory_bytes", kGauge, "bytes",
       "Resident memory in the latest sample, summed over processes: pages they share are counted "
       "once for each.",
       per_role(role_field(&MemoryReading::resident_bytes))},
      {"tierwatch_tier_anonymous_memory_bytes", kGauge, "bytes",
       "The part of resident memory that no file backs (heap, stack) in the latest sample.",
       per_role(role_field(&MemoryReading::anonymous_bytes))},
      {"tierwatch_tier_file_memory_bytes", kGauge, "bytes",
       "The part of resident memory that maps files (programs, libraries) in the latest sample.",
       per_role(role_field(&MemoryReading::file_bytes)), kDetail},
      {"tierwatch_tier_shared_memory_bytes", kGauge, "bytes",
       "The part of resident memory that is shared memory (as Postgres' buffers) in the latest "
       "sample.",
       per_role(role_field(&MemoryReading::shared_bytes)), kDetail},
      {"tierwatch_tier_swapped_memory_bytes", kGauge, "bytes",
       "Memory swapped out in the latest sample.", per_role(role_field(&MemoryReading::swap_bytes)),
       kDetail},
      {"tierwatch_tier_proportional_memory_bytes", kGauge, "bytes",
       "Proportional set size: shared pages split among those who map them; only when it is "
       "switched on.",
       per_role(role_field(&GaugeSums::proportional_bytes))},
  };
}

MetricRows tier_extreme_rows() {
  using std::nullopt;
  return {
      {"tierwatch_tier_busiest_process_cores", kGauge, "cores",
       "CPU cores used over the latest sampling interval by each of the five busiest processes, "
       "children not included; rank 1 is the busiest. /metrics/processes shows which they are.",
       of_snapshot_by({"tier", "rank"}, busiest_processes_by_rank)},
      {"tierwatch_tier_hottest_thread_cores", kGauge, "cores",
       "CPU cores used by the busiest single thread over the latest sampling interval, at most 1.",
       per_tier([](const TierSample& tier) {
         return tier.hottest_thread ? metric_value(tier.hottest_thread->cores) : nullopt;
       }),
       kDetail},
      {"tierwatch_tier_fd_utilization_worst_ratio", kGauge, "ratio",
       "Open descriptors by soft limit of the process nearest to its limit in the latest sample.",
       per_tier([](const TierSample& tier) {
         return tier.worst_fds ? metric_value(tier.worst_fds->ratio) : nullopt;
       })},
      {"tierwatch_tier_fd_utilization_worst_open_fds", kGauge, "",
       "Open descriptors of the process nearest to its limit in the latest sample.",
       per_tier([](const TierSample& tier) {
         return tier.worst_fds ? metric_value(tier.worst_fds->open) : nullopt;
       }),
       kDetail},
      {"tierwatch_tier_fd_utilization_worst_limit_fds", kGauge, "",
       "Soft limit of descriptors of the process nearest to its limit in the latest sample.",
       per_tier([](const TierSample& tier) {
         return tier.worst_fds ? metric_value(tier.worst_fds->limit) : nullopt;
       }),
       kDetail},
  };
}

MetricRows tier_identity_rows() {
  return {
      {"tierwatch_tier_oldest_process_start_time_seconds", kGauge, "seconds",
       "When the oldest living process started, in seconds since the epoch, to a tenth of a "
       "second.",
       oldest_start(), kDetail},
      {"tierwatch_tier_info", kGauge, "",
       "Always 1: the tiers that are watched, and the preset each follows.", tier_info()},
  };
}

}  // namespace tierwatch
