// SPDX-License-Identifier: MIT
//
// What else changed beside the figures: a server that was started anew, another program, another
// configuration file. Kept among the settings of a recording, told as events of a run, and between
// two runs.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/runs/run_findings.h"
#include "analysis/snapshot.h"

namespace tierwatch {

/// As settings: `started_seconds` (of the tier's oldest process, by the wall clock, in whole
/// seconds: it may waver by one), `program_changed_seconds PATH`, `program_bytes PATH`,
/// `program_inode PATH`, `file_changed_seconds PATH`, `file_bytes PATH`; of several servers of a
/// tier each path once. What is not known is absent.
std::vector<RunSetting> server_things(const Snapshot& snapshot);

/// Whether a setting of that name is one of these.
bool is_server_thing(std::string_view name);

/// What became another in the run, as events of the kinds "restart", "program" and "file", in order
/// of time; 200 at most. A file, and a start, have their own time where that lies shortly before
/// they were seen; a start that does not is of a process that had been there. What is seen for the
/// first time is no change, nor what is not known for a while and then what it was. `things` in
/// order of time, those before the run included. Pure.
std::vector<RunEvent> find_server_changes(std::span<const SettingAt> things, const RunTime& run);

/// What they were at that moment.
std::vector<RunSetting> server_things_at(std::span<const SettingAt> things,
                                         std::chrono::system_clock::time_point at);

/// What all runs of `b` have otherwise than all runs of `a`, in words: a path once. Pure.
std::vector<std::string> server_differences(std::span<const RunFindings> a,
                                            std::span<const RunFindings> b);

}  // namespace tierwatch
