// SPDX-License-Identifier: MIT
#include "collectors/cgroups/cgroup_tree.h"

#include <algorithm>
#include <optional>

namespace tierwatch {
namespace {

bool has_controller(std::span<const std::string> controllers, std::string_view controller) {
  return std::find(controllers.begin(), controllers.end(), controller) != controllers.end();
}

const CgroupLine* line_of(std::span<const CgroupLine> membership, std::string_view controller) {
  const CgroupLine* unified = nullptr;
  for (const CgroupLine& line : membership) {
    if (has_controller(line.controllers, controller)) return &line;
    if (line.unified) unified = &line;
  }
  return unified;
}

/// What `cgroup` adds to `root`, without a last slash: "" when they are the same. Absent when it is
/// not below; a path of "/.." leads out of our cgroup namespace (cgroup_namespaces(7)).
std::optional<std::string_view> part_below(std::string_view root, std::string_view cgroup) {
  if (cgroup.starts_with("/..")) return std::nullopt;
  if (root.ends_with('/')) root.remove_suffix(1);
  if (cgroup.ends_with('/')) cgroup.remove_suffix(1);
  if (!cgroup.starts_with(root)) return std::nullopt;
  const std::string_view below = cgroup.substr(root.size());
  if (!below.empty() && below.front() != '/') return std::nullopt;
  return below;
}

std::vector<CgroupDirectory> directories_up(const CgroupMount& mount, std::string_view below) {
  const std::string root = mount.root == "/" ? "" : mount.root;
  const std::string top = mount.mount_point.substr(1);
  std::vector<CgroupDirectory> directories;
  while (true) {
    std::string cgroup = root + std::string(below);
    directories.push_back({.cgroup = cgroup.empty() ? "/" : std::move(cgroup),
                           .directory = top + std::string(below),
                           .unified = mount.unified});
    if (below.empty()) return directories;
    below = below.substr(0, below.rfind('/'));
  }
}

/// The one that shows the cgroup; null: none does.
const CgroupMount* mount_of(const CgroupLine& line, std::span<const CgroupMount> mounts,
                            std::string_view controller) {
  for (const CgroupMount& mount : mounts) {
    if (mount.unified != line.unified) continue;
    if (!mount.unified && !has_controller(mount.controllers, controller)) continue;
    if (part_below(mount.root, line.path)) return &mount;
  }
  return nullptr;
}

}  // namespace

bool may_be_limited(std::span<const CgroupLine> membership, std::string_view controller) {
  return line_of(membership, controller) != nullptr;
}

std::vector<CgroupDirectory> cgroup_directories(std::span<const CgroupLine> membership,
                                                std::span<const CgroupMount> mounts,
                                                std::string_view controller) {
  const CgroupLine* line = line_of(membership, controller);
  const CgroupMount* mount = line ? mount_of(*line, mounts, controller) : nullptr;
  return mount ? directories_up(*mount, *part_below(mount->root, line->path))
               : std::vector<CgroupDirectory>{};
}

bool shows_a_part(std::span<const CgroupLine> membership, std::span<const CgroupMount> mounts,
                  std::string_view controller) {
  const CgroupLine* line = line_of(membership, controller);
  const CgroupMount* mount = line ? mount_of(*line, mounts, controller) : nullptr;
  return mount && mount->root != "/";
}

}  // namespace tierwatch
