// SPDX-License-Identifier: MIT
#include "exporters/prometheus/prometheus_exporter.h"

#include <prometheus/collectable.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "exporters/own_process.h"
#include "exporters/prometheus/metric_table.h"
#include "exporters/prometheus/process_slots.h"

namespace tierwatch {
namespace {

prometheus::ClientMetric to_client_metric(const Metric& metric, MetricSample&& sample) {
  prometheus::ClientMetric client;
  for (std::size_t i = 0; i < sample.label_values.size(); ++i) {
    client.label.push_back(
        {std::string(metric.source.labels[i]), std::move(sample.label_values[i])});
  }
  (metric.kind == MetricKind::kCounter ? client.counter.value : client.gauge.value) = sample.value;
  return client;
}

prometheus::MetricFamily to_family(const Metric& metric, std::vector<MetricSample>&& samples) {
  prometheus::MetricFamily family;
  family.name = metric.name;
  family.help = metric.help;
  family.type = metric.kind == MetricKind::kCounter ? prometheus::MetricType::Counter
                                                    : prometheus::MetricType::Gauge;
  family.metric.reserve(samples.size());
  for (MetricSample& sample : samples)
    family.metric.push_back(to_client_metric(metric, std::move(sample)));
  return family;
}

/// Those families of the table that have samples now, made anew at each Collect(): the library's
/// own registry would keep dead series.
class Families : public prometheus::Collectable {
 public:
  Families(const std::vector<Metric>& table, const MetricInput& input, bool at_scrape)
      : table_(table), input_(input), at_scrape_(at_scrape) {}

  std::vector<prometheus::MetricFamily> Collect() const override {
    std::vector<prometheus::MetricFamily> families;
    std::vector<MetricSample> samples;
    for (const Metric& metric : table_) {
      if (metric.source.at_scrape != at_scrape_) continue;
      samples.clear();
      metric.source.collect(input_, samples);
      if (!samples.empty()) families.push_back(to_family(metric, std::move(samples)));
    }
    return families;
  }

 private:
  const std::vector<Metric>& table_;
  MetricInput input_;
  bool at_scrape_;
};

std::string text_of_snapshot(const Snapshot* snapshot) {
  return prometheus::TextSerializer().Serialize(
      Families(metric_table(), {.snapshot = snapshot}, /*at_scrape=*/false).Collect());
}

std::string text_of_scrape(const Snapshot* snapshot, const ScrapeContext& context) {
  std::optional<OwnProcess> own;
  if (context.self_metrics) own = read_own_process(ProcFs());
  const Families families(metric_table(),
                          {.snapshot = snapshot,
                           .now_monotonic = context.now_monotonic,
                           .own_process = own ? &*own : nullptr,
                           .service = context.service},
                          /*at_scrape=*/true);
  return prometheus::TextSerializer().Serialize(families.Collect());
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

std::string text_of_processes(const Snapshot& snapshot, const ProcessSlots& slots) {
  const auto all = busiest_processes(snapshot);
  std::vector<ListedProcess> listed;
  for (const ProcessSample* one : all)
    if (listed.size() < kMostProcesses) listed.push_back({one, slots.slot_of(one->reading)});
  const Families families(process_metric_table(),
                          {.snapshot = &snapshot,
                           .processes = listed,
                           .processes_left_out = all.size() - listed.size()},
                          /*at_scrape=*/false);
  return prometheus::TextSerializer().Serialize(families.Collect());
}

}  // namespace

PrometheusExporter::PrometheusExporter() : slots_(std::make_unique<ProcessSlots>()) {}
PrometheusExporter::~PrometheusExporter() = default;

std::string PrometheusExporter::process_text(const SnapshotPtr& snapshot) {
  if (!snapshot) return "";
  const std::lock_guard lock(mutex_);
  if (processes_.snapshot.lock() != snapshot) {
    slots_->update(*snapshot);
    processes_ = {snapshot, text_of_processes(*snapshot, *slots_)};
  }
  return processes_.text;
}

std::string PrometheusExporter::text(const SnapshotPtr& snapshot, const ScrapeContext& context) {
  const std::string of_scrape = text_of_scrape(snapshot.get(), context);
  if (!snapshot) return of_scrape;
  const std::lock_guard lock(mutex_);
  if (tiers_.snapshot.lock() != snapshot) tiers_ = {snapshot, text_of_snapshot(snapshot.get())};
  return tiers_.text + of_scrape;
}

}  // namespace tierwatch
