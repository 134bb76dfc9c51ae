// SPDX-License-Identifier: MIT
#include "analysis/judge/shared_cpu.h"

#include <algorithm>
#include <array>

#include "analysis/judge/judge_constants.h"
#include "analysis/judge/left_unread.h"

namespace tierwatch {
namespace {

double host_cores(const HostFacts& host) {
  return host.processors - std::min(host.steal_cores.value_or(0), host.processors);
}

Saturation* cpu_of(std::vector<Saturation>& found, const std::string& tier) {
  const auto at = std::ranges::find_if(found, [&](const Saturation& one) {
    return one.tier == tier && one.resource == Resource::kCpu;
  });
  return at == found.end() ? nullptr : &*at;
}

bool at_own_ceiling(const std::vector<Saturation>& found, const std::string& tier) {
  return std::ranges::any_of(found, [&](const Saturation& one) {
    return one.tier == tier && one.rule == Rule::kOwnCeiling && one.state == Heat::kHot;
  });
}

/// Most CPU first; equals by name, so that the order of the tiers does not matter.
std::vector<const TierFacts*> by_cpu(const JudgeInput& input) {
  std::vector<const TierFacts*> tiers;
  for (const TierFacts& tier : input.tiers)
    if (tier.cpu_cores && tier.processes > 0) tiers.push_back(&tier);
  std::ranges::sort(tiers, [](const TierFacts* a, const TierFacts* b) {
    return *a->cpu_cores != *b->cpu_cores ? *a->cpu_cores > *b->cpu_cores : a->name < b->name;
  });
  return tiers;
}

void mark(Saturation& cpu, double full, double cores, std::string bound) {
  cpu.rule = Rule::kSharedCpu;
  cpu.state = Heat::kHot;
  cpu.utilization_ratio = full;
  cpu.capacity = cores;
  cpu.bound = std::move(bound);
}

/// What happens on one set of processors.
struct Pool {
  double cores = 0, busy = 0;
  std::string words;
  double ratio() const { return cores > 0 ? busy / cores : 0; }
};

double demand(const TierFacts& tier) {
  return tier.thread_run_cores.value_or(tier.cpu_cores.value_or(0)) +
         tier.run_delay_cores.value_or(0);
}

/// Event loops that can run at a time; 0: it has none. What waits for one of them waits in it.
double loops_that_run(const TierFacts& tier, const HostFacts& host) {
  if (tier.serving != RoleKind::kEventWorker) return 0;
  return std::min({tier.worker_processes.value_or(host.processors), host.processors,
                   tier.allowed_cpus.value_or(host.processors)});
}

/// It waits for a processor: of event loops all do, or run. Where the kernel does not account for
/// that, somebody must be seen to wait for the tier instead: with the processors full, they are
/// what it lacks.
bool lacks_cpu(const TierFacts& tier, const HostFacts& host, const Thresholds& thresholds) {
  if (!tier.run_delay_cores)
    return held_ratio(tier, thresholds).value_or(0) >= thresholds.workers ||
           queued_ratio(tier).value_or(0) >= thresholds.queued;
  if (const double loops = loops_that_run(tier, host); loops > 0)
    return *tier.run_delay_cores >= kFeltDelay && demand(tier) >= thresholds.cpu * loops;
  return run_delay_ratio(tier).value_or(0) >= thresholds.run_delay;
}

bool fills(const TierFacts& tier, const HostFacts& facts, const Pool& pool, double others,
           const Thresholds& thresholds) {
  if (!lacks_cpu(tier, facts, thresholds)) return false;
  return *tier.cpu_cores >= thresholds.cpu_share * pool.busy || *tier.cpu_cores > others;
}

/// The processors a tier is pinned to may be full while the host is not.
void mark_pinned(const TierFacts& tier, const JudgeInput& input, const Thresholds& thresholds,
                 bool was_hot, std::vector<Saturation>& found) {
  if (!tier.allowed_cpus || !tier.allowed_cpus_busy_cores || !tier.cpu_cores) return;
  if (*tier.allowed_cpus >= input.host.processors || at_own_ceiling(found, tier.name)) return;
  const Pool pool{.cores = *tier.allowed_cpus, .busy = *tier.allowed_cpus_busy_cores, .words = {}};
  if (!is_full(pool.ratio(), thresholds.host_cpu, was_hot, thresholds)) return;
  Saturation* cpu = cpu_of(found, tier.name);
  if (cpu && fills(tier, input.host, pool, pool.busy - *tier.cpu_cores, thresholds))
    mark(*cpu, pool.ratio(), pool.cores, cpu->bound);
}

/// Requests for which a tier that `tier` asks waits for a CPU. Not known whom it asks: any tier.
double delay_behind(const TierFacts& tier, const JudgeInput& input) {
  double cores = 0;
  for (const TierFacts& other : input.tiers) {
    if (other.name == tier.name) continue;
    const bool asks = !tier.peers || std::ranges::any_of(*tier.peers, [&](const PeerFacts& peer) {
      return peer.name == other.name;
    });
    if (asks) cores += other.run_delay_cores.value_or(0);
  }
  return cores;
}

/// Requests at work in a server that has a process or thread for whoever comes: those that wait for
/// a lock do not want a processor.
std::optional<double> wants_to_run(const TierFacts& tier) {
  if (tier.backends && tier.backends->active)
    return *tier.backends->active - tier.backends->waiting.value_or(0);
  return tier.serving == RoleKind::kThreaded ? tier.owed : std::nullopt;
}

/// Several of its requests mostly wait for a CPU, though none is queued before it.
bool starves_within(const TierFacts& tier, const Thresholds& thresholds) {
  const auto running = wants_to_run(tier);
  if (!running || *running < kMoreThanOne) return false;
  const double not_running = *running - std::min(*running, tier.cpu_cores.value_or(0));
  return *tier.run_delay_cores >= thresholds.run_delay * *running &&
         *tier.run_delay_cores >= kMostlyForCpu * not_running;
}

/// The kernel counts the time in which a quota is used up as a wait for a CPU, too: nobody else
/// took it.
bool is_throttled(const TierFacts& tier) {
  return tier.quota && tier.quota->throttled_ratio.value_or(0) >= kOftenThrottled;
}

/// Somebody waits for its threads to accept or to read, and these wait for a CPU: as much as one of
/// them for half of the time, where it may be the only one.
bool waits_for_its_threads(const TierFacts& tier, const Thresholds& thresholds) {
  if (queued_ratio(tier).value_or(0) >= thresholds.queued) return true;
  return lies_unread(tier) && *tier.run_delay_cores >= kHalfOfItsCpu;
}

bool is_starved(const TierFacts& tier, const JudgeInput& input, const Thresholds& thresholds) {
  if (!tier.run_delay_cores || is_throttled(tier)) return false;
  if (starves_within(tier, thresholds)) return true;
  const auto held = held_ratio(tier, thresholds), queued = queued_ratio(tier);
  if (is_pool(tier)) {
    const bool short_of_workers =
        (held && *held >= thresholds.workers) || (queued && *queued >= thresholds.queued);
    if (!short_of_workers || !tier.workers) return false;
    double busy = std::min(tier.busy_workers.value_or(*tier.workers), *tier.workers);
    // Of threads that share a core's worth of interpreter only one can want to run; where nobody
    // runs or wants to for much of the time, they are held by something else.
    if (tier.single_core_processes && tier.worker_processes &&
        demand(tier) >= thresholds.cpu * std::min(busy, *tier.worker_processes))
      busy = std::min(busy, *tier.worker_processes);
    if (busy <= 0 || *tier.run_delay_cores / busy < thresholds.run_delay) return false;
    const double not_running = busy - std::min(busy, tier.cpu_cores.value_or(0));
    return *tier.run_delay_cores + delay_behind(tier, input) >= kMostlyForCpu * not_running;
  }
  const auto delay = run_delay_ratio(tier);
  if (!delay || *delay < thresholds.run_delay) return false;
  const double loops = tier.worker_processes.value_or(0);
  return tier.serving == RoleKind::kEventWorker
             ? loops > 0 && demand(tier) / loops >= thresholds.cpu
             : waits_for_its_threads(tier, thresholds);
}

}  // namespace

std::vector<std::string> starved_tiers(const JudgeInput& input, const ThresholdTable& thresholds) {
  std::vector<std::string> names;
  for (const TierFacts& tier : input.tiers)
    if (tier.processes > 0 && is_starved(tier, input, thresholds.of(tier.name)))
      names.push_back(tier.name);
  std::ranges::sort(names);
  return names;
}

double foreign_cores(const JudgeInput& input) {
  double rest = input.host.busy_cores.value_or(0);
  for (const TierFacts& tier : input.tiers) rest -= tier.cpu_cores.value_or(0);
  return std::max(0.0, rest);
}

void add_shared_cpu(const JudgeInput& input, const ThresholdTable& thresholds, const HotSet& before,
                    std::vector<Saturation>& found) {
  const auto was_hot = [&](const std::string& tier) {
    return before.contains({tier, Resource::kCpu});
  };
  const auto tiers = by_cpu(input);
  for (const TierFacts* tier : tiers)
    mark_pinned(*tier, input, thresholds.of(tier->name), was_hot(tier->name), found);
  if (!input.host.busy_cores || tiers.empty()) return;

  const Pool host{.cores = host_cores(input.host), .busy = *input.host.busy_cores, .words = {}};
  const TierFacts& top = *tiers.front();
  const std::string other(kOtherTier);
  const bool full_before = was_hot(top.name) || was_hot(other);
  if (!is_full(host.ratio(), thresholds.all.host_cpu, full_before, thresholds.all)) return;
  const double foreign = foreign_cores(input);
  Saturation* cpu = cpu_of(found, top.name);
  if (cpu && !at_own_ceiling(found, top.name) &&
      fills(top, input.host, host, foreign, thresholds.of(top.name))) {
    mark(*cpu, host.ratio(), host.cores, "of the host");
    return;
  }
  // A tier at a small quota of its own does not fill the host.
  const bool explained = std::ranges::any_of(found, [&](const Saturation& one) {
    return one.state == Heat::kHot && one.rule == Rule::kOwnCeiling &&
           one.used.value_or(0) >= thresholds.all.cpu_share * host.busy;
  });
  if (explained || starved_tiers(input, thresholds).empty()) return;
  found.push_back({.tier = other,
                   .resource = Resource::kCpu,
                   .rule = Rule::kSharedCpu,
                   .state = Heat::kHot,
                   .utilization_ratio = host.ratio(),
                   .used = foreign,
                   .capacity = host.cores,
                   .full_at = thresholds.all.host_cpu,
                   .bound = "of the host"});
}

bool is_load_generator(std::string_view comm) {
  static constexpr std::array<std::string_view, 14> kNames = {
      "wrk",   "wrk2",   "ab",         "hey",    "oha",     "k6",        "locust",
      "siege", "vegeta", "autocannon", "h2load", "phantom", "artillery", "bombardier"};
  return std::ranges::find(kNames, comm) != kNames.end();
}

}  // namespace tierwatch
