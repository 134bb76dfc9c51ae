// SPDX-License-Identifier: MIT
//
// The second table: what is served at /metrics/processes, a series for each process of a tier.
#include "exporters/prometheus/metric_sources.h"
#include "exporters/prometheus/metric_table_parts.h"

namespace tierwatch {
namespace {

using ProcessValue = std::function<MetricValue(const ProcessReading&)>;

std::vector<std::string> labels_of(const Snapshot& snapshot, const ListedProcess& listed) {
  const Membership& member = *listed.process->reading.member;
  const TierSample& tier = snapshot.tiers.at(member.tier);
  return {tier.name, tier.roles.at(member.role).name, std::to_string(listed.slot),
          std::to_string(listed.process->reading.id.pid)};
}

double start_of(const Snapshot& snapshot, const ListedProcess& listed) {
  const Instant& at = snapshot.at;
  return *metric_value(at.wall.time_since_epoch() - at.boot + listed.process->reading.id.started);
}

MetricSource per_process_by(std::string_view label, Labelled<ProcessValue> values) {
  std::vector<std::string_view> labels{"tier", "role", "worker", "pid"};
  if (!label.empty()) labels.push_back(label);
  return {labels, [values = std::move(values), label](const MetricInput& input,
                                                      std::vector<MetricSample>& samples) {
            for (const ListedProcess& listed : input.processes)
              for (const auto& [name, value] : values) {
                const MetricValue number = value(listed.process->reading);
                if (!number) continue;
                auto texts = labels_of(*input.snapshot, listed);
                if (!label.empty()) texts.emplace_back(name);
                samples.push_back({std::move(texts), *number, start_of(*input.snapshot, listed)});
              }
          }};
}

MetricSource per_process(ProcessValue value) {
  return per_process_by("", {{"", std::move(value)}});
}

template <typename Field>
MetricSource field_of(Field ProcessReading::*field) {
  return per_process([field](const ProcessReading& one) { return metric_value(one.*field); });
}

template <typename Part, typename Field>
MetricSource field_of(std::optional<Part> ProcessReading::*part, Field Part::*field) {
  return per_process([part, field](const ProcessReading& one) {
    const auto& owner = one.*part;
    return owner ? metric_value((*owner).*field) : std::nullopt;
  });
}

MetricSource run_delay() {
  return {{"tier", "role", "worker", "pid"},
          [](const MetricInput& input, std::vector<MetricSample>& samples) {
            for (const ListedProcess& listed : input.processes)
              if (listed.process->run_delay_cores)
                samples.push_back(
                    {labels_of(*input.snapshot, listed), *listed.process->run_delay_cores});
          }};
}

MetricSource start_time() {
  return {{"tier", "role", "worker", "pid"},
          [](const MetricInput& input, std::vector<MetricSample>& samples) {
            for (const ListedProcess& listed : input.processes) {
              samples.push_back(
                  {labels_of(*input.snapshot, listed), start_of(*input.snapshot, listed)});
            }
          }};
}

MetricSource left_out() {
  return {{}, [](const MetricInput& input, std::vector<MetricSample>& samples) {
            if (input.snapshot)
              samples.push_back({{}, static_cast<double>(input.processes_left_out)});
          }};
}

}  // namespace

MetricRows process_rows() {
  return {
      {"tierwatch_process_cpu_seconds_total", kCounter, "seconds",
       "CPU time of the process since its start, without its children.",
       per_process_by("mode",
                      {{"user", [](const auto& one) { return metric_value(one.user_cpu); }},
                       {"system", [](const auto& one) { return metric_value(one.system_cpu); }}})},
      {"tierwatch_process_run_delay_cores", kGauge, "cores",
       "Threads of the process that could run and had no processor, mean of the latest interval.",
       run_delay()},
      {"tierwatch_process_threads", kGauge, "", "Threads of the process.",
       field_of(&ProcessReading::thread_count)},
      {"tierwatch_process_resident_memory_bytes", kGauge, "bytes",
       "Resident memory; shared pages count in each process that has them.",
       field_of(&ProcessReading::memory, &MemoryReading::resident_bytes)},
      {"tierwatch_process_anonymous_memory_bytes", kGauge, "bytes",
       "Resident memory without files.",
       field_of(&ProcessReading::memory, &MemoryReading::anonymous_bytes)},
      {"tierwatch_process_swapped_memory_bytes", kGauge, "bytes", "Memory in swap.",
       field_of(&ProcessReading::memory, &MemoryReading::swap_bytes)},
      {"tierwatch_process_proportional_memory_bytes", kGauge, "bytes",
       "Resident memory, a shared page divided by those that have it; only with `[memory] "
       "proportional`.",
       field_of(&ProcessReading::proportional_bytes)},
      {"tierwatch_process_open_fds", kGauge, "", "Open file descriptors.",
       field_of(&ProcessReading::open_fds)},
      {"tierwatch_process_max_fds", kGauge, "", "Soft limit of file descriptors.",
       field_of(&ProcessReading::fd_limit)},
      {"tierwatch_process_read_bytes_total", kCounter, "bytes",
       "Bytes that the process made the block layer read.",
       field_of(&ProcessReading::io, &IoReading::read_bytes)},
      {"tierwatch_process_written_bytes_total", kCounter, "bytes",
       "Bytes that the process made the block layer write.",
       field_of(&ProcessReading::io, &IoReading::written_bytes)},
      {"tierwatch_process_start_time_seconds", kGauge, "seconds",
       "When the process started, in seconds since the epoch.", start_time()},
      {"tierwatch_processes_left_out", kGauge, "",
       "Processes of tiers that are not listed here, because there are more than 500: the least "
       "busy.",
       left_out()},
  };
}

}  // namespace tierwatch
