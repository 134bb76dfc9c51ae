// SPDX-License-Identifier: MIT
#include "analysis/judge/server_limits.h"

#include <algorithm>

#include "collectors/servers/servers.h"

namespace tierwatch {
namespace {

constexpr double kIdleCores = 0.01;  ///< a server that only wakes up now and then

constexpr double kFarBelow = 0.5;  ///< of a limit that is known in part only: nothing comes near it
constexpr double kNearlyAll = 0.9;

bool is_far_below(const std::optional<LimitFacts>& one) {
  return one && (one->limit <= 0 || one->used < kFarBelow * one->limit);
}

bool every_server(const ServerTraits&) { return true; }
bool tells_backends(const ServerTraits& server) { return server.backend_state; }
bool limits_workers(const ServerTraits& server) { return server.connection_table; }
bool limits_clients(const ServerTraits& server) { return server.fewest_clients > 0; }
bool limits_parts(const ServerTraits& server) { return server.limits_parts; }

const ServerLimit kServerLimits[] = {
    {every_server, [](const TierFacts& tier) { return tier.worst_fds.has_value(); },
     "open files cannot be counted"},
    {every_server, [](const TierFacts& tier) { return !tier.quota_hidden; },
     "its CPU quota cannot be read: its cgroup is not to be seen from here"},
    {every_server, [](const TierFacts& tier) { return !tier.memory_limit_hidden; },
     "its memory limit cannot be read: its cgroup is not to be seen from here"},
    {tells_backends, [](const TierFacts& tier) { return tier.backends.has_value(); },
     "whether it waits for locks or is out of connections is not seen"},
    {tells_backends,
     [](const TierFacts& tier) { return !tier.backends || tier.backends->usable_connections; },
     "how many connections it allows is not known"},
    {tells_backends, [](const TierFacts& tier) { return !tier.backends || tier.backends->waiting; },
     "what its backends do is not told by their titles (update_process_title = off?), so they may "
     "wait for locks"},
    {limits_workers, [](const TierFacts& tier) { return tier.connection_table.has_value(); },
     "how near it is to its worker_connections is not known"},
    {limits_clients,
     [](const TierFacts& tier) {
       return tier.connection_table || is_far_below(tier.possible_limit);
     },
     "how near it is to its maxclients is not known"},
    {limits_parts, [](const TierFacts& tier) { return is_far_below(tier.possible_limit); },
     "how near it is to a maxconn of its frontends or servers is not known"},
    {every_server,
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
  const auto queues = [](const ListenerFacts& one) { return one.queued_ratio > 0; };
  if (tier.listeners && std::ranges::any_of(*tier.listeners, queues)) return true;
  return tier.connections.value_or(1) > 0;
}

std::vector<std::string> unseen_limits(const TierFacts& tier) {
  std::vector<std::string> spots;
  if (!is_busy(tier)) return spots;
  const ServerTraits& server = traits_of(tier.preset);
  for (const ServerLimit& limit : kServerLimits)
    if (limit.has(server) && !limit.is_seen(tier))
      spots.push_back(tier.name + ": " + std::string(limit.unseen));
  return spots;
}

}  // namespace tierwatch
