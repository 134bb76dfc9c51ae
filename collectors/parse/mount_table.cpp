// SPDX-License-Identifier: MIT
#include "collectors/parse/mount_table.h"

#include <algorithm>

#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

bool covers(std::string_view point, std::string_view path) {
  if (point == "/") return path.starts_with('/');
  return path.starts_with(point) && (path.size() == point.size() || path[point.size()] == '/');
}

}  // namespace

MountTable MountTable::parse(std::string_view mountinfo) {
  MountTable table;
  while (!mountinfo.empty()) {
    std::string_view line = take_until(mountinfo, '\n');
    Mount mount;
    mount.id = take_field(line);
    mount.parent = take_field(line);
    const std::string_view device = take_field(line), directory = take_field(line);
    mount.point = take_field(line);
    if (mount.point.empty()) continue;
    mount.origin = std::string(device) + ' ' + std::string(directory) + ' ' + mount.point;
    table.mounts_.push_back(std::move(mount));
  }
  return table;
}

/// From the root on, always to the mount that lies on the one before: a mount may hide others.
std::optional<std::string> MountTable::origin(std::string_view path) const {
  const auto has_parent = [&](const Mount& mount) {
    return mount.id != mount.parent &&
           std::ranges::find(mounts_, mount.parent, &Mount::id) != mounts_.end();
  };
  const Mount* at = nullptr;
  for (const Mount& mount : mounts_)
    if (mount.point == "/" && !has_parent(mount)) at = &mount;
  for (std::size_t steps = 0; at && steps < mounts_.size(); ++steps) {
    const Mount* next = nullptr;
    for (const Mount& mount : mounts_) {
      if (&mount == at || mount.parent != at->id || !covers(mount.point, path)) continue;
      if (!next || mount.point.size() < next->point.size()) next = &mount;
    }
    if (!next) break;
    at = next;
  }
  return at ? std::optional(at->origin) : std::nullopt;
}

}  // namespace tierwatch
