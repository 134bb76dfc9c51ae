// SPDX-License-Identifier: MIT
//
// THE list of metrics: one row is one Prometheus family, with its name, unit, meaning and where its
// values come from. A new metric is a new row; the exporter, docs/metrics.md and the golden of the
// families follow from it. Names follow the Prometheus conventions: base units, ratios 0 to 1,
// `_total` on counters, no pid in any label but those of the second table, of processes.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/snapshot.h"
#include "exporters/own_process.h"
#include "exporters/service_state.h"

namespace tierwatch {

/// A process that is served, and the number its successor takes over.
struct ListedProcess {
  const ProcessSample* process = nullptr;  ///< of a tier
  unsigned slot = 0;
};

/// What rows may look at. Null pointers: nothing is known yet, the rows that need them give no
/// sample.
struct MetricInput {
  const Snapshot* snapshot = nullptr;
  nanoseconds now_monotonic{};
  const OwnProcess* own_process = nullptr;
  const ServiceState* service = nullptr;
  std::span<const ListedProcess> processes{};  ///< for the rows of processes
  std::size_t processes_left_out = 0;
  /// When the page was asked for, by std::chrono::steady_clock.
  std::optional<nanoseconds> scrape_began{};
};

/// One value; `label_values` are in the order of MetricSource::labels.
struct MetricSample {
  std::vector<std::string> label_values;
  double value = 0;
  /// When a counter began at 0, in seconds since the epoch, where that is its own.
  std::optional<double> created{};
};

/// Where the samples of a family come from, and the names of the labels that tell them apart.
struct MetricSource {
  std::vector<std::string_view> labels;
  std::function<void(const MetricInput&, std::vector<MetricSample>&)> collect;
  /// Whether it may tell two scrapes of one snapshot different things: the time, or how the
  /// daemon itself and its process fare. All others look at nothing but the snapshot.
  bool at_scrape = false;
  /// Has a label `role` whose values add up: it is served only where detail is wanted.
  bool folds_roles = false;
};

enum class MetricKind : std::uint8_t { kGauge, kCounter };

/// Who gets a metric: see MetricChoice.
enum class MetricGroup : std::uint8_t { kMain, kDetail, kHost, kHostDetail, kOldName };

/// From when on a counter counts.
enum class CountsSince : std::uint8_t { kFirstSeen, kStart, kBoot };

struct Metric {
  std::string_view name;
  MetricKind kind = MetricKind::kGauge;
  std::string_view unit;  ///< "seconds", "bytes", "ratio", "cores"; empty for plain counts
  std::string_view help;  ///< one sentence
  MetricSource source;
  MetricGroup group = MetricGroup::kMain;
  CountsSince since = CountsSince::kFirstSeen;
};

/// Whether it is served to who made this choice.
bool is_chosen(const Metric& metric, const MetricChoice& choice);

/// All metrics, in the order in which they are served. Made once; may be read by several threads.
const std::vector<Metric>& metric_table();

/// The same of what /metrics/processes serves.
const std::vector<Metric>& process_metric_table();

/// docs/metrics.md, whole.
std::string metrics_markdown();

}  // namespace tierwatch
