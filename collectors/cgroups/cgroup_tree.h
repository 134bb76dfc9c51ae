// SPDX-License-Identifier: MIT
//
// Where a process' control groups stand in the file system: v1, v2, both at once, and containers,
// whose mounts show a part of the tree only. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/parse/proc_text_cgroup.h"

namespace tierwatch {

/// A cgroup and the directory that shows it.
struct CgroupDirectory {
  std::string cgroup;     ///< path in its hierarchy, "/system.slice/nginx.service"
  std::string directory;  ///< relative to ProcFs' root, "sys/fs/cgroup/system.slice/nginx.service"
  bool unified = false;   ///< v2
};

/// Whether the process is in a hierarchy that may have this controller: where not, nothing limits
/// it.
bool may_be_limited(std::span<const CgroupLine> membership, std::string_view controller);

/// Whether there is more of the tree above what cgroup_directories() gives.
bool shows_a_part(std::span<const CgroupLine> membership, std::span<const CgroupMount> mounts,
                  std::string_view controller);

/// The cgroup that `controller` ("cpu", "memory", …) keeps the process in, and all above it that
/// are mounted, innermost first: v1's when a v1 hierarchy has this controller, else v2's. Empty
/// when none is to be seen from here.
std::vector<CgroupDirectory> cgroup_directories(std::span<const CgroupLine> membership,
                                                std::span<const CgroupMount> mounts,
                                                std::string_view controller);

}  // namespace tierwatch
