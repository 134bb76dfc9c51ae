// SPDX-License-Identifier: MIT
//
// Requests by name: rate, errors and latency of each in each step, and which get slow first.
#pragma once

#include <chrono>
#include <optional>
#include <span>

#include "analysis/runs/run_findings.h"

namespace tierwatch {

/// What the labels of `load` (null: not known) saw. `start` is when its points begin, by our clock;
/// absent: they cannot be placed, and only totals are known. Quantiles of a step are means of those
/// of its stretches, weighted by requests, as in LoadStep. Slow is what takes 1.5 times as long
/// (p95, else the mean) as in the least loaded step, and 5 ms longer. Pure.
NamedRequests find_endpoints(const LoadSeries* load, std::span<const StepFindings> steps,
                             std::optional<std::chrono::system_clock::time_point> start);

}  // namespace tierwatch
