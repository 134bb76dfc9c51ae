// SPDX-License-Identifier: MIT
//
// The log files of one process, for key `l` of the view: nginx and PostgreSQL write there what the
// journal never sees.
#pragma once

#include <string>

#include "collectors/parse/proc_fs.h"
#include "collectors/process_reading.h"

namespace tierwatch {

/// The last lines, newest first, of the regular files that the process has open to append to; those
/// of access logs last. Empty: it has none open. At most four files, 32 KiB and 40 lines of each;
/// what they hold is printable. A file that may not be read is said with the right that is missing.
/// May block on a file system that does not answer: for threads beside the view.
std::string log_files_text(const ProcFs& files, const ProcessId& process);

}  // namespace tierwatch
