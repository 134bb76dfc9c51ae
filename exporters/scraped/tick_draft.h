// SPDX-License-Identifier: MIT
//
// One host at one moment, while its series are put into it one by one, in any order.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "analysis/hosts/watched_hosts.h"
#include "exporters/scraped/prometheus_api.h"

namespace tierwatch {

/// A series at one moment.
struct SeriesCell {
  const ApiSeries& series;
  double value = 0;
  std::optional<double> more;  ///< of a counter, since the sample before; absent: not known
  const std::string& label(const std::string& name) const { return series.label(name); }
};

class TickDraft {
 public:
  /// Since the sample before; above 0.
  explicit TickDraft(double seconds) : seconds_(seconds) { tick_.facts.seconds = seconds; }

  HostTick& tick() { return tick_; }
  HostFacts& host() { return tick_.facts.host; }
  TierFacts& tier(const SeriesCell& cell);
  ListenerFacts& listener(const SeriesCell& cell);
  BackendFacts& backends(const SeriesCell& cell);
  MemoryFacts& memory(const SeriesCell& cell);
  SpaceFacts& space(const SeriesCell& cell);
  /// Of the tier: connections in use, and their limit.
  LimitFacts& connections(const SeriesCell& cell) { return connections_[cell.label("tier")]; }
  /// Of the listener: time with a queue, with a full one, and watched.
  struct QueueTimes {
    std::optional<double> queued, full, observed;
  };
  QueueTimes& queue_times(const SeriesCell& cell);

  /// Adds a counter's rate.
  void add_rate(std::optional<double>& sum, const SeriesCell& cell) const {
    if (cell.more) sum = sum.value_or(0) + *cell.more / seconds_;
  }

  HostTick take();

 private:
  void finish(TierFacts& tier);

  double seconds_;
  HostTick tick_;
  std::map<std::string, LimitFacts> connections_;
  std::map<std::pair<std::string, std::string>, QueueTimes> queue_times_;  ///< by tier, name
};

/// Puts a series into a draft; null for a metric that is not read.
using SeriesUse = void (*)(TickDraft&, const SeriesCell&);
SeriesUse use_of(std::string_view metric);

}  // namespace tierwatch
