// SPDX-License-Identifier: MIT
//
// The latest snapshot as Prometheus metric families, built when they are asked for: a worker that
// died leaves no stale series. The list of metrics itself is exporters/metric_table.
// prometheus_exporter.cpp is the only includer of prometheus-cpp.
#pragma once

#include <string>

#include "analysis/snapshot.h"

namespace tierwatch {

/// What the scrape itself must know beside the snapshot.
struct ScrapeContext {
  nanoseconds now_monotonic{};  ///< to tell the snapshot's age
  bool self_metrics = true;     ///< process_* and build info of this process; off in goldens
};

/// Text exposition format 0.0.4. `snapshot` may be null (before the first tick): then only the
/// daemon's own metrics.
std::string prometheus_text(const SnapshotPtr& snapshot, const ScrapeContext& context);

}  // namespace tierwatch
