// SPDX-License-Identifier: MIT
//
// The latest snapshot as Prometheus metric families, built when they are asked for: a worker that
// died leaves no stale series. What a snapshot says is written once, however many scrape it. The
// list of metrics itself is exporters/prometheus/metric_table.
// prometheus_exporter.cpp is the only includer of prometheus-cpp.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "analysis/snapshot.h"
#include "collectors/parse/proc_fs.h"
#include "exporters/prometheus/openmetrics.h"
#include "exporters/service_state.h"

namespace tierwatch {

inline constexpr std::size_t kMostProcesses = 500;

/// What the scrape itself must know beside the snapshot.
struct ScrapeContext {
  nanoseconds now_monotonic{};            ///< to tell the snapshot's age
  const ServiceState* service = nullptr;  ///< of the daemon that is scraped; null: not told
  MetricChoice choice{};                  ///< where there is no service that tells it
  bool self_metrics = true;  ///< process_* and build info of this process; off in goldens
};

/// Thread-safe; scrapes of one snapshot that come at once wait for the first of them.
class PrometheusExporter {
 public:
  PrometheusExporter();
  ~PrometheusExporter();

  /// Text exposition format 0.0.4, or OpenMetrics 1.0. `snapshot` may be null (before the first
  /// tick): then only the daemon's own metrics.
  std::string text(const SnapshotPtr& snapshot, const ScrapeContext& context,
                   MetricFormat format = MetricFormat::kText);

  /// The processes of tiers one by one, the busiest kMostProcesses of them.
  std::string process_text(const SnapshotPtr& snapshot, MetricFormat format = MetricFormat::kText);

 private:
  /// What was written of one snapshot; weak: the text must not keep it alive.
  struct Written {
    std::weak_ptr<const Snapshot> snapshot;
    MetricChoice choice{};
    std::string text{};
  };
  std::string written(const std::vector<CollectedFamily>& families, MetricFormat format, bool own);

  const ProcFs files_;  ///< held open: a scrape is answered when no descriptor is left, too
  std::mutex mutex_;
  std::array<Written, kMetricFormats> tiers_, processes_;
  std::optional<double> started_;  ///< of the daemon, once it was asked for
  std::unique_ptr<class ProcessSlots> slots_;
};

}  // namespace tierwatch
