// SPDX-License-Identifier: MIT
#include "analysis/judge/capacity.h"

#include <algorithm>
#include <cmath>

#include "collectors/text/plain_words.h"
#include "collectors/servers/servers.h"

namespace tierwatch {
namespace {

/// CPU time is told in steps of 10 ms: a process of one core may show a little more.
constexpr double kMoreThanOneCore = 1.10;
/// Who waits longer than this, of the time it could run, goes short of processors: that is another
/// tier's doing, not the end of its own thread.
constexpr double kStarved = 0.20;
constexpr double kNoticeable = 0.05;  ///< cores
constexpr double kFullHost = 0.90;    ///< of its processors, busy
constexpr double kLeastLeft = 0.80;   ///< of a core, to a process whose threads share it
constexpr double kSeveral = 1.5;      ///< threads

std::string cores_word(double cores) {
  return few_digits(cores) + (cores > 1 ? " cores" : " core");
}

CapacityBound host_bound(const TierFacts& tier, const HostFacts& host) {
  const double steal = std::min(host.steal_cores.value_or(0), host.processors);
  CapacityBound bound{.kind = CapacityBound::Kind::kHost,
                      .cores = host.processors - steal,
                      .used_cores = tier.cpu_cores,
                      .words = cores_word(host.processors) + " of the host"};
  if (steal >= 0.05 * host.processors) bound.words += ", " + two_digits(steal) + " stolen";
  return bound;
}

std::optional<CapacityBound> affinity_bound(const TierFacts& tier, const HostFacts& host) {
  if (!tier.allowed_cpus || *tier.allowed_cpus >= host.processors) return std::nullopt;
  return CapacityBound{.kind = CapacityBound::Kind::kAffinity,
                       .cores = *tier.allowed_cpus,
                       .used_cores = tier.cpu_cores,
                       .words = "pinned to " + few_digits(*tier.allowed_cpus) + " of " +
                                cores_word(host.processors)};
}

std::optional<CapacityBound> quota_bound(const TierFacts& tier) {
  if (!tier.quota) return std::nullopt;
  return CapacityBound{
      .kind = CapacityBound::Kind::kQuota,
      .resource = Resource::kQuota,
      .cores = tier.quota->cores,
      .used_cores = tier.quota->used_cores ? tier.quota->used_cores : tier.cpu_cores,
      .words = "quota " + cores_word(tier.quota->cores)};
}

std::string pool_words(double processes, double threads_each, bool global_lock) {
  if (threads_each < 1.5) return count_of(processes, "worker") + " × 1";
  return count_of(processes, "process") + " × 1, " + whole(threads_each) + " threads" +
         (processes < 1.5 ? "" : " each") + (global_lock ? " under one GIL" : " share it");
}

/// Processes of a pool that answer one request per thread.
std::optional<CapacityBound> pool_bound(const TierFacts& tier, std::optional<double> used) {
  if (tier.workers_on_demand) return std::nullopt;
  const bool one_core_each =
      tier.single_core_processes &&
      !(tier.hottest_process && tier.hottest_process->cores > kMoreThanOneCore);
  CapacityBound bound{.kind = CapacityBound::Kind::kServers, .used_cores = used};
  if (!one_core_each) {
    if (!tier.workers || tier.single_core_processes) return std::nullopt;
    bound.cores = *tier.workers;
    bound.words = count_of(bound.cores, "thread") + " × 1";
    return bound;
  }
  if (!tier.worker_processes || *tier.worker_processes <= 0) return std::nullopt;
  bound.cores = *tier.worker_processes;
  const double threads_each = tier.workers.value_or(bound.cores) / bound.cores;
  if (bound.cores < 1.5 || threads_each >= 1.5) bound.resource = Resource::kThread;
  bound.words = pool_words(bound.cores, threads_each, traits_of(tier.preset).interpreter_lock);
  return bound;
}

std::optional<double> hottest_loop(const TierFacts& tier) {
  if (tier.hottest_thread) return tier.hottest_thread->cores;
  if (tier.single_core_processes && tier.hottest_process) return tier.hottest_process->cores;
  return std::nullopt;
}

/// Of the one core of a lone event loop, or of a process whose threads share it, what was left to
/// it: others took the rest while it wanted to run, as steal takes from the host.
double core_left(const TierFacts& tier, const HostFacts& host) {
  if (!tier.run_delay_cores || !tier.thread_run_cores) return 1;
  const double run = *tier.thread_run_cores, delay = *tier.run_delay_cores;
  if (delay < kNoticeable) return 1;
  if (delay < kStarved * (delay + run)) return 1 - delay;
  // While cores are idle, threads that hand a lock to each other wait for nobody else's work.
  const bool cores_idle = host.busy_cores && *host.busy_cores < kFullHost * host.processors;
  const bool held =
      tier.workers.value_or(0) >= kSeveral && tier.busy_workers.value_or(0) >= *tier.workers;
  if (tier.serving != RoleKind::kSyncWorker || !cores_idle || !held) return 1;
  return std::clamp(std::max(run, 1 - delay), kLeastLeft, 1.0);
}

/// Event loops: each fills one core, and what hangs on one cannot move to another.
void add_event_bounds(const TierFacts& tier, std::optional<double> used,
                      std::vector<CapacityBound>& bounds) {
  const std::optional<double> loops =
      tier.single_core_processes ? tier.worker_processes : tier.workers;
  if (!loops || *loops <= 0) return;
  const std::optional<double> hottest = hottest_loop(tier);
  if (*loops < 1.5) {
    bounds.push_back({.kind = CapacityBound::Kind::kServers,
                      .resource = Resource::kThread,
                      .cores = 1,
                      .used_cores = hottest ? hottest : used,
                      .words = "1 thread"});
    return;
  }
  bounds.push_back(
      {.kind = CapacityBound::Kind::kServers,
       .cores = *loops,
       .used_cores = used,
       .words = count_of(*loops, tier.single_core_processes ? "worker" : "thread") + " × 1"});
  bounds.push_back({.kind = CapacityBound::Kind::kHottest,
                    .resource = Resource::kThread,
                    .cores = 1,
                    .used_cores = hottest,
                    .words = "1 of " + count_of(*loops, "event loop")});
}

void add_server_bounds(const TierFacts& tier, std::vector<CapacityBound>& bounds) {
  // Not the whole tier's: Redis' bgsave child fills a core of its own, and harms nobody.
  if (tier.serving == RoleKind::kEventWorker) {
    add_event_bounds(tier, tier.serving_cores, bounds);
  } else if (tier.serving == RoleKind::kSyncWorker) {
    if (auto bound = pool_bound(tier, tier.serving_cores)) bounds.push_back(*std::move(bound));
  }
}

}  // namespace

/// Workers of one application serve no other one's requests.
std::optional<CapacityBound> instance_bound(const TierFacts& tier) {
  if (!tier.busiest_instance || !tier.single_core_processes) return std::nullopt;
  if (tier.serving != RoleKind::kSyncWorker || tier.workers_on_demand) return std::nullopt;
  const InstanceFacts& one = *tier.busiest_instance;
  return CapacityBound{.kind = CapacityBound::Kind::kInstance,
                       .resource = one.processes < 1.5 ? Resource::kThread : Resource::kCpu,
                       .cores = one.processes,
                       .used_cores = one.cores,
                       .words = count_of(one.processes, "worker") + " × 1, one of " +
                                count_of(one.instances, "instance")};
}

std::optional<CapacityBound> router_bound(const TierFacts& tier) {
  if (!tier.hottest_router || tier.serving != RoleKind::kSyncWorker) return std::nullopt;
  return CapacityBound{.kind = CapacityBound::Kind::kRouter,
                       .resource = Resource::kThread,
                       .cores = 1,
                       .used_cores = tier.hottest_router->cores,
                       .words = "its router"};
}

std::vector<CapacityBound> capacity_bounds(const TierFacts& tier, const HostFacts& host) {
  std::vector<CapacityBound> bounds;
  if (host.processors <= 0) return bounds;
  const CapacityBound machine = host_bound(tier, host);
  double processors = host.processors;
  if (auto pinned = affinity_bound(tier, host)) {
    processors = pinned->cores;
    bounds.push_back(*std::move(pinned));
  } else {
    bounds.push_back(machine);
  }
  if (auto quota = quota_bound(tier)) bounds.push_back(*std::move(quota));
  add_server_bounds(tier, bounds);
  if (auto instance = instance_bound(tier)) bounds.push_back(*std::move(instance));
  if (auto router = router_bound(tier)) bounds.push_back(*std::move(router));
  std::erase_if(bounds, [&](const CapacityBound& bound) {
    return bound.kind != CapacityBound::Kind::kHost &&
           bound.kind != CapacityBound::Kind::kAffinity && bound.cores >= processors;
  });
  for (CapacityBound& bound : bounds)
    if (bound.cores == 1 && bound.resource == Resource::kThread &&
        (bound.kind == CapacityBound::Kind::kServers ||
         bound.kind == CapacityBound::Kind::kInstance))
      bound.cores = core_left(tier, host);
  std::ranges::stable_sort(bounds, {}, [](const CapacityBound& bound) {
    return std::pair(bound.of_a_part(), bound.cores);
  });
  return bounds;
}

}  // namespace tierwatch
