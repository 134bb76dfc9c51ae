// SPDX-License-Identifier: MIT
//
// What happened in a run at one moment: kills, overflows, gaps, marks; and the strip of live
// verdicts.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/runs/run_findings.h"

namespace tierwatch {

/// Events in order of time. A state that lasts (an overflowing queue, throttling) is one event,
/// when it begins. Pure.
std::vector<RunEvent> find_events(std::span<const RunSample> samples,
                                  std::span<const RunMark> marks);

/// Stretches of equal live verdicts; a gap in the samples is `unknown`. Pure.
std::vector<VerdictSpan> verdict_strip(std::span<const RunSample> samples);

/// Median time between samples; 0 for fewer than two.
double usual_interval(std::span<const RunSample> samples);

}  // namespace tierwatch
