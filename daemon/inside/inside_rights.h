// SPDX-License-Identifier: MIT
//
// Which right is missing to read the memory of a tier's processes, and the command that has it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "collectors/parse/proc_fs.h"

namespace tierwatch {

struct ReadingRights {
  uid_t uid = 0;                  ///< ours
  std::string user;               ///< our name
  bool may_trace = false;         ///< CAP_SYS_PTRACE is in force
  std::optional<int> yama_scope;  ///< kernel.yama.ptrace_scope; absent without Yama
};

/// Of this process, now.
ReadingRights reading_rights(const ProcFs& files);

/// One sentence or two. `owner` is the uid of a process of the tier that may not be read,
/// `owner_name` its name; see ptrace(2), "Ptrace access mode checking". Pure.
std::string missing_right(const ReadingRights& ours, const std::string& tier,
                          std::optional<uid_t> owner, const std::string& owner_name,
                          const std::string& command);

}  // namespace tierwatch
