// SPDX-License-Identifier: MIT
//
// How a machine and its tiers are set up, as far as a sample shows it: workers, quotas, limits.
// What was set otherwise in a run, or between two, may be why it went otherwise.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/load/run_sample.h"
#include "analysis/runs/run_findings.h"

namespace tierwatch {

/// Those that are known, of tiers that have a process; the host's first.
std::vector<RunSetting> run_settings(const JudgeInput& facts);

/// "uwsgi: workers 4 → 8", "host: processors 2 → 4".
std::string setting_change_words(const RunSetting& before, double after);

/// A setting that became another for three samples at least, as events of kind "setting", in order
/// of time; 200 at most. One that is not known for a while and then what it was is no change. Pure.
std::vector<RunEvent> find_setting_changes(std::span<const RunSample> samples);

/// What all runs of `b` have otherwise than all runs of `a`, in words; what differs within a group
/// is not told. Pure.
std::vector<std::string> setting_differences(std::span<const RunFindings> a,
                                             std::span<const RunFindings> b);

}  // namespace tierwatch
