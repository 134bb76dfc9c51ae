// SPDX-License-Identifier: MIT
//
// One step of a run looked at by itself: its facts, and what the judge says of them; and all steps
// beside each other: where more load stopped to bring more answers.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/runs/run_findings.h"

namespace tierwatch {

/// Mean facts of samples; without samples a JudgeInput of no seconds.
JudgeInput mean_facts(std::span<const RunSample> samples);

/// The facts as the judge should see them: the load generator's processes are no tier of the stack
/// but somebody who uses this host. `command` is the generator's own name.
JudgeInput without_generator(JudgeInput facts, const std::string& command);

/// A row for each tier that runs, by name.
std::vector<TierAtStep> tiers_at(const JudgeInput& facts, const LoadStep& step);

/// One step: facts, verdict and table; its shape is set by set_shapes().
StepFindings look_at_step(const LoadStep& step, const RunData& run,
                          std::chrono::system_clock::time_point run_begin);

/// Sets the shapes of all steps: growth of throughput over growth of load (users, else requests
/// under way), compared with the least loaded step. Steps may be in any order of load.
void set_shapes(std::vector<StepFindings>& steps);

/// The first step in time that is no longer linear, and where the bounds cross at `ceiling`.
std::optional<Knee> find_knee(std::span<const StepFindings> steps, std::optional<double> ceiling);

/// Users, else requests under way.
std::optional<double> load_of(const LoadStep& step);

/// users / throughput in the least loaded step: response and think time without queueing.
std::optional<double> least_cycle_seconds(std::span<const StepFindings> steps);

/// The step with the highest throughput; without throughput, with the most CPU time of tiers.
std::optional<std::size_t> busiest_step(std::span<const StepFindings> steps);

}  // namespace tierwatch
