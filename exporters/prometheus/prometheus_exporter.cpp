// SPDX-License-Identifier: MIT
#include "exporters/prometheus/prometheus_exporter.h"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "exporters/own_process.h"
#include "exporters/prometheus/families.h"
#include "exporters/prometheus/metric_table.h"
#include "exporters/prometheus/process_slots.h"

namespace tierwatch {
namespace {

prometheus::ClientMetric to_client_metric(const CollectedFamily& from, const MetricSample& sample) {
  prometheus::ClientMetric client;
  for (std::size_t i = 0; i < sample.label_values.size(); ++i)
    client.label.push_back({std::string(from.labels[i]), sample.label_values[i]});
  const bool counter = from.metric->kind == MetricKind::kCounter;
  (counter ? client.counter.value : client.gauge.value) = sample.value;
  return client;
}

prometheus::MetricFamily to_family(const CollectedFamily& from) {
  prometheus::MetricFamily family;
  family.name = from.metric->name;
  family.help = from.metric->help;
  family.type = from.metric->kind == MetricKind::kCounter ? prometheus::MetricType::Counter
                                                          : prometheus::MetricType::Gauge;
  family.metric.reserve(from.samples.size());
  for (const MetricSample& sample : from.samples)
    family.metric.push_back(to_client_metric(from, sample));
  return family;
}

std::string classic_text(const std::vector<CollectedFamily>& families) {
  std::vector<prometheus::MetricFamily> all;
  all.reserve(families.size());
  for (const CollectedFamily& family : families) all.push_back(to_family(family));
  return prometheus::TextSerializer().Serialize(all);
}

/// The busiest first; of equals the one with most memory.
std::vector<const ProcessSample*> busiest_processes(const Snapshot& snapshot) {
  std::vector<const ProcessSample*> all;
  for (const ProcessSample& process : snapshot.processes)
    if (process.reading.member) all.push_back(&process);
  std::ranges::stable_sort(all, std::ranges::greater{}, [](const ProcessSample* one) {
    const auto& memory = one->reading.memory;
    return std::pair(one->cpu_cores.value_or(0), memory ? memory->resident_bytes : 0);
  });
  return all;
}

std::vector<CollectedFamily> families_of_processes(const Snapshot& snapshot,
                                                   const ProcessSlots& slots) {
  const auto all = busiest_processes(snapshot);
  std::vector<ListedProcess> listed;
  for (const ProcessSample* one : all)
    if (listed.size() < kMostProcesses) listed.push_back({one, slots.slot_of(one->reading)});
  return collect_families(process_metric_table(),
                          {.snapshot = &snapshot,
                           .processes = listed,
                           .processes_left_out = all.size() - listed.size()},
                          {});
}

}  // namespace

PrometheusExporter::PrometheusExporter() : slots_(std::make_unique<ProcessSlots>()) {}
PrometheusExporter::~PrometheusExporter() = default;

/// `own`: whether to tell when the daemon's counters began.
std::string PrometheusExporter::written(const std::vector<CollectedFamily>& families,
                                        MetricFormat format, bool own) {
  if (format == MetricFormat::kText) return classic_text(families);
  if (own && !started_) started_ = read_own_process(files_).started_seconds;
  return openmetrics_text(families, own ? started_ : std::nullopt);
}

std::string PrometheusExporter::process_text(const SnapshotPtr& snapshot, MetricFormat format) {
  const std::string end(format == MetricFormat::kOpenMetrics ? kOpenMetricsEnd : "");
  if (!snapshot) return end;
  const std::lock_guard lock(mutex_);
  Written& known = processes_[static_cast<std::size_t>(format)];
  if (known.snapshot.lock() != snapshot) {
    slots_->update(*snapshot);
    known = {snapshot, {}, written(families_of_processes(*snapshot, *slots_), format, false) + end};
  }
  return known.text;
}

std::string PrometheusExporter::text(const SnapshotPtr& snapshot, const ScrapeContext& context,
                                     MetricFormat format) {
  const nanoseconds began = std::chrono::steady_clock::now().time_since_epoch();
  const MetricChoice choice = context.service ? context.service->metric_choice() : context.choice;
  const std::lock_guard lock(mutex_);
  Written& known = tiers_[static_cast<std::size_t>(format)];
  if (snapshot && (known.snapshot.lock() != snapshot || known.choice != choice)) {
    const auto families = collect_families(metric_table(), {.snapshot = snapshot.get()}, choice,
                                           CollectRows::kOfSnapshot);
    known = {snapshot, choice, written(families, format, context.self_metrics)};
  }
  std::optional<OwnProcess> own;
  if (context.self_metrics) own = read_own_process(files_);
  const MetricInput input{
      .snapshot = snapshot.get(),
      .now_monotonic = context.now_monotonic,
      .own_process = own ? &*own : nullptr,
      .service = context.service,
      .scrape_began = context.self_metrics ? std::optional(began) : std::nullopt};
  const auto at_scrape = collect_families(metric_table(), input, choice, CollectRows::kAtScrape);
  return (snapshot ? known.text : "") + written(at_scrape, format, context.self_metrics) +
         std::string(format == MetricFormat::kOpenMetrics ? kOpenMetricsEnd : "");
}

}  // namespace tierwatch
