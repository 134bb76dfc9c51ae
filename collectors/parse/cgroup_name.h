// SPDX-License-Identifier: MIT
//
// What people call the place that a cgroup was made for: a unit of systemd, a container.
#pragma once

#include <string>
#include <string_view>

namespace tierwatch {

/// "shop.service"; "container 3fa9c1d2b3e4" (Docker, containerd, CRI-O, Podman: the id's first 12
/// digits, as their tools print it); "pod 3b1f2c4d, container 3fa9c1d2b3e4" (Kubernetes: the first
/// 8 digits of the pod's uid); "container web" (LXC), "machine web" (systemd-nspawn), followed by
/// the unit inside, if it is in one: "machine web, nginx.service". Empty for a cgroup that holds
/// whatever somebody started. Anybody may make a cgroup of any name in a tree of his own: the
/// result is printable, in one line, and at most kLongestCgroupName bytes.
std::string unit_or_container(std::string_view cgroup);

inline constexpr std::size_t kLongestCgroupName = 96;

}  // namespace tierwatch
