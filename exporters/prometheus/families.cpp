// SPDX-License-Identifier: MIT
#include "exporters/prometheus/families.h"

#include <algorithm>
#include <map>
#include <utility>

namespace tierwatch {
namespace {

/// In the order in which each set of labels came first.
void fold_roles(CollectedFamily& family) {
  const auto role = std::ranges::find(family.labels, "role");
  if (role == family.labels.end()) return;
  const auto at = role - family.labels.begin();
  family.labels.erase(role);
  std::map<std::vector<std::string>, std::size_t> places;
  std::vector<MetricSample> sums;
  for (MetricSample& sample : family.samples) {
    sample.label_values.erase(sample.label_values.begin() + at);
    const auto [place, fresh] = places.try_emplace(sample.label_values, sums.size());
    if (fresh)
      sums.push_back(std::move(sample));
    else
      sums[place->second].value += sample.value;
  }
  family.samples = std::move(sums);
}

bool is_wanted(const Metric& metric, CollectRows which) {
  return which == CollectRows::kAll || metric.source.at_scrape == (which == CollectRows::kAtScrape);
}

}  // namespace

std::vector<CollectedFamily> collect_families(std::span<const Metric> table,
                                              const MetricInput& input, const MetricChoice& choice,
                                              CollectRows which) {
  std::vector<CollectedFamily> families;
  for (const Metric& metric : table) {
    if (!is_wanted(metric, which) || !is_chosen(metric, choice)) continue;
    CollectedFamily family{.metric = &metric, .labels = metric.source.labels, .samples = {}};
    metric.source.collect(input, family.samples);
    if (family.samples.empty()) continue;
    if (metric.source.folds_roles && !choice.detail) fold_roles(family);
    families.push_back(std::move(family));
  }
  return families;
}

}  // namespace tierwatch
