// SPDX-License-Identifier: MIT
#include "analysis/server_limits.h"

#include <algorithm>

namespace tierwatch {
namespace {

constexpr double kIdleCores = 0.01;  ///< a server that only wakes up now and then

constexpr double kFarBelow = 0.5;  ///< of a limit that is known in part only: nothing comes near it
constexpr double kNearlyAll = 0.9;

bool is_far_below(const std::optional<LimitFacts>& one) {
  return one && (one->limit <= 0 || one->used < kFarBelow * one->limit);
}

const ServerLimit kServerLimits[] = {
    {"", [](const TierFacts& tier) { return tier.worst_fds.has_value(); },
     "open files cannot be counted"},
    {"postgres", [](const TierFacts& tier) { return tier.backends.has_value(); },
     "whether it waits for locks or is out of connections is not seen"},
    {"postgres",
     [](const TierFacts& tier) { return !tier.backends || tier.backends->usable_connections; },
     "how many connections it allows is not known"},
    {"nginx", [](const TierFacts& tier) { return tier.connection_table.has_value(); },
     "how near it is to its worker_connections is not known"},
    {"redis",
     [](const TierFacts& tier) {
       return tier.connection_table || is_far_below(tier.possible_limit);
     },
     "how near it is to its maxclients is not known"},
    {"haproxy", [](const TierFacts& tier) { return is_far_below(tier.possible_limit); },
     "how near it is to a maxconn of its frontends or servers is not known"},
    {"",
     [](const TierFacts& tier) {
       return !tier.tasks || tier.tasks->used < kNearlyAll * tier.tasks->limit;
     },
     "its cgroup has nearly all the processes and threads that it may have (pids.max)"},
};

}  // namespace

bool is_busy(const TierFacts& tier) {
  if (tier.processes <= 0) return false;
  if (tier.cpu_cores.value_or(kIdleCores) >= kIdleCores) return true;
  if (tier.busy_workers.value_or(0) > 0) return true;
  if (tier.backends && tier.backends->backends > 0) return true;
  if (tier.possible_limit && tier.possible_limit->used > 0) return true;
  if (!tier.listeners && !tier.peers) return true;
  const auto queues = [](const ListenerFacts& one) { return one.queued_ratio > 0; };
  const auto connects = [](const PeerFacts& one) { return one.connections > 0; };
  return (tier.listeners && std::ranges::any_of(*tier.listeners, queues)) ||
         (tier.peers && std::ranges::any_of(*tier.peers, connects));
}

std::vector<std::string> unseen_limits(const TierFacts& tier) {
  std::vector<std::string> spots;
  if (!is_busy(tier)) return spots;
  for (const ServerLimit& limit : kServerLimits)
    if ((limit.preset.empty() || limit.preset == tier.preset) && !limit.is_seen(tier))
      spots.push_back(tier.name + ": " + std::string(limit.unseen));
  return spots;
}

}  // namespace tierwatch
