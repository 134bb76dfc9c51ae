// SPDX-License-Identifier: MIT
//
// The numbers of one run that a condition can be about, and what they are counted in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "analysis/load/load_steps.h"

namespace tierwatch {

/// Words of a condition that are no numbers.
inline constexpr std::string_view kFull = "full", kConfidence = "confidence", kNothing = "nothing";
/// Before the name of a tier: CPU-seconds that a request costs it.
inline constexpr std::string_view kDemandOf = "demand.";

enum class MeasureUnit : std::uint8_t { kSeconds, kShare, kRate, kCount };

struct RunMeasure {
  std::string_view name;
  MeasureUnit unit = MeasureUnit::kSeconds;
  /// Of a step; null: it is known of the whole run only.
  std::optional<double> (*at_step)(const LoadStep& step) = nullptr;
};

/// Null when there is none of that name.
const RunMeasure* known_run_measure(std::string_view name);
/// "throughput, latency, …, demand.TIER".
std::string run_measure_names();

}  // namespace tierwatch
