// SPDX-License-Identifier: MIT
//
// What the view shows of one process when asked: its environment, the journal of its unit. For
// threads beside the view: both may block.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/parse/proc_fs.h"
#include "collectors/process_reading.h"

namespace tierwatch {

/// The variables that it was started with, by name, one a line; values that can be secrets are
/// masked, and of a long environment only the begin is read. Throws std::runtime_error with the
/// right that is missing.
std::string environment_text(const ProcFs& files, const ProcessId& process);

/// A unit of systemd, and whether it is one of a user's own manager.
struct JournalUnit {
  std::string name;
  bool of_user = false;
  bool operator==(const JournalUnit&) const = default;
};
/// The cgroup that it is in; of several hierarchies one that a unit was made for. Empty: it has
/// ended, or has none.
std::string cgroup_text(const ProcFs& files, const ProcessId& process);

/// The unit that a cgroup is made for: "/system.slice/nginx.service". Absent: it is none's. Pure.
std::optional<JournalUnit> unit_of_cgroup(std::string_view cgroup);

/// The words that ask the journal for a unit's last lines, the newest first. No shell sees them,
/// and no name is taken for an option.
std::vector<std::string> journal_command(const JournalUnit& unit);

/// What a program writes, 256 KiB of it at most, without a terminal and with an environment of our
/// own; it is killed when `go_on` says no, or after `patience`. argv[0] is a path. Throws
/// std::runtime_error when it cannot be run.
std::string output_of(const std::vector<std::string>& argv, nanoseconds patience,
                      const std::function<bool()>& go_on);

}  // namespace tierwatch
