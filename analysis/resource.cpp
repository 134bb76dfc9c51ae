// SPDX-License-Identifier: MIT
#include "analysis/resource.h"

#include <array>

namespace tierwatch {
namespace {

constexpr std::array<std::string_view, kResources> kNames = {
    "cpu", "thread", "quota", "workers", "connections", "fds", "memory", "disk", "lock"};

}  // namespace

std::string_view to_string(Resource resource) { return kNames[static_cast<std::size_t>(resource)]; }

std::optional<Resource> resource_named(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<Resource>(i);
  return std::nullopt;
}

}  // namespace tierwatch
