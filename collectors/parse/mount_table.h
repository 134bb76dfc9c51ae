// SPDX-License-Identifier: MIT
//
// /proc/PID/mountinfo (proc(5)): which file system a path of that process lies on. Everyone may
// read it, of every process, so it tells a container's files from the host's without privilege.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierwatch {

class MountTable {
 public:
  /// Lines that are malformed are left out.
  static MountTable parse(std::string_view mountinfo);

  /// What lies at an absolute path without links: the device and the directory of it that is
  /// mounted. Absent when no mount covers the path, as in a chroot that is no mount of its own.
  std::optional<std::string> origin(std::string_view path) const;

 private:
  struct Mount {
    std::string id, parent;
    std::string origin;  ///< "8:1 /srv", where it is mounted included
    std::string point;
  };
  std::vector<Mount> mounts_;
};

}  // namespace tierwatch
