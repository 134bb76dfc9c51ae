// SPDX-License-Identifier: MIT
#include "analysis/resource.h"

#include <array>

namespace tierwatch {
namespace {

constexpr std::array<std::string_view, kResources> kNames = {
    "cpu",    "thread", "quota", "workers", "connections", "fds",
    "memory", "disk",   "lock",  "pool",    "space",       "network"};

}  // namespace

std::string_view to_string(Resource resource) { return kNames[static_cast<std::size_t>(resource)]; }

}  // namespace tierwatch
