// SPDX-License-Identifier: MIT
//
// Which source tells of processes: the BPF iterator where it may be used, else /proc; and why.
#pragma once

#include <memory>
#include <string>

#include "collectors/bpf/task_iterator.h"
#include "collectors/parse/proc_fs.h"
#include "collectors/process/process_table.h"
#include "collectors/process/task_source.h"

namespace tierwatch {

enum class SourceWish : std::uint8_t { kAuto, kProc, kBpf };

enum class SourceReason : std::uint8_t {
  kPermitted,       ///< BPF, as it may be used
  kConfigured,      ///< /proc, because nothing else is wanted
  kNotBuilt,        ///< the rest: /proc, because the program has no BPF in it
  kNotPermitted,    ///< no CAP_BPF with CAP_PERFMON
  kOtherNamespace,  ///< /proc tells of other process numbers than the kernel tells us
  kRefused,         ///< the kernel does not take it
  kFailed,          ///< it worked, and then did not
};
/// "permitted", "configured", "not_built", "not_permitted", "other_namespace", "refused", "failed".
std::string_view to_string(SourceReason reason);

struct ChosenSource {
  std::unique_ptr<TaskSource> tasks;  ///< none: /proc
  SourceReason reason = SourceReason::kConfigured;
  std::string words;  ///< what the kernel said; empty where it said nothing
};

/// Throws nothing. `table` is what /proc is listed with.
ChosenSource choose_task_source(SourceWish wish, const ProcFs& files, const ProcessTable& table);

/// The source alone, for tests that bring their own iterator.
std::unique_ptr<TaskSource> make_task_source(std::unique_ptr<TaskIterator> iterator);

}  // namespace tierwatch
