// SPDX-License-Identifier: MIT
//
// What a tier can run out of. The names are the same everywhere: JSON, labels, sentences, docs.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace tierwatch {

enum class Resource : std::uint8_t {
  kCpu,          ///< the tier fills the cores it may use
  kThread,       ///< one thread (or one process with a GIL) fills a core, others could be used
  kQuota,        ///< the CPU bandwidth of its cgroup
  kWorkers,      ///< all workers of a pool are held, the CPU is not full
  kConnections,  ///< slots: max_connections, worker_connections
  kFds,          ///< file descriptors of one process
  kMemory,       ///< of its cgroup, or of the host
  kDisk,         ///< its processes wait for a disk
  kLock,         ///< its processes wait for each other
  kPool,         ///< its own connections to another server, while more requests are at work
  kSpace,        ///< room on the disk that it keeps its data on
  kNetwork,      ///< a network link that its answers leave by
};
inline constexpr std::size_t kResources = 12;

/// "cpu", "thread", "quota", "workers", "connections", "fds", "memory", "disk", "lock", "pool",
/// "space", "network".
std::string_view to_string(Resource resource);

/// A tier and one of its resources: what metrics are labelled with and verdicts name.
struct TierResource {
  std::string tier;
  Resource resource = Resource::kCpu;
  auto operator<=>(const TierResource&) const = default;
};

/// "gunicorn" of "gunicorn (shop.service)", as servers of a tier with several are called.
inline std::string_view tier_part(std::string_view name) { return name.substr(0, name.find(" (")); }
/// "shop.service" of it; empty for a tier that is judged as one.
inline std::string_view server_part(std::string_view name) {
  const std::size_t tier = tier_part(name).size();
  return tier == name.size() ? "" : name.substr(tier + 2, name.size() - tier - 3);
}

/// Names that stand for no watched tier: foreign processes of this host, and peers elsewhere.
inline constexpr std::string_view kOtherTier = "other";
inline constexpr std::string_view kExternalTier = "external";
/// And clients that take answers more slowly than they come.
inline constexpr std::string_view kItsClients = "clients";

}  // namespace tierwatch
