// SPDX-License-Identifier: MIT
//
// What only some kinds of servers have, by their traits: backends whose titles say what they do, a
// table of connections, workers that may yet be started.
#include <algorithm>
#include <map>

#include "analysis/facts/tier_facts.h"

namespace tierwatch {
namespace {

constexpr double kSuperusers = 3;  ///< superuser_reserved_connections unless changed

/// Below this share of a limit, whatever is counted too much does not matter: it is not even warm.
constexpr double kCalm = 0.6;

bool is_shutting_down(const ProcessSample& worker) {
  return worker.reading.title.find(" is shutting down") != std::string::npos;
}

double number(std::uint64_t counted) { return static_cast<double>(counted); }

SpaceFacts space_facts(const DirectorySpace& place) {
  SpaceFacts facts{.directory = place.directory,
                   .size_bytes = number(place.size_bytes),
                   .left_bytes = number(place.left_bytes),
                   .inodes = {},
                   .left_inodes = {}};
  if (place.inodes) facts.inodes = number(*place.inodes);
  if (place.left_inodes) facts.left_inodes = number(*place.left_inodes);
  return facts;
}

/// Connections to UNIX listeners of others that nobody has accepted: the kernel names no client of
/// theirs, so they may be anybody's.
double waiting_at_others(const Snapshot& snapshot, std::size_t tier) {
  double all = 0;
  for (const ListenerSample& listener : snapshot.listeners) {
    const ListenerReading& reading = listener.reading;
    const bool own = reading.owner && reading.owner->tier == tier;
    if (reading.family == SocketFamily::kUnix && !own) all += number(reading.queue_length);
  }
  return all;
}

}  // namespace

/// Absent when the tier has no server, or one whose limit is not known.
std::optional<std::vector<TierFactsBuilder::ServerValue>> TierFactsBuilder::settings(
    std::optional<std::uint64_t> ServerSettingsReading::*which) const {
  std::vector<ServerValue> values;
  for (const ServerSettingsReading& settings : sources_.settings) {
    if (settings.tier != index_ || (one_ && !is_here(settings.server.pid))) continue;
    if (!(settings.*which)) return std::nullopt;
    values.push_back({settings.server.pid, number(*(settings.*which))});
  }
  return values.empty() ? std::nullopt : std::optional(values);
}

std::optional<double> TierFactsBuilder::most_workers() const {
  const auto pools = settings(&ServerSettingsReading::most_workers);
  if (!pools) return std::nullopt;
  double all = 0;
  for (const ServerValue& pool : *pools) all += pool.value;
  return all;
}

/// Unless the settings of each server say that its do not.
bool TierFactsBuilder::parks_connections() const {
  if (!traits_.parks_connections) return false;
  bool known = false;
  for (const ServerSettingsReading& settings : sources_.settings) {
    if (settings.tier != index_) continue;
    if (settings.parks_connections.value_or(true)) return true;
    known = true;
  }
  return !known;
}

/// By configuration; else by the backlog, where there is one server.
std::optional<double> TierFactsBuilder::usable_connections(
    const std::map<pid_t, double>& backends) const {
  if (const auto servers = settings(&ServerSettingsReading::usable_connections)) {
    double all = 0, fullest = 0, used = 0;
    for (const auto& [pid, most] : *servers) {
      const auto of_server = backends.find(pid);
      const double here = of_server == backends.end() ? 0 : of_server->second;
      all += most;
      used += here;
      fullest = std::max(fullest, most > 0 ? here / most : 0);
    }
    // One of several may be full where their sum is not: then the sum tells nothing.
    const bool hides = servers->size() > 1 && fullest >= kCalm && used < fullest * all;
    return hides ? std::nullopt : std::optional(all);
  }
  return connections_by_backlog();
}

/// As the accept queues let conclude, by the first process whose title says anything.
std::optional<double> TierFactsBuilder::connections_by_backlog() const {
  if (!sources_.somaxconn || !traits_.connections_by_backlog) return std::nullopt;
  for (const ProcessSample* process : processes_)
    for (const ListenerSample* listener : listeners_) {
      if (!listener->reading.queue_limit) continue;
      const auto usable = traits_.connections_by_backlog(process->reading.title,
                                                         number(*listener->reading.queue_limit),
                                                         number(*sources_.somaxconn));
      if (usable) return usable;
    }
  return std::nullopt;
}

bool TierFactsBuilder::hides_overrides() const {
  return std::ranges::any_of(sources_.settings, [&](const ServerSettingsReading& settings) {
    return settings.tier == index_ && settings.overrides_hidden &&
           (!one_ || is_here(settings.server.pid));
  });
}

/// By the kernel's account of children that were waited for (cutime, cstime).
std::optional<double> TierFactsBuilder::ended_cores() const {
  std::optional<double> all;
  for (const ProcessSample* process : processes_)
    if (const auto cores = memory_.ended_children.cores_of(process->reading.id))
      all = all.value_or(0) + *cores;
  return all;
}

/// Absent where titles hide the backends: cut short by a small environment, each looks like a
/// background worker. Connections that were accepted tell.
void TierFactsBuilder::add_backends(TierFacts& facts) const {
  std::map<BackendState, double> states;
  std::map<pid_t, double> by_server;
  double all = 0, others = 0;
  for (const ProcessSample* process : processes_) {
    const std::string& role = tier_.roles[process->reading.member->role].name;
    others += role == traits_.replication_role;
    if (role != traits_.connection_role) continue;
    const BackendState state = traits_.backend_state(process->reading.title);
    ++states[state];
    if (state == BackendState::kStarting) continue;  // it may yet be refused
    ++all;
    ++by_server[process->reading.parent_pid];
  }
  // Twice, and two: who listed connections looked some seconds ago.
  const double seen = all + others + states[BackendState::kStarting];
  if (connections().value_or(0) > 2 * seen + 2) return;
  BackendFacts counts{.backends = all};
  const double silent = states[BackendState::kSilent];
  if (silent == 0 || silent < all / 2) {
    // Those are between two commands.
    counts.active = states[BackendState::kActive] + states[BackendState::kWaiting] + silent;
    counts.waiting = states[BackendState::kWaiting];
    counts.idle_in_transaction = states[BackendState::kIdleInTransaction];
  }
  counts.ended_cores = ended_cores();
  counts.usable_connections = usable_connections(by_server);
  // The length of the accept queue is made of the number in force, where it shows.
  facts.overrides_hidden =
      hides_overrides() && connections_by_backlog() != counts.usable_connections;
  // More than could be, superusers included: then the file we could read is not what is in force
  // (ALTER SYSTEM writes another, which needs Postgres' own rights).
  if (counts.backends > counts.usable_connections.value_or(counts.backends) + kSuperusers)
    counts.usable_connections.reset();
  facts.backends = counts;
}

/// Of the server nearest to its limit. Memory of the process is more than its data, or as much.
void TierFactsBuilder::add_data_memory(TierFacts& facts) const {
  for (const ServerSettingsReading& settings : sources_.settings) {
    if (settings.tier != index_ || settings.most_memory_bytes == 0u) continue;
    const auto process = std::ranges::find(
        processes_, settings.server, [](const ProcessSample* one) { return one->reading.id; });
    if (process == processes_.end() || !(*process)->reading.memory) continue;
    const double used = number((*process)->reading.memory->anonymous_bytes);
    if (!settings.most_memory_bytes) {
      const double least = traits_.least_data_bytes;
      facts.data_limit_hidden = facts.data_limit_hidden || (least > 0 && used >= kCalm * least);
      continue;
    }
    const LimitFacts one{.used = used, .limit = number(*settings.most_memory_bytes)};
    const auto& before = facts.data_memory;
    if (!before || one.used * before->limit > before->used * one.limit) facts.data_memory = one;
  }
}

/// Of the user with the least room; what its control group allows is added by CgroupFacts. Who has
/// more threads than its limit allows lowered it afterwards, so as to start none (HAProxy: to 0).
void TierFactsBuilder::add_tasks(TierFacts& facts) const {
  for (const ProcessSample* process : processes_) {
    const ProcessReading& reading = process->reading;
    const auto threads = memory_.threads_of_users.find(reading.uid.value_or(0));
    if (!reading.task_limit || threads == memory_.threads_of_users.end()) continue;
    if (*reading.task_limit < reading.thread_count) continue;
    const LimitFacts one{.used = threads->second, .limit = number(*reading.task_limit)};
    if (!facts.tasks || one.used * facts.tasks->limit > facts.tasks->used * one.limit)
      facts.tasks = one;
  }
}

/// Of all places of its servers the one with the least room.
void TierFactsBuilder::add_space(TierFacts& facts) const {
  for (const DataSpaceReading& server : sources_.data_space) {
    if (server.tier != index_ || (one_ && !is_here(server.server.pid))) continue;
    facts.space_hidden = facts.space_hidden || server.places.empty() || server.some_hidden;
    for (const DirectorySpace& place : server.places)
      if (SpaceFacts one = space_facts(place);
          !facts.space || used_ratio(one) > used_ratio(*facts.space))
        facts.space = std::move(one);
  }
}

/// Of one process: where its descriptors may be read.
std::optional<double> TierFactsBuilder::connections_of(const ProcessSample& process) const {
  const ProcessSocketsReading* const known = sources_.sockets_of(process.reading.id);
  if (!known) return std::nullopt;
  double all = number(known->serving);
  for (const ProcessPeerReading& peer : known->peers) all += number(peer.connections);
  return all;
}

/// nginx counts connections to its clients and to its upstreams alike (ngx_get_connection()), each
/// worker its own. Workers that shut down accept none. Where it is not known which connections are
/// whose, all may be those of one worker.
void TierFactsBuilder::add_connection_table(TierFacts& facts) const {
  const auto servers = settings(&ServerSettingsReading::worker_connections);
  if (!servers || !facts.connections) return;
  std::vector<LimitFacts> workers;
  bool all_known = true, alone = servers->size() == 1;
  double attributed = 0;
  for (const ProcessSample* process : processes_) {
    const auto used = connections_of(*process);
    attributed += used.value_or(0);
    if (!serves(*process)) continue;
    if (is_shutting_down(*process)) {
      alone = false;
      continue;
    }
    const auto& reading = process->reading;
    const auto server = std::ranges::find_if(*servers, [&](const ServerValue& one) {
      return one.server == reading.parent_pid || one.server == reading.id.pid;
    });
    if (server == servers->end()) return;  // a worker of a server that is not known
    all_known = all_known && used;
    workers.push_back({.used = used.value_or(0), .limit = server->value});
  }
  if (workers.empty()) return;
  alone = alone && workers.size() == 1;
  double everyone = *facts.connections;
  for (const PeerFacts& peer : facts.peers.value_or(std::vector<PeerFacts>{}))
    everyone += peer.connections;
  // Descriptors are looked at less often than connections are listed: some may be nobody's yet.
  all_known = all_known && attributed >= everyone;
  const auto fullness = [](const LimitFacts& one) { return one.used / one.limit; };
  LimitFacts table = all_known ? *std::ranges::max_element(workers, {}, fullness)
                               : *std::ranges::min_element(workers, {}, &LimitFacts::limit);
  if (alone || !all_known) table.used = everyone;
  const double waiting = waiting_at_others(snapshot_, index_);
  table.used += waiting;
  const bool exact = alone || (all_known && waiting == 0);
  if (exact || table.used < kCalm * table.limit) facts.connection_table = table;
}

}  // namespace tierwatch
