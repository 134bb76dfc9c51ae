// SPDX-License-Identifier: MIT
//
// Rows of the table and the samples they have now: what every format of them is written from.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "exporters/prometheus/metric_table.h"

namespace tierwatch {

struct CollectedFamily {
  const Metric* metric = nullptr;
  std::vector<std::string_view> labels;  ///< without `role`, where values were summed over it
  std::vector<MetricSample> samples;     ///< at least one
};

enum class CollectRows : std::uint8_t { kOfSnapshot, kAtScrape, kAll };

/// Those of the table that are chosen and have samples, in its order.
std::vector<CollectedFamily> collect_families(std::span<const Metric> table,
                                              const MetricInput& input, const MetricChoice& choice,
                                              CollectRows which = CollectRows::kAll);

}  // namespace tierwatch
