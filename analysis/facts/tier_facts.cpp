// SPDX-License-Identifier: MIT
#include "analysis/facts/tier_facts.h"

#include <algorithm>
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
                                   const MainThreads& main_threads, std::size_t index)
    : snapshot_(snapshot),
      sources_(sources),
      main_threads_(main_threads),
      index_(index),
      tier_(snapshot.tiers[index]),
      rule_(*sources.rules[index]),
      traits_(traits_of(tier_.preset)),
      role_(serving_role(tier_)) {
  for (const ProcessSample& process : snapshot.processes) {
    const auto& member = process.reading.member;
    if (member && member->tier == index && process.reading.state != 'Z')
      processes_.push_back(&process);
  }
  for (const ListenerSample& listener : snapshot.listeners)
    if (listener.reading.owner && listener.reading.owner->tier == index)
      listeners_.push_back(&listener);
}

bool TierFactsBuilder::serves(const ProcessSample& process) const {
  return role_ && process.reading.member->role == *role_;
}

TierFacts TierFactsBuilder::build() const {
  TierFacts facts;
  facts.name = tier_.name;
  facts.preset = tier_.preset;
  facts.single_core_processes = rule_.single_core_processes;
  facts.workers_on_demand = !traits_.connection_role.empty();
  facts.processes = tier_.sums.processes;
  if (tier_.rates) facts.cpu_cores = tier_.rates->cpu_cores;
  if (role_) {
    const RoleSample& role = tier_.roles[*role_];
    facts.serving = role.kind;
    facts.worker_processes = role.sums.processes;
    facts.workers = role.sums.threads;
    if (role.rates) facts.serving_cores = role.rates->cpu_cores;
  }
  if (tier_.worst_fds)
    facts.worst_fds = FdFacts{.pid = tier_.worst_fds->process.pid,
                              .open = static_cast<double>(tier_.worst_fds->open),
                              .limit = static_cast<double>(tier_.worst_fds->limit)};
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
  return facts;
}

void TierFactsBuilder::add_processes(TierFacts& facts) const {
  // Of the same processes both: some come and go too fast to have a rate, or threads to read.
  for (const ProcessSample* process : processes_) {
    if (!process->cpu_cores || !process->run_delay_cores) continue;
    facts.thread_run_cores = facts.thread_run_cores.value_or(0) + *process->cpu_cores;
    facts.run_delay_cores = facts.run_delay_cores.value_or(0) + *process->run_delay_cores;
  }
  facts.own_memory_bytes = own_memory(processes_);
  // Not its helpers: a checkpointer may write all day.
  facts.disk_waiting = (role_ ? tier_.roles[*role_].sums : tier_.sums).disk_sleeping;
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
  if (facts.serving != RoleKind::kSyncWorker || facts.workers_on_demand) return;
  std::map<std::pair<pid_t, std::string>, InstanceFacts> instances;
  for (const ProcessSample* process : processes_) {
    if (!serves(*process)) continue;
    if (!process->cpu_cores) continue;
    const auto& reading = process->reading;
    const bool has_master = std::ranges::binary_search(
        processes_, reading.parent_pid, {},
        [](const ProcessSample* other) { return other->reading.id.pid; });
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

void TierFactsBuilder::add_listeners(TierFacts& facts) const {
  facts.connections = connections();
  facts.listeners.emplace();
  for (const ListenerSample* listener : listeners_) {
    if (!listener->queued_ratio) continue;
    const ListenerReading& reading = listener->reading;
    ListenerFacts one{.name = reading.address,
                      .queue_mean = listener->queue_mean.value_or(0),
                      .queued_ratio = *listener->queued_ratio,
                      .full_ratio = listener->full_ratio.value_or(0),
                      .queue_peak = static_cast<double>(reading.queue_peak),
                      .limit = {},
                      .drops = {}};
    if (reading.queue_limit) one.limit = static_cast<double>(*reading.queue_limit);
    if (listener->drops_per_second)
      one.drops =
          *listener->drops_per_second * std::chrono::duration<double>(snapshot_.interval).count();
    facts.listeners->push_back(std::move(one));
  }
}

void TierFactsBuilder::add_pool(TierFacts& facts) const {
  if (facts.serving != RoleKind::kSyncWorker || facts.workers_on_demand) return;
  PoolSigns signs{.traits = traits_,
                  .processes = *facts.worker_processes,
                  .threads = *facts.workers,
                  .in_service = busy_workers()};
  signs.most = most_workers();
  for (const ProcessSample* process : processes_) {
    if (!serves(*process)) continue;
    if (signs.title.empty()) signs.title = process->reading.title;
    if (const auto works = main_threads_.do_the_work(process->reading.id))
      signs.main_threads_work = signs.main_threads_work.value_or(true) && *works;
  }
  const WorkerPool pool = worker_pool(signs);
  if (pool.event_driven) {
    facts.serving = RoleKind::kEventWorker;
    return;
  }
  // Processes that may be started when they are needed count: they are cores it may use.
  if (signs.most) facts.worker_processes = std::max(*facts.worker_processes, *signs.most);
  facts.workers = pool.workers;
  facts.busy_workers = pool.busy;
}

/// Accepted on its listeners and not yet closed; absent where one listener's are not known.
std::optional<double> TierFactsBuilder::connections() const {
  double all = 0;
  for (const ListenerSample* listener : listeners_) {
    if (!listener->reading.in_service) return std::nullopt;
    all += static_cast<double>(*listener->reading.in_service);
  }
  return listeners_.empty() ? std::nullopt : std::optional(all);
}

/// Connections in service, where a worker holds one at a time. With an http router before the
/// workers each request holds two: then only the workers' own count, which needs ptrace rights.
std::optional<double> TierFactsBuilder::busy_workers() const {
  if (!role_ || tier_.roles[*role_].kind != RoleKind::kSyncWorker ||
      !traits_.connection_role.empty())
    return std::nullopt;
  const bool has_router = std::ranges::any_of(tier_.roles, [](const RoleSample& role) {
    return role.kind == RoleKind::kEventWorker && role.sums.processes > 0;
  });
  if (!has_router) return connections();
  double busy = 0;
  for (const ProcessSample* process : processes_) {
    if (!serves(*process)) continue;
    const auto known = std::ranges::find(sources_.process_sockets, process->reading.id,
                                         &ProcessSocketsReading::id);
    if (known == sources_.process_sockets.end()) return std::nullopt;
    busy +=
        static_cast<double>(std::min<std::uint64_t>(known->serving, process->reading.thread_count));
  }
  return busy;
}

bool TierFactsBuilder::is_client_of(const EdgeReading& edge) const {
  const auto self = static_cast<std::uint16_t>(index_);
  if (edge.to == self) return false;
  if (edge.from) return edge.from->tier == self;
  return std::ranges::find(edge.from_one_of, self) != edge.from_one_of.end();
}

/// What workers wait for that serve one request at a time: a held one waits for the peer to which
/// it has said the last word. Shares are the least that is certain: a wait for a UNIX socket is not
/// told, nor one that began within the clock tick of the last answer. Absent when more waits than
/// workers are held: they are not all theirs.
void TierFactsBuilder::add_waits(TierFacts& facts) const {
  if (!facts.busy_workers || *facts.busy_workers <= 0) return;
  const double held = std::min(*facts.busy_workers, facts.workers.value_or(*facts.busy_workers));
  std::vector<WaitFacts> waits;
  std::uint64_t awaiting = 0;
  for (const EdgeReading& edge : snapshot_.edges) {
    if (!is_client_of(edge)) continue;
    const std::uint64_t here = edge.awaiting.value_or(0);
    if (here == 0) continue;
    awaiting += here;
    const auto kind = edge.to ? WaitFacts::For::kTier : WaitFacts::For::kExternal;
    waits.push_back({kind, edge.to ? snapshot_.tiers[*edge.to].name : edge.peer,
                     static_cast<double>(here) / held});
  }
  if (static_cast<double>(awaiting) <= held) facts.waits = std::move(waits);
}

/// A client that may be one of several tiers is counted for each of them: better one connection
/// too many than a way downstream that is not seen.
void TierFactsBuilder::add_peers(TierFacts& facts) const {
  std::map<std::pair<bool, std::string>, double> peers;
  for (const EdgeReading& edge : snapshot_.edges) {
    if (!is_client_of(edge)) continue;
    const std::string& name = edge.to ? snapshot_.tiers[*edge.to].name : edge.peer;
    peers[{edge.to.has_value(), name}] += static_cast<double>(edge.connections);
  }
  facts.peers.emplace();
  for (const auto& [peer, connections] : peers)
    facts.peers->push_back(
        {.name = peer.second, .watched = peer.first, .connections = connections});
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
