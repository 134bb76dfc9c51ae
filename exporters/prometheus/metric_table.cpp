// SPDX-License-Identifier: MIT
#include "exporters/prometheus/metric_table.h"

#include <sstream>

#include "exporters/prometheus/metric_table_parts.h"

namespace tierwatch {
namespace {

/// The table's parts with the headings they have in the documentation.
struct Section {
  std::string_view title;
  MetricRows rows;
};

MetricRows counted_since(CountsSince since, MetricRows rows) {
  for (Metric& row : rows) row.since = since;
  return rows;
}

/// Of the whole machine, since its boot.
MetricRows of_machine(MetricRows rows) {
  for (Metric& row : rows)
    row.group = row.group == MetricGroup::kDetail ? MetricGroup::kHostDetail : MetricGroup::kHost;
  return counted_since(CountsSince::kBoot, std::move(rows));
}

MetricRows under_old_names(MetricRows rows) {
  for (Metric& row : rows) row.group = MetricGroup::kOldName;
  return rows;
}

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
          {"The machine: processors", of_machine(host_cpu_rows())},
          {"The machine: memory", of_machine(host_memory_rows())},
          {"The machine: pressure", of_machine(host_pressure_rows())},
          {"The machine: disks", of_machine(host_disk_rows())},
          {"The machine: network links", of_machine(host_link_rows())},
          {"The machine: files and listening sockets", of_machine(host_limit_rows())},
          {"The watcher itself", counted_since(CountsSince::kStart, daemon_rows())},
          {"The daemon's own process", counted_since(CountsSince::kStart, own_process_rows())},
          {"Names of the release before", under_old_names(old_name_rows())},
          {"What is asked of the watcher", web_rows()}};
}

constexpr std::string_view kIntroduction = R"(# Metrics

Served at `/metrics`. This page is generated from `exporters/prometheus/metric_table*.cpp`; a test keeps the two
equal.

The daemon samples on its own clock, so it sees short bursts whatever the scrape interval is. A scrape shows the latest
sample: no series outlives the processes that it describes. Times are in seconds, sizes in bytes, ratios between 0 and 1.
What could not be read is absent, never 0.
Counters of a tier never fall, not even when all its processes end: a watched tier without processes
keeps them and shows 0 processes. Built-in tiers that nobody configured appear with their first
process. No label ever holds a start time or a command line, and of `/metrics` none a pid.

A host with five tiers, of an address or two each, has at most 300 series. Rows marked *detail* below, and the label `role` where it
is marked so, need `[metrics] detail = true`; without it values are summed over roles. `[metrics] host = false` leaves out
`tierwatch_host_*`, for hosts with node_exporter. `[metrics] old_names = true` also serves the names of the release before, for one
release.

Clients that ask for OpenMetrics 1.0 in `Accept`, as Prometheus does, get it. It adds the start (`_created`) of counters of
processes, and of the daemon's own counters without labels.

The daemon can also push the same by OTLP over HTTP (JSON, gzip): set `[otlp] endpoint` in the configuration, or
`OTEL_EXPORTER_OTLP_ENDPOINT` and related variables in the environment. Names are those below, also after Prometheus' translation;
its receiver (`--web.enable-otlp-receiver`) has the endpoint `http://HOST:9090/api/v1/otlp`. `job` is `tierwatch`, `instance` the name of
the host, unless `OTEL_RESOURCE_ATTRIBUTES=service.instance.id=...` sets another. While the receiver is away, up to 16 MiB of
compressed samples wait, at least an hour's; the oldest goes first, and a restart of the daemon loses them.

`/metrics/processes` serves the processes of all tiers one by one, at most the 500 busiest, to clients on this machine or with a
password. `worker` is a number within tier and role that the next process reuses when one ends: sum by it, without `pid`, for series
that outlive restarts.
)";

std::string label_list(const MetricSource& source) {
  std::string text;
  for (const std::string_view name : source.labels) {
    text += (text.empty() ? "`" : ", `") + std::string(name) + "`";
    if (source.folds_roles && name == "role") text += " (detail)";
  }
  return text;
}

std::string meaning(const Metric& metric) {
  const bool detail =
      metric.group == MetricGroup::kDetail || metric.group == MetricGroup::kHostDetail;
  return std::string(metric.help) + (detail ? " *Detail.*" : "");
}

}  // namespace

bool is_chosen(const Metric& metric, const MetricChoice& choice) {
  switch (metric.group) {
    case MetricGroup::kMain:
      return true;
    case MetricGroup::kDetail:
      return choice.detail;
    case MetricGroup::kHost:
      return choice.host;
    case MetricGroup::kHostDetail:
      return choice.host && choice.detail;
    case MetricGroup::kOldName:
      return choice.old_names && (choice.host || !metric.name.starts_with("tierwatch_host_"));
  }
  return false;
}

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
          << " | " << metric.unit << " | " << label_list(metric.source) << " | " << meaning(metric)
          << " |\n";
    }
  }
  return out.str();
}

}  // namespace tierwatch
