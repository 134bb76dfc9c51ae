// SPDX-License-Identifier: MIT
//
// The load generator itself: whether what it measured is of the server, or of its own limits.
#pragma once

#include <span>

#include "analysis/runs/run_findings.h"

namespace tierwatch {

/// Of the steps in `findings` and the samples of the run. What it used is known only where it ran
/// on this machine, started by `record`. Pure.
GeneratorFindings look_at_generator(const RunFindings& findings,
                                    std::span<const RunSample> samples);

}  // namespace tierwatch
