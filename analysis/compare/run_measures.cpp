// SPDX-License-Identifier: MIT
#include "analysis/compare/run_measures.h"

#include <algorithm>

namespace tierwatch {
namespace {

std::optional<double> rate_of_step(const LoadStep& step) {
  return step.requests_per_second ? std::optional(step.requests_per_second->value) : std::nullopt;
}

constexpr RunMeasure kRunMeasures[] = {
    {"throughput", MeasureUnit::kRate, rate_of_step},
    {"latency", MeasureUnit::kSeconds, [](const LoadStep& step) { return step.mean_seconds; }},
    {"p50", MeasureUnit::kSeconds, [](const LoadStep& step) { return step.p50_seconds; }},
    {"p90", MeasureUnit::kSeconds, nullptr},
    {"p95", MeasureUnit::kSeconds, [](const LoadStep& step) { return step.p95_seconds; }},
    {"p99", MeasureUnit::kSeconds, [](const LoadStep& step) { return step.p99_seconds; }},
    {"max", MeasureUnit::kSeconds, nullptr},
    {"errors", MeasureUnit::kShare, [](const LoadStep& step) { return step.error_ratio; }},
    {"requests", MeasureUnit::kCount, nullptr},
    {"ceiling", MeasureUnit::kRate, nullptr},
    {"headroom", MeasureUnit::kShare, nullptr},
};
constexpr RunMeasure kDemandOfATier{kDemandOf, MeasureUnit::kSeconds, nullptr};

}  // namespace

const RunMeasure* known_run_measure(std::string_view name) {
  const auto found = std::ranges::find(kRunMeasures, name, &RunMeasure::name);
  if (found != std::end(kRunMeasures)) return found;
  return name.starts_with(kDemandOf) && name.size() > kDemandOf.size() ? &kDemandOfATier : nullptr;
}

std::string run_measure_names() {
  std::string names;
  for (const RunMeasure& measure : kRunMeasures) names.append(measure.name).append(", ");
  return names + std::string(kDemandOf) + "TIER";
}

}  // namespace tierwatch
