// SPDX-License-Identifier: MIT
#include "analysis/judge/capacity.h"

#include <algorithm>
#include <cmath>

#include "analysis/judge/judge_constants.h"
#include "collectors/servers/servers.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

std::string cores_word(double cores) {
  return few_digits(cores) + (cores > 1 ? " cores" : " core");
}

CapacityBound host_bound(const TierFacts& tier, const HostFacts& host) {
  const double steal = std::min(host.steal_cores.value_or(0), host.processors);
  CapacityBound bound{.kind = CapacityBound::Kind::kHost,
                      .cores = host.processors - steal,
                      .used_cores = tier.cpu_cores,
                      .words = cores_word(host.processors) + " of the host"};
  if (steal >= kWorthNaming * host.processors) bound.words += ", " + two_digits(steal) + " stolen";
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
  return CapacityBound{.kind = CapacityBound::Kind::kQuota,
                       .resource = Resource::kQuota,
                       .cores = tier.quota->cores,
                       .used_cores = tier.quota->used_cores
                                         ? tier.quota->used_cores
                                         : std::max(tier.quota->least_cores, tier.cpu_cores),
                       .words = "quota " + cores_word(tier.quota->cores)};
}

std::string pool_words(double processes, double threads_each, bool global_lock) {
  if (threads_each < kMoreThanOne) return count_of(processes, "worker") + " × 1";
  return count_of(processes, "process") + " × 1, " + whole(threads_each) + " threads" +
         (processes < kMoreThanOne ? "" : " each") + (global_lock ? " under one GIL" : " share it");
}

/// Processes of a pool that answer one request per thread.
std::optional<CapacityBound> pool_bound(const TierFacts& tier) {
  if (tier.workers_on_demand) return std::nullopt;
  const bool one_core_each =
      tier.single_core_processes &&
      !(tier.hottest_process && tier.hottest_process->cores > kMoreThanOneCore);
  CapacityBound bound{.kind = CapacityBound::Kind::kServers, .used_cores = tier.serving_cores};
  if (!one_core_each) {
    if (!tier.workers || tier.single_core_processes) return std::nullopt;
    bound.cores = *tier.workers;
    bound.words = count_of(bound.cores, "thread") + " × 1";
    return bound;
  }
  if (!tier.worker_processes || *tier.worker_processes <= 0) return std::nullopt;
  bound.cores = *tier.worker_processes;
  const double threads_each = tier.workers.value_or(bound.cores) / bound.cores;
  if (bound.cores < kMoreThanOne || threads_each >= kMoreThanOne)
    bound.resource = Resource::kThread;
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
double core_left(const TierFacts& tier, const HostFacts& host, const Thresholds& thresholds) {
  if (!tier.run_delay_cores || !tier.thread_run_cores) return 1;
  const double run = *tier.thread_run_cores, delay = *tier.run_delay_cores;
  if (delay < kFeltDelay) return 1;
  if (delay < thresholds.run_delay * (delay + run)) return 1 - delay;
  // While cores are idle, threads that hand a lock to each other wait for nobody else's work.
  const bool held =
      tier.workers.value_or(0) >= kMoreThanOne && tier.busy_workers.value_or(0) >= *tier.workers;
  if (tier.serving != RoleKind::kSyncWorker || !cores_are_idle(host, thresholds) || !held) return 1;
  return std::clamp(std::max(run, 1 - delay), kLeastLeft, 1.0);
}

/// Event loops: each fills one core, and what hangs on one cannot move to another.
void add_event_bounds(const TierFacts& tier, std::vector<CapacityBound>& bounds) {
  const std::optional<double> loops =
      tier.single_core_processes ? tier.worker_processes : tier.workers;
  if (!loops || *loops <= 0) return;
  const std::optional<double> hottest = hottest_loop(tier);
  if (*loops < kMoreThanOne) {
    bounds.push_back({.kind = CapacityBound::Kind::kServers,
                      .resource = Resource::kThread,
                      .cores = 1,
                      .used_cores = hottest ? hottest : tier.serving_cores,
                      .words = "1 thread"});
    return;
  }
  bounds.push_back(
      {.kind = CapacityBound::Kind::kServers,
       .cores = *loops,
       .used_cores = tier.serving_cores,
       .words = count_of(*loops, tier.single_core_processes ? "worker" : "thread") + " × 1"});
  bounds.push_back({.kind = CapacityBound::Kind::kHottest,
                    .resource = Resource::kThread,
                    .cores = 1,
                    .used_cores = hottest,
                    .words = "the busiest of " + count_of(*loops, "event loop")});
}

/// Workers of one application serve no other one's requests.
std::optional<CapacityBound> instance_bound(const TierFacts& tier) {
  if (!tier.busiest_instance || !tier.single_core_processes || tier.workers_on_demand)
    return std::nullopt;
  const InstanceFacts& one = *tier.busiest_instance;
  return CapacityBound{
      .kind = CapacityBound::Kind::kInstance,
      .resource = one.processes < kMoreThanOne ? Resource::kThread : Resource::kCpu,
      .cores = one.processes,
      .used_cores = one.cores,
      .words = count_of(one.processes, "worker") + " × 1, one of " +
               count_of(one.instances, "instance")};
}

std::optional<CapacityBound> router_bound(const TierFacts& tier) {
  if (!tier.hottest_router) return std::nullopt;
  return CapacityBound{.kind = CapacityBound::Kind::kRouter,
                       .resource = Resource::kThread,
                       .cores = 1,
                       .used_cores = tier.hottest_router->cores,
                       .words = "its router"};
}

/// What bounds it wherever it runs: its quota, and what serves in it. Of servers only what they use
/// themselves counts: Redis' bgsave child fills a core of its own, and harms nobody.
std::vector<CapacityBound> own_bounds(const TierFacts& tier) {
  std::vector<CapacityBound> bounds;
  const auto add = [&](std::optional<CapacityBound> bound) {
    if (bound) bounds.push_back(*std::move(bound));
  };
  add(quota_bound(tier));
  if (tier.serving == RoleKind::kEventWorker) add_event_bounds(tier, bounds);
  if (tier.serving != RoleKind::kSyncWorker) return bounds;
  add(pool_bound(tier));
  add(instance_bound(tier));
  add(router_bound(tier));
  return bounds;
}

/// One thread is all that serves in it, or in one instance of it.
bool is_lone_thread(const CapacityBound& bound) {
  return bound.resource == Resource::kThread && bound.cores == 1 &&
         (bound.kind == CapacityBound::Kind::kServers ||
          bound.kind == CapacityBound::Kind::kInstance);
}

}  // namespace

bool cores_are_idle(const HostFacts& host, const Thresholds& thresholds) {
  return host.busy_cores && *host.busy_cores < thresholds.host_cpu * host.processors;
}

std::vector<CapacityBound> capacity_bounds(const TierFacts& tier, const HostFacts& host,
                                           const Thresholds& thresholds) {
  if (host.processors <= 0) return {};
  const auto pinned = affinity_bound(tier, host);
  const double processors = pinned ? pinned->cores : host.processors;
  std::vector<CapacityBound> bounds{pinned ? *pinned : host_bound(tier, host)};
  for (CapacityBound& bound : own_bounds(tier)) {
    if (bound.cores >= processors) continue;
    if (is_lone_thread(bound)) bound.cores = core_left(tier, host, thresholds);
    bounds.push_back(std::move(bound));
  }
  std::ranges::stable_sort(bounds, {}, [](const CapacityBound& bound) {
    return std::pair(bound.of_a_part(), bound.cores);
  });
  return bounds;
}

}  // namespace tierwatch
