// SPDX-License-Identifier: MIT
#include "analysis/judge/wanted.h"

#include <algorithm>
#include <cmath>

#include "analysis/judge/judge_constants.h"
#include "analysis/judge/left_unread.h"
#include "analysis/judge/saturation.h"
#include "collectors/servers/servers.h"

namespace tierwatch {
namespace {

/// Requests take turns on its connections: those of a pool of processes belong to one worker each.
bool shares_connections(const TierFacts& tier) {
  if (tier.workers_on_demand) return false;
  return !is_pool(tier) || tier.worker_processes.value_or(2) < kMoreThanOne;
}

/// Where the connections do not tell, by what its server's backends do, if it is the only client.
std::optional<double> awaiting_on(const PeerFacts& peer, const JudgeInput& input) {
  if (peer.awaiting || !peer.watched) return peer.awaiting;
  const TierFacts* server = tier_named(input, peer.name);
  if (!server || !server->backends) return std::nullopt;
  if (server->backends->backends > peer.connections + kOneAtATime) return std::nullopt;
  return server->backends->active;
}

/// Connections that its requests keep between two statements of a transaction: they wait for
/// nothing there, and nobody else may have the connection. None where others may be in them.
double kept_in_transactions(const TierFacts& tier, const PeerFacts& peer, const JudgeInput& input) {
  const TierFacts* server = peer.watched ? tier_named(input, peer.name) : nullptr;
  if (!server || !server->backends || traits_of(tier.preset).only_pools) return 0;
  if (server->backends->backends > peer.connections + kOneAtATime) return 0;
  return server->backends->idle_in_transaction.value_or(0);
}

bool one_surely_waits(const TierFacts& tier, const PoolDemand& demand) {
  return traits_of(tier.preset).only_pools && demand.surely_waiting.value_or(0) >= kOneAtATime;
}

}  // namespace

double chance_queue(double workers, double load) {
  const double servers = std::max(1.0, std::round(workers));
  double busy = 1;  // Erlang B, by its recursion over the number of servers
  for (double n = 1; n <= servers; ++n) busy = servers * load * busy / (n + servers * load * busy);
  const double all_busy = busy / (1 - load * (1 - busy));  // Erlang C
  return all_busy * load;
}

std::optional<double> usable_workers(const TierFacts& tier, const Thresholds& thresholds) {
  if (!tier.workers || *tier.workers <= 0) return std::nullopt;
  const bool waits = queued_ratio(tier).value_or(0) >= thresholds.queued;
  // Of an interpreter: there libraries have threads of their own. Other servers' are known as
  // theirs.
  const bool has_threads = tier.single_core_processes && tier.worker_processes &&
                           *tier.workers >= kMoreThanOne * *tier.worker_processes;
  if (!waits || !has_threads || !tier.busy_workers ||
      *tier.busy_workers >= kServingThreads * *tier.workers)
    return tier.workers;
  return std::max({1.0, *tier.busy_workers, *tier.worker_processes});
}

double queued_full_at(const TierFacts& tier, const Thresholds& thresholds) {
  if (!is_pool(tier)) return thresholds.queued;
  return std::max(thresholds.queued,
                  chance_queue(usable_workers(tier, thresholds).value_or(1), kFullLoad));
}

double queued_beside_busy(const TierFacts& tier, const Thresholds& thresholds) {
  return std::max(thresholds.queued,
                  chance_queue(usable_workers(tier, thresholds).value_or(1), kBusyLoad));
}

bool waits_for_a_worker(const TierFacts& tier, const Thresholds& thresholds) {
  const auto queued = queued_ratio(tier);
  if (!queued) return true;  // not seen
  // All of many are busy all the time: that is no chance.
  if (usable_workers(tier, thresholds).value_or(0) >= kManyWorkers) return true;
  if (*queued >= queued_beside_busy(tier, thresholds)) return true;
  // Some accept ahead of their workers: then the queue is inside.
  return tier.busy_workers && tier.workers && *tier.busy_workers >= *tier.workers + kOneAtATime;
}

bool wants_connections(const TierFacts& tier) {
  if (queued_ratio(tier).value_or(0) >= kSeldomQueued) return true;
  return !tier.backends || !tier.backends->ended_cores ||
         *tier.backends->ended_cores >= kComesAndGoes;
}

bool wants_memory(const TierFacts& tier, const HostFacts& host) {
  if (!tier.memory || !tier.memory->limit_hits) return true;
  return *tier.memory->limit_hits > 0 || host.memory_pressure_ratio.value_or(0) >= kMemoryPressed;
}

bool rereads_its_files(const TierFacts& tier, const JudgeInput& input) {
  const HostFacts& host = input.host;
  if (!tier.memory || !host.reclaim || input.seconds <= 0) return false;
  return tier.memory->limit_hits.value_or(0) >= kHitsOften * input.seconds &&
         host.reclaim->reread_pages_per_second >= kRereadsHurt &&
         host.memory_pressure_ratio.value_or(0) >= kMemoryPressed;
}

bool has_no_space(const TierFacts& tier) {
  if (!tier.space || traits_of(tier.preset).may_keep_nothing) return false;
  return tier.space->left_bytes < kNoSpace || tier.space->left_inodes.value_or(1) < 1;
}

bool may_lack_space(const TierFacts& tier) {
  return tier.space &&
         (tier.space->left_bytes < kLittleSpace || tier.space->left_inodes.value_or(1) < 1);
}

std::optional<bool> is_awaited(const TierFacts& tier, const JudgeInput& input) {
  bool has_client = false;
  double awaiting = 0;
  for (const TierFacts& other : input.tiers)
    for (const PeerFacts& peer : other.peers.value_or(std::vector<PeerFacts>{})) {
      if (!peer.watched || peer.name != tier.name) continue;
      if (!peer.awaiting) return std::nullopt;
      has_client = true;
      awaiting += *peer.awaiting;
    }
  if (has_client) return awaiting >= kOneAtATime;
  const auto held_up = tier.backends ? tier.backends->waiting : tier.owed;
  return held_up ? std::optional(*held_up >= kMoreThanOne) : std::nullopt;
}

std::optional<PoolDemand> pool_demand(const TierFacts& tier, const JudgeInput& input) {
  if (!tier.owed || !tier.peers || !shares_connections(tier)) return std::nullopt;
  PoolDemand demand;
  double fullness = 0;
  for (const PeerFacts& peer : *tier.peers) {
    const auto awaiting = awaiting_on(peer, input);
    if (!awaiting) return std::nullopt;
    const double connections = peer.connections - peer.background;
    const double kept = kept_in_transactions(tier, peer, input);
    const double used = std::max(*awaiting, std::min(connections, *awaiting + kept));
    demand.awaiting += used;
    if (connections < 1 || used < fullness * connections) continue;
    fullness = used / connections;
    demand.fullest = &peer;
    demand.used = used;
    demand.connections = connections;
  }
  const double runs = tier.cpu_cores.value_or(0) + tier.run_delay_cores.value_or(0);
  demand.waiting = *tier.owed - demand.awaiting - runs - unread_at_work(tier);
  if (tier.owed_by_unix) {
    demand.surely_owed = *tier.owed - *tier.owed_by_unix;
    demand.surely_waiting = demand.waiting - *tier.owed_by_unix;
  }
  return demand;
}

bool has_one_for_each(const TierFacts& tier, const PoolDemand& demand) {
  return !traits_of(tier.preset).only_pools && demand.connections >= *tier.owed - kOneAtATime;
}

bool hides_its_waits(const TierFacts& tier) {
  return tier.serving == RoleKind::kThreaded && !tier.backends;
}

bool wants_connections_of_its_own(const TierFacts& tier, const PoolDemand& demand) {
  if (one_surely_waits(tier, demand) && demand.used >= kNeverFree * demand.connections) return true;
  return may_be_waited_in(tier, demand);
}

bool keeps_its_connections(const TierFacts& tier, const PoolDemand& demand) {
  return demand.fullest && one_surely_waits(tier, demand) &&
         demand.awaiting <= kNeverWaits * *demand.surely_owed;
}

bool may_lack_connections(const TierFacts& tier, const PoolDemand& demand) {
  return one_surely_waits(tier, demand) &&
         *demand.surely_waiting >= kManyWait * *demand.surely_owed;
}

bool may_be_waited_in(const TierFacts& tier, const PoolDemand& demand) {
  return demand.waiting >= kOneAtATime && demand.waiting >= kManyWait * *tier.owed;
}

}  // namespace tierwatch
