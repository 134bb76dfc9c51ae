// SPDX-License-Identifier: MIT
//
// Samples from inside the tiers, brought together with the steps of a run.
#pragma once

#include "analysis/runs/run_findings.h"

namespace tierwatch {

/// `findings` has steps, their shapes and the verdict. Empty where nobody looked. Pure.
InsideOfRun find_inside_run(const RunData& run, const RunFindings& findings);

}  // namespace tierwatch
