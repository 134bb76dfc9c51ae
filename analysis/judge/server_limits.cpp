// SPDX-License-Identifier: MIT
#include "analysis/judge/server_limits.h"

#include <algorithm>

#include "analysis/judge/judge_constants.h"
#include "analysis/judge/wanted.h"
#include "collectors/servers/servers.h"

namespace tierwatch {
namespace {

/// Sessions come and go, or fail, and the number of those that stay is always the same, short of
/// what the server allows: a limit of a role or a database looks like that.
bool may_refuse_sessions(const TierFacts& tier) {
  const auto& backends = tier.backends;
  return backends && backends->steady && backends->backends >= 1 &&
         backends->ended_cores.value_or(0) >= kRefusals && backends->usable_connections &&
         backends->backends < *backends->usable_connections;
}

/// Threads of one server share its work, but for what one of them alone does.
bool hangs_on_one_thread(const TierFacts& tier) {
  if (tier.serving != RoleKind::kThreaded || tier.single_core_processes || !tier.hottest_thread)
    return false;
  const double hottest = tier.hottest_thread->cores;
  return hottest >= kOneThreadFull && tier.cpu_cores.value_or(hottest) < hottest + kOthersIdle;
}

bool has_room_for_data(const TierFacts& tier) {
  return !tier.data_memory || tier.data_memory->used < kNearlyAll * tier.data_memory->limit;
}

bool is_far_below(const std::optional<LimitFacts>& one) {
  return one && (one->limit <= 0 || one->used < kFarBelow * one->limit);
}

bool every_server(const ServerTraits&) { return true; }
bool tells_backends(const ServerTraits& server) { return server.backend_state; }
bool limits_workers(const ServerTraits& server) { return server.connection_table; }
bool limits_clients(const ServerTraits& server) { return server.fewest_clients > 0; }
bool parks_connections(const ServerTraits& server) { return server.parks_connections; }
bool limits_parts(const ServerTraits& server) { return server.limits_parts; }

/// By one number, which either is read or is not known.
bool limits_all_clients(const ServerTraits& server) {
  return server.connections_option && !server.connection_table && !server.backend_state &&
         server.fewest_clients == 0 && !server.limits_parts;
}

bool limits_connections(const ServerTraits& server) {
  return server.connections_option || server.connection_table;
}
bool sees_sockets(const TierFacts& tier) {
  return tier.connections || (tier.listeners && !tier.listeners->empty());
}

std::string with_option(std::string_view text, const ServerTraits& server) {
  constexpr std::string_view kPlace = "{option}";
  std::string words(text);
  if (const auto at = words.find(kPlace); at != words.npos)
    words.replace(at, kPlace.size(), server.connections_option);
  return words;
}

const ServerLimit kServerLimits[] = {
    {limits_connections, sees_sockets, "which listeners and connections are its own is not known"},
    {every_server, [](const TierFacts& tier) { return tier.worst_fds.has_value(); },
     "open files cannot be counted"},
    {every_server, [](const TierFacts& tier) { return !tier.quota_hidden; },
     "its CPU quota cannot be read: not all of its cgroups are to be seen from here"},
    {every_server, [](const TierFacts& tier) { return !tier.memory_limit_hidden; },
     "its memory limit cannot be read: not all of its cgroups are to be seen from here"},
    {every_server, [](const TierFacts& tier) { return !tier.settings_changed; },
     "its configuration was changed after it started, so its current limits are not known"},
    {tells_backends, [](const TierFacts& tier) { return tier.backends.has_value(); },
     "whether it waits for locks or is out of connections is not seen"},
    {tells_backends,
     [](const TierFacts& tier) { return !tier.backends || tier.backends->usable_connections; },
     "how many connections it allows is not known"},
    {tells_backends, [](const TierFacts& tier) { return !tier.backends || tier.backends->waiting; },
     "the titles of its backends do not show what they do (update_process_title = off?), so they "
     "may "
     "wait for locks"},
    {tells_backends, [](const TierFacts& tier) { return !tier.overrides_hidden; },
     "settings that ALTER SYSTEM may have made cannot be read, so its limits may be others"},
    {tells_backends, [](const TierFacts& tier) { return !may_refuse_sessions(tier); },
     "sessions come and go while the number that stays is always the same: a CONNECTION LIMIT of a "
     "role or database, which cannot be read, may refuse them"},
    {every_server, [](const TierFacts& tier) { return !hangs_on_one_thread(tier); },
     "one of its threads fills a core while the others are idle: requests may wait for that one"},
    {every_server, has_room_for_data,
     "its memory is near its maxmemory and it evicts nothing (noeviction): it may refuse writes"},
    {every_server, [](const TierFacts& tier) { return !tier.data_limit_hidden; },
     "how near it is to its maxmemory is not known"},
    {every_server, [](const TierFacts& tier) { return !tier.space_hidden; },
     "how much room there is where it keeps its data is not known"},
    {every_server, [](const TierFacts& tier) { return !may_lack_space(tier); },
     "there is hardly any room where it keeps its data: it may refuse writes"},
    {limits_workers, [](const TierFacts& tier) { return tier.connection_table.has_value(); },
     "how near it is to its worker_connections is not known"},
    {limits_clients, [](const TierFacts& tier) { return is_far_below(tier.possible_limit); },
     "how near it is to its {option} is not known"},
    {limits_workers, [](const TierFacts& tier) { return is_far_below(tier.possible_limit); },
     "how near it is to a limit_conn or a max_conns of its own is not known"},
    {every_server, [](const TierFacts& tier) { return !tier.limits_rate; },
     "it may delay or refuse requests that come too fast (limit_req), which is not seen"},
    {parks_connections,
     [](const TierFacts& tier) {
       return tier.serving != RoleKind::kSyncWorker || tier.busy_workers.has_value();
     },
     "how many of its workers are free is not known"},
    {limits_parts, [](const TierFacts& tier) { return is_far_below(tier.possible_limit); },
     "how near it is to a maxconn of its frontends or servers is not known"},
    {every_server,
     [](const TierFacts& tier) {
       return !tier.tasks || tier.tasks->used < kNearlyAll * tier.tasks->limit;
     },
     "it has nearly all the processes and threads that its cgroup (pids.max) or its user "
     "(RLIMIT_NPROC) may have"},
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

bool hides_its_clients(const TierFacts& tier) {
  return is_busy(tier) && limits_connections(traits_of(tier.preset)) && !sees_sockets(tier);
}

bool may_be_at_limit(const TierFacts& tier) {
  const auto& possible = tier.possible_limit;
  // maxclients was read: CONFIG SET may have lowered it since, but hardly anybody does.
  if (limits_clients(traits_of(tier.preset)) && tier.connection_table) return false;
  return possible && possible->limit > 0 && possible->used >= possible->limit;
}

bool refuses_to_write(const TierFacts& tier) {
  if (may_lack_space(tier) && is_busy(tier)) return true;
  return tier.data_memory && tier.data_memory->used >= tier.data_memory->limit;
}

std::vector<std::string> unseen_limits(const TierFacts& tier) {
  std::vector<std::string> spots;
  if (tier.stopped)
    spots.push_back(tier.name + ": all its processes that serve are stopped (SIGSTOP)");
  if (!is_busy(tier)) return spots;
  const ServerTraits& server = traits_of(tier.preset);
  if (limits_all_clients(server) && !tier.connection_table && tier.connections.value_or(1) > 0)
    spots.push_back(tier.name + ": how near it is to its " + server.connections_option +
                    " is not known");
  if (tier.preset.empty() && tier.connections.value_or(0) >= kManyConnections)
    spots.push_back(tier.name + ": limits of its own are not known");
  for (const ServerLimit& limit : kServerLimits)
    if (limit.has(server) && !limit.is_seen(tier))
      spots.push_back(tier.name + ": " + with_option(limit.unseen, server));
  return spots;
}

}  // namespace tierwatch
