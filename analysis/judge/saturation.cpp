// SPDX-License-Identifier: MIT
#include "analysis/judge/saturation.h"

#include <algorithm>
#include <cmath>

#include "analysis/judge/capacity.h"
#include "analysis/judge/held_workers.h"
#include "analysis/judge/host_memory.h"
#include "analysis/judge/judge_constants.h"
#include "analysis/judge/left_unread.h"
#include "analysis/judge/outer_limits.h"
#include "analysis/judge/shared_cpu.h"
#include "analysis/judge/wanted.h"
#include "collectors/servers/servers.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {

bool is_cpu(Resource resource) {
  return resource == Resource::kCpu || resource == Resource::kThread ||
         resource == Resource::kQuota;
}

namespace {

/// Collects what is known of one tier.
class TierAssessor {
 public:
  TierAssessor(const TierFacts& tier, const JudgeInput& input, const Thresholds& thresholds,
               const HotSet& before)
      : tier_(tier), input_(input), thresholds_(thresholds), before_(before) {}

  std::vector<Saturation> assess() && {
    add_cpu();
    add_slots();
    add_client_pool();
    add_memory();
    add_lock();
    add_disk();
    add_outer_limits(tier_, input_, thresholds_, before_, found_);
    return std::move(found_);
  }

 private:
  bool was_hot(Resource resource) const { return before_.contains({tier_.name, resource}); }

  Heat heat(double ratio, double full, Resource resource) const {
    if (is_full(ratio, full, was_hot(resource), thresholds_)) return Heat::kHot;
    return ratio >= full - thresholds_.warm_margin - kRounding ? Heat::kWarm : Heat::kCalm;
  }

  Saturation& add(Resource resource, Rule rule, double used, double capacity, double full) {
    const double ratio = capacity > 0 ? used / capacity : 0;
    found_.push_back({.tier = tier_.name,
                      .resource = resource,
                      .rule = rule,
                      .state = heat(ratio, full, resource),
                      .utilization_ratio = ratio,
                      .used = used,
                      .capacity = capacity,
                      .full_at = full});
    return found_.back();
  }

  /// The last one found is at its limit, and nobody asks for more.
  void cool() {
    if (found_.back().state == Heat::kHot) found_.back().state = Heat::kWarm;
  }

  /// Of several bounds of one resource, the fullest stands for it.
  void add_cpu() {
    std::map<Resource, CapacityBound> fullest;
    for (const CapacityBound& bound : capacity_bounds(tier_, input_.host, thresholds_)) {
      if (!bound.ratio()) continue;
      const auto [entry, fresh] = fullest.try_emplace(bound.resource, bound);
      if (!fresh && *bound.ratio() > *entry->second.ratio() + kRounding) entry->second = bound;
    }
    const auto cpu = fullest.find(Resource::kCpu);
    const bool whole_tier_full = cpu != fullest.end() && heat(*cpu->second.ratio(), thresholds_.cpu,
                                                              Resource::kCpu) == Heat::kHot;
    for (const auto& [resource, bound] : fullest) {
      const bool one_of_several = bound.kind == CapacityBound::Kind::kHottest;
      Saturation& saturation = add(resource, Rule::kOwnCeiling, *bound.used_cores, bound.cores,
                                   one_of_several ? thresholds_.event_loop : thresholds_.cpu);
      saturation.bound = bound.words;
      if (one_of_several && whole_tier_full) saturation.state = Heat::kWarm;
    }
  }

  void add_slots() {
    if (tier_.worst_fds && tier_.worst_fds->limit > 0)
      add(Resource::kFds, Rule::kCountableLimit, tier_.worst_fds->open, tier_.worst_fds->limit,
          thresholds_.fds);
    if (tier_.backends && tier_.backends->usable_connections) {
      add(Resource::kConnections, Rule::kCountableLimit, tier_.backends->backends,
          *tier_.backends->usable_connections, thresholds_.connections);
      if (!wants_connections(tier_)) cool();
    } else if (tier_.connection_table && tier_.connection_table->limit > 0) {
      add(Resource::kConnections, Rule::kConnectionTable, tier_.connection_table->used,
          tier_.connection_table->limit, thresholds_.connection_table);
      if (!is_asked_beyond(*tier_.connection_table)) cool();
    }
  }

  /// Somebody may want one connection more: they wait, or are refused (one may be an
  /// administrator's), or it works at all. Only a server of threads works for each that it refuses.
  bool is_asked_beyond(const LimitFacts& table) const {
    return tier_.serving != RoleKind::kThreaded ||
           queued_ratio(tier_).value_or(0) >= kSeldomQueued ||
           table.used >= table.limit + kMoreThanOne ||
           tier_.cpu_cores.value_or(kTurnsAwayCores) >= kTurnsAwayCores;
  }

  /// Its own connections to another server, all of them awaited, while more requests are at work
  /// that neither run nor wait for anything seen: they wait for one of these connections.
  void add_client_pool() {
    const auto demand = pool_demand(tier_, input_);
    if (!demand || !demand->fullest) return;
    if (wait_for_threads(*demand)) return;
    const bool keeps = keeps_its_connections(tier_, *demand);
    const bool pooler = traits_of(tier_.preset).only_pools;
    if (!keeps && has_one_for_each(tier_, *demand)) return;
    const double several = std::max(kOneAtATime, kNeverWaits * *tier_.owed);
    if (!pooler && !keeps && demand->waiting < several) return;
    Saturation& pool =
        add(Resource::kPool, Rule::kWorkers, keeps ? demand->connections : demand->used,
            demand->connections, kPoolBusy);
    pool.bound = demand->fullest->name;
    if (!keeps && !wants_connections_of_its_own(tier_, *demand)) cool();
  }

  /// What lies unread, or waits to be accepted, waits for an event loop or a thread, not for a
  /// connection to another server: unless many of those that threads have read do. Threads that
  /// accept may themselves wait for others that fetch, however many of them.
  bool wait_for_threads(const PoolDemand& demand) const {
    const bool threaded = tier_.serving == RoleKind::kThreaded;
    const bool unread = left_unread(tier_, input_.host).has_value();
    const bool queued = threaded && queued_ratio(tier_).value_or(0) >= thresholds_.queued;
    if (!unread && !queued) return false;
    if (!threaded || queued) return true;
    const double not_read = tier_.unread.value_or(0);
    const double waiting = demand.waiting - not_read, read = *tier_.owed - not_read;
    return waiting < std::max(kMoreThanOne, kManyWait * read);
  }

  void add_memory() {
    const bool killed = tier_.oom_kills.value_or(0) > 0;
    if (tier_.memory && tier_.memory->limit_bytes > 0) {
      add(Resource::kMemory, Rule::kCountableLimit, tier_.memory->used_bytes,
          tier_.memory->limit_bytes, thresholds_.memory);
      if (!wants_memory(tier_, input_.host)) cool();
      if (rereads_its_files(tier_, input_) && somebody_waits_for_it()) name_its_files();
    } else if (killed) {
      found_.push_back(
          {.tier = tier_.name, .resource = Resource::kMemory, .rule = Rule::kCountableLimit});
    }
    if (!killed) return;
    found_.back().state = Heat::kHot;
    found_.back().event = true;
  }

  bool somebody_waits_for_it() const {
    return is_short_of_workers(tier_, thresholds_) || pool_waits_for_it();
  }

  /// Cached files do not count as used: what lacks is room for them.
  void name_its_files() {
    found_.back().state = Heat::kHot;
    found_.back().bound = "beside cached files that do not fit, " +
                          whole(input_.host.reclaim->reread_pages_per_second) +
                          " pages a second read back";
  }

  void add_lock() {
    const auto cpu = cpu_ratio();
    if (!tier_.backends || !tier_.backends->waiting || !cpu) return;
    if (tier_.backends->active.value_or(0) <= 0) return;
    add(Resource::kLock, Rule::kLock, *tier_.backends->waiting, *tier_.backends->active,
        thresholds_.lock_waiting);
    // At least one, as a mean: a wait that comes and goes is no queue. And where several work and
    // fill half the CPU, the locks are short, only many.
    const bool one_waits =
        is_full(*tier_.backends->waiting, 1, was_hot(Resource::kLock), thresholds_);
    const bool several_work = *tier_.backends->active - *tier_.backends->waiting >= kMoreThanOne;
    const bool works = *cpu >= (several_work ? kHalfOfItsCpu : thresholds_.cpu);
    if (!one_waits || works || !holds_watched_ones_up()) cool();
  }

  /// A session that waits for a lock which nobody else wants, a migration by hand, holds up no
  /// tier. Several that are nobody's here are the work of programs that are not watched.
  bool holds_watched_ones_up() const {
    if (const auto awaited = is_awaited(tier_, input_)) return *awaited;
    bool has_clients = false;
    double of_strangers = tier_.backends->waiting.value_or(0);
    for (const TierFacts& other : input_.tiers) {
      if (!is_pool(other) || other.processes <= 0 || (other.peers && !is_client(other))) continue;
      if (is_short_of_workers(other, thresholds_)) return true;
      has_clients = true;
      of_strangers -= other.busy_workers.value_or(other.workers.value_or(0));
    }
    return !has_clients || of_strangers >= kMoreThanOne;
  }

  bool is_client(const TierFacts& other) const {
    return other.peers &&
           std::ranges::find(*other.peers, tier_.name, &PeerFacts::name) != other.peers->end();
  }

  /// A pool that is a client of it has no worker free.
  bool pool_waits_for_it() const {
    return std::ranges::any_of(input_.tiers, [&](const TierFacts& other) {
      return is_pool(other) && is_client(other) && is_short_of_workers(other, thresholds_);
    });
  }

  std::optional<double> cpu_ratio() const {
    const auto bounds = capacity_bounds(tier_, input_.host, thresholds_);
    return bounds.empty() ? std::nullopt : bounds.front().ratio();
  }

  bool has_threads() const { return tier_.serving == RoleKind::kThreaded; }

  /// Processes, or threads, that work or wait for a device: what disk waits are measured against.
  std::optional<double> busy_processes() const {
    if (tier_.backends) return tier_.backends->active;
    if (is_pool(tier_)) return tier_.busy_workers;
    return has_threads() ? tier_.owed : tier_.worker_processes;
  }

  void add_disk() {
    const auto busy = busy_processes();
    if (!tier_.disk_waiting || !busy || *busy <= 0) return;
    Saturation& disk = add(Resource::kDisk, Rule::kDisk, std::min(*tier_.disk_waiting, *busy),
                           *busy, thresholds_.disk_waiting);
    // One thread that waits may be its own, which writes all day.
    if (has_threads() && *tier_.disk_waiting < kMoreThanOne) cool();
    if (disk.state != Heat::kHot && holds_others_up()) disk.state = Heat::kHot;
    if (disk.state == Heat::kHot && !disks_are_slow()) disk.state = Heat::kWarm;
  }

  /// One at a time waits for the device, the rest for that one (Postgres' write-ahead log, a page
  /// that several want): told by a tier that waits for this one, which has its CPU to spare.
  bool holds_others_up() const {
    if (!is_full(*tier_.disk_waiting, kOneAtATime, was_hot(Resource::kDisk), thresholds_))
      return false;
    return cpu_ratio().value_or(1) < kHalfOfItsCpu && pool_waits_for_it();
  }

  bool disks_are_slow() const {
    const bool hot = was_hot(Resource::kDisk);
    const auto& devices = input_.host.disks;
    return is_full(input_.host.io_pressure_ratio.value_or(0), thresholds_.io_pressure, false,
                   thresholds_) ||
           std::ranges::any_of(devices, [&](const DiskFacts& disk) {
             return is_full(disk.busy_ratio, thresholds_.disk_busy, hot, thresholds_);
           });
  }

  const TierFacts& tier_;
  const JudgeInput& input_;
  const Thresholds& thresholds_;
  const HotSet& before_;
  std::vector<Saturation> found_;
};

}  // namespace

std::string_view to_string(Heat heat) {
  constexpr std::string_view kNames[] = {"calm", "warm", "hot"};
  return kNames[static_cast<std::size_t>(heat)];
}

std::optional<double> run_delay_ratio(const TierFacts& tier) {
  const auto run = tier.thread_run_cores ? tier.thread_run_cores : tier.cpu_cores;
  if (!run || !tier.run_delay_cores || *run < kMeaningfulRun) return std::nullopt;
  return *tier.run_delay_cores / (*run + *tier.run_delay_cores);
}

std::optional<double> queued_ratio(const TierFacts& tier) {
  if (!tier.listeners || tier.listeners->empty()) return std::nullopt;
  return std::ranges::max_element(*tier.listeners, {}, &ListenerFacts::queued_ratio)->queued_ratio;
}

std::optional<double> held_ratio(const TierFacts& tier, const Thresholds& thresholds) {
  if (!is_pool(tier) || !tier.busy_workers || tier.workers.value_or(0) <= 0) return std::nullopt;
  return std::min(1.0, *tier.busy_workers / *usable_workers(tier, thresholds));
}

bool is_short_of_workers(const TierFacts& tier, const Thresholds& thresholds) {
  const auto held = held_ratio(tier, thresholds), queued = queued_ratio(tier);
  return (held && *held >= thresholds.workers && waits_for_a_worker(tier, thresholds)) ||
         (queued && *queued >= queued_full_at(tier, thresholds));
}

bool is_out_of_ports(const Saturation& pool, const HostFacts& host) {
  return pool.capacity && host.local_ports && host.local_ports->limit > 0 &&
         *pool.capacity >= kNearlyAll * host.local_ports->limit;
}

bool is_pool(const TierFacts& tier) {
  return tier.serving == RoleKind::kSyncWorker && !tier.workers_on_demand;
}

bool is_full(double ratio, double full, bool was_hot, const Thresholds& thresholds) {
  return ratio >= full - (was_hot ? thresholds.leave_margin : 0) - kRounding;
}

std::vector<Saturation> assess(const JudgeInput& input, const ThresholdTable& thresholds,
                               const HotSet& before) {
  std::vector<Saturation> found;
  for (const TierFacts& tier : input.tiers) {
    if (tier.processes <= 0) continue;
    for (Saturation& one : TierAssessor(tier, input, thresholds.of(tier.name), before).assess())
      found.push_back(std::move(one));
  }
  add_shared_cpu(input, thresholds, before, found);
  add_workers(input, thresholds, before, found);
  add_host_memory(input, thresholds, before, found);
  std::ranges::sort(found, [](const Saturation& a, const Saturation& b) {
    return std::tie(a.tier, a.resource) < std::tie(b.tier, b.resource);
  });
  return found;
}

}  // namespace tierwatch
