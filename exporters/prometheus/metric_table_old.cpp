// SPDX-License-Identifier: MIT
//
// Names of the release before, served with `[metrics] old_names` for one release more. Empty this
// file when the next one is made.
#include <algorithm>

#include "exporters/prometheus/metric_sources.h"
#include "exporters/prometheus/metric_table_parts.h"

namespace tierwatch {
namespace {

MetricSource snapshot_age() {
  return {{},
          [](const MetricInput& input, std::vector<MetricSample>& samples) {
            if (!input.snapshot) return;
            const nanoseconds age = input.now_monotonic - input.snapshot->at.monotonic;
            samples.push_back({{}, *metric_value(std::max(age, nanoseconds{0}))});
          },
          true};
}

MetricRows old_pressure_rows() {
  return {
      {"tierwatch_host_pressure_cpu_waiting_seconds_total", kCounter, "seconds",
       "Now tierwatch_host_pressure_seconds_total of cpu and waiting.",
       of_host(host_field(&HostReading::cpu_pressure, &PressureReading::some))},
      {"tierwatch_host_pressure_memory_waiting_seconds_total", kCounter, "seconds",
       "Now tierwatch_host_pressure_seconds_total of memory and waiting.",
       of_host(host_field(&HostReading::memory_pressure, &PressureReading::some))},
      {"tierwatch_host_pressure_memory_stalled_seconds_total", kCounter, "seconds",
       "Now tierwatch_host_pressure_seconds_total of memory and stalled.",
       of_host(host_field(&HostReading::memory_pressure, &PressureReading::full))},
      {"tierwatch_host_pressure_io_waiting_seconds_total", kCounter, "seconds",
       "Now tierwatch_host_pressure_seconds_total of io and waiting.",
       of_host(host_field(&HostReading::io_pressure, &PressureReading::some))},
      {"tierwatch_host_pressure_io_stalled_seconds_total", kCounter, "seconds",
       "Now tierwatch_host_pressure_seconds_total of io and stalled.",
       of_host(host_field(&HostReading::io_pressure, &PressureReading::full))},
  };
}

MetricRows old_gauge_rows() {
  return {
      {"tierwatch_snapshot_age_seconds", kGauge, "seconds",
       "Now time() - tierwatch_snapshot_timestamp_seconds.", snapshot_age()},
      {"tierwatch_verdict_age_seconds", kGauge, "seconds",
       "Now time() - tierwatch_verdict_start_timestamp_seconds.",
       of_snapshot(
           [](const Snapshot& snapshot) { return metric_value(snapshot.verdict.since_seconds); })},
      {"tierwatch_host_max_files", kGauge, "", "Now tierwatch_host_files_limit.",
       of_host(host_field(&HostReading::max_files))},
      {"tierwatch_host_max_tracked_connections", kGauge, "",
       "Now tierwatch_host_tracked_connections_limit.",
       of_host(host_field(&HostReading::max_tracked_connections))},
      {"tierwatch_tier_processes_by_state", kGauge, "",
       "Now tierwatch_tier_state_processes, which leaves out zombies, and "
       "tierwatch_tier_zombie_processes.",
       per_role_by("state", {{"running", role_field(&GaugeSums::running)},
                             {"sleeping", role_field(&GaugeSums::sleeping)},
                             {"disk_sleeping", role_field(&GaugeSums::disk_sleeping)},
                             {"stopped", role_field(&GaugeSums::stopped)},
                             {"zombie", role_field(&GaugeSums::zombies)},
                             {"other", role_field(&GaugeSums::other_state)}})},
      {"tierwatch_tier_hottest_process_cores", kGauge, "cores",
       "Now tierwatch_tier_busiest_process_cores of rank 1.", per_tier([](const TierSample& tier) {
         return tier.hottest_process ? metric_value(tier.hottest_process->cores) : std::nullopt;
       })},
  };
}

}  // namespace

MetricRows old_name_rows() {
  MetricRows rows = old_gauge_rows();
  for (Metric& row : old_pressure_rows()) rows.push_back(std::move(row));
  rows.push_back({"tierwatch_host_swap_in_pages_total", kCounter, "",
                  "Now tierwatch_host_swap_in_bytes_total.",
                  of_host(host_field(&HostReading::swap_in_pages))});
  rows.push_back({"tierwatch_host_swap_out_pages_total", kCounter, "",
                  "Now tierwatch_host_swap_out_bytes_total.",
                  of_host(host_field(&HostReading::swap_out_pages))});
  return rows;
}

}  // namespace tierwatch
