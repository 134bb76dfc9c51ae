// SPDX-License-Identifier: MIT
//
// The very file that a process has mapped, whatever its name leads to by now.
#pragma once

#include <string>

#include "collectors/parse/proc_fs.h"

namespace tierwatch {

/// The file behind a range ("7f0000-7f1000") of /proc/PID/map_files: a regular one that is not the
/// kernel's, whoever it belongs to, since the process could read it. None without CAP_SYS_ADMIN or
/// CAP_CHECKPOINT_RESTORE. May block for as long as its file system does.
FileDescriptor open_mapped_file(const ProcFs& files, pid_t pid, const std::string& range);

}  // namespace tierwatch
