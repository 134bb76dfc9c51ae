// SPDX-License-Identifier: MIT
#include "exporters/prometheus/metric_table.h"

#include <algorithm>
#include <sstream>

#include "exporters/prometheus/metric_sources.h"
#include "exporters/prometheus/metric_table_parts.h"

namespace tierwatch {
namespace {

MetricSource read_faults() {
  return {{"file", "reason"}, [](const MetricInput& input, std::vector<MetricSample>& samples) {
            if (!input.snapshot) return;
            for (const auto& [where, count] : input.snapshot->faults) {
              samples.push_back({{where.first, std::string(to_string(where.second))},
                                 static_cast<double>(count)});
            }
          }};
}

MetricSource build_info() {
  return {{"version", "revision"},
          [](const MetricInput& input, std::vector<MetricSample>& samples) {
            if (input.own_process)
              samples.push_back({{input.own_process->version, input.own_process->revision}, 1});
          },
          true};
}

MetricSource snapshot_age() {
  return {{},
          [](const MetricInput& input, std::vector<MetricSample>& samples) {
            if (!input.snapshot) return;
            const nanoseconds age = input.now_monotonic - input.snapshot->at.monotonic;
            samples.push_back({{}, *metric_value(std::max(age, nanoseconds{0}))});
          },
          true};
}

MetricSource helper_faults() {
  return {{"helper"},
          [](const MetricInput& input, std::vector<MetricSample>& samples) {
            if (!input.service) return;
            const auto faults = input.service->faults();
            for (std::size_t i = 0; i < kHelpers; ++i)
              samples.push_back({{std::string(to_string(static_cast<Helper>(i)))},
                                 static_cast<double>(faults[i])});
          },
          true};
}

MetricSource of_config(MetricValue (*value)(const ConfigReload&)) {
  return {{},
          [value](const MetricInput& input, std::vector<MetricSample>& samples) {
            const auto config = input.service ? input.service->config() : std::nullopt;
            if (config) samples.push_back({{}, *value(*config)});
          },
          true};
}

MetricValue reload_successful(const ConfigReload& config) { return config.successful; }

MetricValue reload_time(const ConfigReload& config) {
  return metric_value(nanoseconds(config.succeeded_at.time_since_epoch()));
}

MetricValue sampling_interval(const Snapshot& snapshot) {
  return snapshot.interval > nanoseconds{0} ? metric_value(snapshot.interval) : std::nullopt;
}

MetricRows daemon_rows() {
  return {
      {"tierwatch_snapshot_age_seconds", kGauge, "seconds",
       "Time since the sample that this scrape shows was taken: the daemon samples on its own "
       "clock.",
       snapshot_age()},
      {"tierwatch_sampling_interval_seconds", kGauge, "seconds",
       "Time between the latest sample and the one before.", of_snapshot(sampling_interval)},
      {"tierwatch_sampling_duration_seconds", kGauge, "seconds", "How long the latest sample took.",
       of_snapshot(self_field(&SelfSample::last_sampling_wall))},
      {"tierwatch_sampling_cpu_seconds_total", kCounter, "seconds",
       "CPU time spent on samples since start.",
       of_snapshot(self_field(&SelfSample::sampling_cpu))},
      {"tierwatch_samples_total", kCounter, "", "Samples taken since start.",
       of_snapshot(self_field(&SelfSample::ticks))},
      {"tierwatch_late_ticks_total", kCounter, "",
       "Samples skipped since start because the one before was not finished in time.",
       of_snapshot(self_field(&SelfSample::late_ticks))},
      {"tierwatch_unrecorded_ticks_total", kCounter, "",
       "Samples that could not be written to the history since start.",
       of_snapshot(self_field(&SelfSample::unrecorded_ticks))},
      {"tierwatch_read_faults_total", kCounter, "",
       "Kernel files that could not be read or understood since start, by file and reason.",
       read_faults()},
      {"tierwatch_helper_faults_total", kCounter, "",
       "Exceptions caught since start, by the part of the daemon in which they happened. Of the "
       "recorder: attempts to write the history that failed. Of http: times at which connections "
       "without a request were dropped.",
       helper_faults()},
      {"tierwatch_config_last_reload_successful", kGauge, "",
       "1 when the newest attempt to load the configuration succeeded, 0 when it was refused and "
       "the one before stays in force.",
       of_config(reload_successful)},
      {"tierwatch_config_last_reload_success_timestamp_seconds", kGauge, "seconds",
       "When the configuration in force was loaded, in seconds since the epoch.",
       of_config(reload_time)},
      {"tierwatch_build_info", kGauge, "",
       "Always 1: the version and source revision of the daemon.", build_info()},
  };
}

template <typename Field>
MetricSource own(Field OwnProcess::*field) {
  return of_own_process(
      [field](const OwnProcess& process) { return metric_value(process.*field); });
}

MetricRows own_process_rows() {
  return {
      {"process_cpu_seconds_total", kCounter, "seconds",
       "CPU time used by the daemon since its start.", own(&OwnProcess::cpu)},
      {"process_resident_memory_bytes", kGauge, "bytes", "Resident memory of the daemon.",
       own(&OwnProcess::resident_bytes)},
      {"process_virtual_memory_bytes", kGauge, "bytes", "Virtual memory of the daemon.",
       own(&OwnProcess::virtual_bytes)},
      {"process_open_fds", kGauge, "", "Open file descriptors of the daemon.",
       own(&OwnProcess::open_fds)},
      {"process_max_fds", kGauge, "", "Soft limit of the daemon's file descriptors.",
       own(&OwnProcess::max_fds)},
      {"process_start_time_seconds", kGauge, "seconds",
       "When the daemon started, in seconds since the epoch.", own(&OwnProcess::started_seconds)},
  };
}

/// The table's parts with the headings they have in the documentation.
struct Section {
  std::string_view title;
  MetricRows rows;
};

std::vector<Section> sections() {
  return {{"The verdict", verdict_rows()},
          {"What a tier may use, and what it holds", tier_capacity_rows()},
          {"Accept queues of a tier", listener_rows()},
          {"Connections between tiers", edge_rows()},
          {"What a tier uses", tier_process_rows()},
          {"CPU, scheduling and disk of a tier", tier_counter_rows()},
          {"Memory of a tier", tier_memory_rows()},
          {"The most loaded member, which a sum would hide", tier_extreme_rows()},
          {"Which tiers there are", tier_identity_rows()},
          {"The machine: processors", host_cpu_rows()},
          {"The machine: memory", host_memory_rows()},
          {"The machine: pressure", host_pressure_rows()},
          {"The machine: disks", host_disk_rows()},
          {"The machine: network links", host_link_rows()},
          {"The machine: files and listening sockets", host_limit_rows()},
          {"The watcher itself", daemon_rows()},
          {"The daemon's own process", own_process_rows()}};
}

constexpr std::string_view kIntroduction = R"(# Metrics

Served at `/metrics`. This page is generated from `exporters/prometheus/metric_table*.cpp`; a test keeps the two
equal.

The daemon samples on its own clock, so that short bursts are seen whatever the scrape interval is,
and a scrape shows the latest sample as it is: no series outlives the processes it describes. Times
are in seconds, sizes in bytes, ratios between 0 and 1. What could not be read is absent, never 0.
Counters of a tier never fall, not even when all its processes end: a watched tier without processes
keeps them and shows 0 processes. Built-in tiers that nobody configured appear with their first
process. No label ever holds a start time or a command line, and of `/metrics` none a pid.

`/metrics/processes` serves the processes of all tiers one by one, the 500 busiest at most, to those who may see them:
readers on this machine, and with a password. `worker` is a number within tier and role that the next process takes
over when one ends: sum by it, without `pid`, for series that outlive restarts.
)";

std::string code_list(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names)
    text += (text.empty() ? "`" : ", `") + std::string(name) + "`";
  return text;
}

}  // namespace

const std::vector<Metric>& metric_table() {
  static const std::vector<Metric> table = [] {
    MetricRows all;
    for (Section& section : sections()) {
      for (Metric& metric : section.rows) all.push_back(std::move(metric));
    }
    return all;
  }();
  return table;
}

const std::vector<Metric>& process_metric_table() {
  static const std::vector<Metric> table = process_rows();
  return table;
}

std::string metrics_markdown() {
  std::ostringstream out;
  out << kIntroduction;
  std::vector<Section> all = sections();
  all.push_back({"Processes, one by one: /metrics/processes", process_rows()});
  for (const Section& section : all) {
    out << "\n## " << section.title
        << "\n\n| name | kind | unit | labels | meaning |\n|---|---|---|---|---|\n";
    for (const Metric& metric : section.rows) {
      out << "| `" << metric.name << "` | " << (metric.kind == kCounter ? "counter" : "gauge")
          << " | " << metric.unit << " | " << code_list(metric.source.labels) << " | "
          << metric.help << " |\n";
    }
  }
  return out.str();
}

}  // namespace tierwatch
