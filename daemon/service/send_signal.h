// SPDX-License-Identifier: MIT
//
// A signal to the very process that was meant: a pid may be another's by now.
#pragma once

#include <string>

#include "collectors/parse/proc_fs.h"
#include "collectors/process_reading.h"

namespace tierwatch {

/// Sends it (pidfd_send_signal(2)) when the process of this pid began when that one did. Returns ""
/// or why it was not sent.
std::string send_signal(const ProcFs& files, const ProcessId& process, int number);

}  // namespace tierwatch
