// SPDX-License-Identifier: MIT
//
// From the steps of a run to its one answer: which tier limited it, or where else to look.
#pragma once

#include "analysis/runs/run_findings.h"

namespace tierwatch {

/// What limits by the steps alone: the tier and resource that the judge named for the longest time
/// in the steps from the knee on; without a knee, in the busiest step; without throughput, in all.
/// Absent when nothing was full there for the longer time.
std::optional<TierResource> limiting_resource(std::span<const StepFindings> steps,
                                              const std::optional<Knee>& knee);

/// The step, of those that name `what`, with the highest throughput.
const StepFindings* proof_of(const RunFindings& findings, const TierResource& what);

/// The ceiling of what limits. Of things that have no rate (locks, files, memory), what was
/// measured is the ceiling. Absent when throughput is not known.
std::optional<Ceiling> ceiling_of_limit(const RunFindings& findings, const TierResource& what);

/// The lowest ceiling once `first` is lifted; absent when none is known.
std::optional<Ceiling> ceiling_after(const DemandFindings& demand, const Ceiling& first);

/// The answer. `findings` has its steps, knee, demand, ceilings and generator already.
RunVerdict conclude(const RunFindings& findings);

}  // namespace tierwatch
