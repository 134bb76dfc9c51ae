// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "collectors/parse/proc_fs.h"
#include "collectors/process_reading.h"

namespace tierwatch {

/// When the process that has this pid now began, as ProcessId::started. Absent: there is none.
std::optional<nanoseconds> start_of(const ProcFs& files, pid_t pid);

/// Not another one that has its pid by now, nor one of another machine.
bool lives_here(const ProcFs& files, const ProcessId& process);

}  // namespace tierwatch
