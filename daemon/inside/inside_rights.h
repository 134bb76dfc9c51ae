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
  uid_t uid = 0;                     ///< ours
  std::string user;                  ///< our name
  bool may_trace = false;            ///< CAP_SYS_PTRACE is in force
  bool may_sample = false;           ///< CAP_PERFMON, or CAP_SYS_ADMIN, which it was taken out of
  std::optional<int> perf_paranoid;  ///< kernel.perf_event_paranoid
  std::optional<int> yama_scope;     ///< kernel.yama.ptrace_scope; absent without Yama
};

/// Of this process, now.
ReadingRights reading_rights(const ProcFs& files);

/// One sentence or two. `owner` is the uid of a process of the tier that may not be read,
/// `owner_name` its name; see ptrace(2), "Ptrace access mode checking". Pure.
std::string missing_right(const ReadingRights& ours, const std::string& tier,
                          std::optional<uid_t> owner, const std::string& owner_name,
                          const std::string& command);

/// The same, of samples of what its processes do on a CPU: perf_event_open(2). Pure.
std::string missing_sampling_right(const ReadingRights& ours, const std::string& tier,
                                   std::optional<uid_t> owner, const std::string& owner_name,
                                   const std::string& command);

}  // namespace tierwatch
