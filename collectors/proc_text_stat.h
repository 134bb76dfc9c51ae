// SPDX-License-Identifier: MIT
//
// Our own parser of /proc/PID/stat, for processes that libproc2 has already told us of: asking it
// again for a few costs three times an open, read and close of this file.
#pragma once

#include <optional>
#include <string_view>

#include "collectors/process_table.h"

namespace tierwatch {

/// The text of /proc/PID/stat, see proc_pid_stat(5); `tick` is the kernel's clock tick (10 ms).
/// `comm` is as the process wrote it, any bytes, parentheses and blanks too. `uid` is not in it and
/// stays 0. Absent when the text is cut short or no such line. Pure.
std::optional<ProcessStat> parse_stat(std::string_view text, nanoseconds tick);

}  // namespace tierwatch
