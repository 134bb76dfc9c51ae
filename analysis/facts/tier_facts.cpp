// SPDX-License-Identifier: MIT
#include "analysis/facts/tier_facts.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "analysis/facts/worker_pool.h"
#include "collectors/servers/servers.h"

namespace tierwatch {
namespace {

/// The role that answers requests: of those that serve, one that holds a request per worker before
/// event loops (uWSGI's workers, not its http router), then the one with most processes.
std::optional<std::size_t> serving_role(const TierSample& tier) {
  std::optional<std::size_t> best;
  const auto rank = [&](std::size_t index) {
    const RoleSample& role = tier.roles[index];
    return std::pair(role.sums.processes > 0 && role.kind == RoleKind::kSyncWorker,
                     role.sums.processes);
  };
  for (std::size_t i = 0; i < tier.roles.size(); ++i)
    if (tier.roles[i].kind != RoleKind::kSupport && (!best || rank(*best) < rank(i))) best = i;
  return best;
}

/// Resident memory with shared pages counted once: private ones summed, of the others the largest
/// process'.
std::optional<double> own_memory(const std::vector<const ProcessSample*>& processes) {
  double anonymous = 0, shared = 0;
  bool known = false;
  for (const ProcessSample* process : processes) {
    const auto& memory = process->reading.memory;
    if (!memory) continue;
    known = true;
    anonymous += static_cast<double>(memory->anonymous_bytes);
    shared = std::max(shared, static_cast<double>(memory->file_bytes + memory->shared_bytes));
  }
  return known ? std::optional(anonymous + shared) : std::nullopt;
}

}  // namespace

TierFactsBuilder::TierFactsBuilder(const Snapshot& snapshot, const FactSources& sources,
                                   RememberedProcesses memory, std::size_t index)
    : TierFactsBuilder(snapshot, sources, memory, index, nullptr, nullptr) {}

TierFactsBuilder::TierFactsBuilder(const Snapshot& snapshot, const FactSources& sources,
                                   RememberedProcesses memory, std::size_t index,
                                   const Instances& all)
    : TierFactsBuilder(snapshot, sources, memory, index, &all, nullptr) {}

TierFactsBuilder::TierFactsBuilder(const Snapshot& snapshot, const FactSources& sources,
                                   RememberedProcesses memory, std::size_t index,
                                   const Instances& all, const Instance& one)
    : TierFactsBuilder(snapshot, sources, memory, index, &all, &one) {}

TierFactsBuilder::TierFactsBuilder(const Snapshot& snapshot, const FactSources& sources,
                                   RememberedProcesses memory, std::size_t index,
                                   const Instances* all, const Instance* one)
    : snapshot_(snapshot),
      sources_(sources),
      memory_(memory),
      index_(index),
      instances_(all),
      one_(one),
      tier_(snapshot.tiers[index]),
      rule_(*sources.rules[index]),
      traits_(traits_of(tier_.preset)),
      role_(serving_role(tier_)) {
  for (const ProcessSample& process : snapshot.processes) {
    const auto& member = process.reading.member;
    if (member && member->tier == index && process.reading.state != 'Z' &&
        (!one || one->has(member->instance)))
      processes_.push_back(&process);
  }
  for (const ListenerSample& listener : snapshot.listeners)
    if (listener.reading.owner && listener.reading.owner->tier == index &&
        (!one || one->holds(listener.reading.owner->instance, listener.reading.owner->user)))
      listeners_.push_back(&listener);
  if (one)
    listeners_known_ = !all->has_listeners_of_nobody(static_cast<std::uint16_t>(index));
  else if (listeners_.empty())
    listeners_known_ = !may_have_listeners();
}

/// One of nobody's is of a user under which it runs, and its descriptors are not read.
bool TierFactsBuilder::may_have_listeners() const {
  return std::ranges::any_of(snapshot_.listeners, [&](const ListenerSample& listener) {
    const ListenerReading& reading = listener.reading;
    return !reading.owner && reading.uid &&
           std::ranges::any_of(processes_, [&](const ProcessSample* process) {
             return process->reading.uid == reading.uid &&
                    !sources_.sockets_of(process->reading.id);
           });
  });
}

bool TierFactsBuilder::serves(const ProcessSample& process) const {
  return role_ && process.reading.member->role == *role_;
}

bool TierFactsBuilder::is_single() const { return one_ && one_->roots.size() == 1; }

bool TierFactsBuilder::is_here(pid_t pid) const {
  return std::ranges::binary_search(processes_, pid, {},
                                    [](const ProcessSample* one) { return one->reading.id.pid; });
}

/// Connections for each request: an http router before the workers, or an application's processes
/// behind them.
bool TierFactsBuilder::holds_two() const {
  return std::ranges::any_of(processes_, [&](const ProcessSample* process) {
    const std::uint16_t role = process->reading.member->role;
    const RoleKind kind = tier_.roles[role].kind;
    return role != role_ && (kind == RoleKind::kEventWorker || kind == RoleKind::kThreaded);
  });
}

/// All that serve, or all where none does; a master that goes on serves nobody.
bool TierFactsBuilder::is_stopped() const {
  bool stopped = false;
  const bool some_serve =
      std::ranges::any_of(processes_, [&](const ProcessSample* one) { return serves(*one); });
  for (const ProcessSample* one : processes_) {
    if (some_serve && !serves(*one)) continue;
    stopped = one->reading.state == 'T' || one->reading.state == 't';
    if (!stopped) return false;
  }
  return stopped;
}

TierFacts TierFactsBuilder::build() const {
  TierFacts facts;
  facts.name = one_ ? one_->name : tier_.name;
  facts.preset = tier_.preset;
  facts.single_core_processes = rule_.single_core_processes;
  facts.workers_on_demand = !traits_.connection_role.empty();
  if (role_) facts.serving = tier_.roles[*role_].kind;
  facts.stopped = is_stopped();
  one_ ? add_sums_of_one(facts) : add_sums(facts);
  add_processes(facts);
  add_hottest(facts);
  add_routers(facts);
  add_instances(facts);
  add_affinity(facts);
  if (sources_.sockets_known) {
    add_listeners(facts);
    add_pool(facts);
    add_peers(facts);
    add_waits(facts);
  }
  if (traits_.backend_state) add_backends(facts);
  if (traits_.connection_table) add_connection_table(facts);
  add_client_limits(facts);
  add_data_memory(facts);
  add_tasks(facts);
  add_space(facts);
  return facts;
}

std::string TierFactsBuilder::name_of_target(const EdgeReading& edge) const {
  if (!edge.to) return edge.peer;
  return instances_ ? instances_->name_of(*edge.to, edge.to_instance, edge.to_user)
                    : snapshot_.tiers[*edge.to].name;
}

void TierFactsBuilder::add_sums(TierFacts& facts) const {
  facts.processes = tier_.sums.processes;
  if (tier_.rates) facts.cpu_cores = tier_.rates->cpu_cores;
  // Not its helpers: a checkpointer may write all day.
  facts.disk_waiting = (role_ ? tier_.roles[*role_].sums : tier_.sums).disk_sleeping;
  if (role_) {
    const RoleSample& role = tier_.roles[*role_];
    facts.worker_processes = role.sums.processes;
    facts.workers = role.sums.threads;
    if (role.rates) facts.serving_cores = role.rates->cpu_cores;
  }
  if (tier_.worst_fds)
    facts.worst_fds = FdFacts{.pid = tier_.worst_fds->process.pid,
                              .open = static_cast<double>(tier_.worst_fds->open),
                              .limit = static_cast<double>(tier_.worst_fds->limit)};
}

/// Of its living processes, and of their children that ended.
void TierFactsBuilder::add_sums_of_one(TierFacts& facts) const {
  facts.disk_waiting = facts.worker_processes = facts.workers = 0;
  const auto add = [](std::optional<double>& sum, const std::optional<double>& one) {
    if (one) sum = sum.value_or(0) + *one;
  };
  for (const ProcessSample* process : processes_) {
    const ProcessReading& reading = process->reading;
    ++facts.processes;
    add(facts.cpu_cores, process->cpu_cores);
    add(facts.cpu_cores, memory_.ended_children.cores_of(reading.id));
    if (reading.open_fds && reading.fd_limit) {
      const FdFacts fds{.pid = reading.id.pid,
                        .open = static_cast<double>(*reading.open_fds),
                        .limit = static_cast<double>(*reading.fd_limit)};
      if (!facts.worst_fds || fds.open * facts.worst_fds->limit > facts.worst_fds->open * fds.limit)
        facts.worst_fds = fds;
    }
    if (!serves(*process)) continue;
    ++*facts.worker_processes;
    *facts.workers += reading.thread_count;
    *facts.disk_waiting += reading.state == 'D';
    add(facts.serving_cores, process->cpu_cores);
  }
}

void TierFactsBuilder::add_processes(TierFacts& facts) const {
  // Of the same processes both: some come and go too fast to have a rate, or threads to read.
  for (const ProcessSample* process : processes_) {
    if (!process->cpu_cores || !process->run_delay_cores) continue;
    facts.thread_run_cores = facts.thread_run_cores.value_or(0) + *process->cpu_cores;
    facts.run_delay_cores = facts.run_delay_cores.value_or(0) + *process->run_delay_cores;
  }
  facts.own_memory_bytes = own_memory(processes_);
}

void TierFactsBuilder::add_hottest(TierFacts& facts) const {
  for (const ProcessSample* process : processes_) {
    if (!serves(*process)) continue;
    const pid_t pid = process->reading.id.pid;
    if (process->cpu_cores &&
        (!facts.hottest_process || facts.hottest_process->cores < *process->cpu_cores))
      facts.hottest_process = HottestFacts{.pid = pid, .cores = *process->cpu_cores};
    const auto& thread = process->hottest_thread_cores;
    if (thread && (!facts.hottest_thread || facts.hottest_thread->cores < *thread))
      facts.hottest_thread =
          HottestFacts{.pid = pid, .tid = process->hottest_tid, .cores = *thread};
  }
}

/// Event loops before the workers: uWSGI's own http router.
void TierFactsBuilder::add_routers(TierFacts& facts) const {
  for (const ProcessSample* process : processes_) {
    const std::uint16_t role = process->reading.member->role;
    if (role == role_ || tier_.roles[role].kind != RoleKind::kEventWorker) continue;
    if (!process->cpu_cores) continue;
    if (!facts.hottest_router || facts.hottest_router->cores < *process->cpu_cores)
      facts.hottest_router =
          HottestFacts{.pid = process->reading.id.pid, .cores = *process->cpu_cores};
  }
}

void TierFactsBuilder::add_instances(TierFacts& facts) const {
  if (facts.serving != RoleKind::kSyncWorker || facts.workers_on_demand || is_single()) return;
  std::map<std::pair<pid_t, std::string>, InstanceFacts> instances;
  for (const ProcessSample* process : processes_) {
    if (!serves(*process)) continue;
    if (!process->cpu_cores) continue;
    const auto& reading = process->reading;
    const bool has_master = is_here(reading.parent_pid);
    const std::string pool = traits_.pools_by_title ? reading.title : "";
    InstanceFacts& instance = instances[{has_master ? reading.parent_pid : reading.id.pid, pool}];
    ++instance.processes;
    instance.cores += *process->cpu_cores;
  }
  if (instances.size() < 2) return;
  const auto busiest = std::ranges::max_element(
      instances, {}, [](const auto& one) { return one.second.cores / one.second.processes; });
  facts.busiest_instance = busiest->second;
  facts.busiest_instance->instances = static_cast<double>(instances.size());
}

/// Processors on which any of its servers may run.
void TierFactsBuilder::add_affinity(TierFacts& facts) const {
  CpuSet allowed;
  for (const ProcessSample* process : processes_) {
    if (role_ && !serves(*process)) continue;
    if (!process->reading.allowed_cpus) return;
    allowed = allowed | *process->reading.allowed_cpus;
  }
  // Affinities name processors that are offline, too.
  const auto& online = snapshot_.host.reading.cpu_numbers;
  const auto& cpus = snapshot_.host.cpus;
  double count = 0, busy = 0, seen = 0;
  for (std::size_t row = 0; row < online.size(); ++row) {
    if (!allowed.contains(online[row])) continue;
    ++count;
    if (row >= cpus.size() || !cpus[row]) continue;
    busy += cpus[row]->busy();
    ++seen;
  }
  if (count <= 0) return;
  facts.allowed_cpus = count;
  if (seen == count) facts.allowed_cpus_busy_cores = busy;
}

void TierFactsBuilder::add_pool(TierFacts& facts) const {
  if (facts.serving != RoleKind::kSyncWorker || facts.workers_on_demand) return;
  PoolSigns signs{.traits = traits_,
                  .processes = *facts.worker_processes,
                  .threads = *facts.workers,
                  .in_service = busy_workers()};
  signs.most = most_workers();
  signs.parks_connections = parks_connections() && !facts.owed;
  for (const ProcessSample* process : processes_) {
    if (!serves(*process)) continue;
    if (signs.title.empty()) signs.title = process->reading.title;
    if (const auto works = memory_.main_threads.do_the_work(process->reading.id))
      signs.main_threads_work = signs.main_threads_work.value_or(true) && *works;
  }
  const WorkerPool pool = worker_pool(signs);
  if (pool.event_driven) {
    facts.serving = RoleKind::kEventWorker;
    return;
  }
  // Processes that may be started when they are needed count: they are cores it may use. Of workers
  // that are threads, several make one process.
  const double threads = std::max(1.0, signs.threads / std::max(1.0, signs.processes));
  if (signs.most)
    facts.worker_processes = std::max(*facts.worker_processes, std::ceil(*signs.most / threads));
  facts.workers = pool.workers;
  facts.busy_workers = pool.busy;
}

TierCgroups TierFactsBuilder::cgroups() const {
  std::set<std::uint32_t> all, serving;
  TierCgroups result;
  for (const ProcessSample* process : processes_) {
    const auto& index = process->reading.cgroup_index;
    const bool counts = !role_ || serves(*process);
    if (!index || *index >= sources_.cgroups.size()) {
      if (counts) result.complete = false;
      continue;
    }
    all.insert(*index);
    if (counts) serving.insert(*index);
  }
  result.all.assign(all.begin(), all.end());
  result.serving.assign(serving.begin(), serving.end());
  return result;
}

}  // namespace tierwatch
