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
  return worker.reading.title.ends_with("is shutting down");
}

double count(std::uint64_t number) { return static_cast<double>(number); }

}  // namespace

/// Absent when the tier has no server, or one whose limit is not known.
std::optional<std::vector<TierFactsBuilder::ServerValue>> TierFactsBuilder::settings(
    std::optional<std::uint64_t> ServerSettingsReading::*which) const {
  std::vector<ServerValue> values;
  for (const ServerSettingsReading& settings : sources_.settings) {
    if (settings.tier != index_) continue;
    if (!(settings.*which)) return std::nullopt;
    values.push_back({settings.server.pid, count(*(settings.*which))});
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
                                                         count(*listener->reading.queue_limit),
                                                         count(*sources_.somaxconn));
      if (usable) return usable;
    }
  return std::nullopt;
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
  counts.usable_connections = usable_connections(by_server);
  // More than could be, superusers included: then the file we could read is not what is in force
  // (ALTER SYSTEM writes another, which needs Postgres' own rights).
  if (counts.backends > counts.usable_connections.value_or(counts.backends) + kSuperusers)
    counts.usable_connections.reset();
  facts.backends = counts;
}

/// Of one process: where its descriptors may be read.
std::optional<double> TierFactsBuilder::connections_of(const ProcessSample& process) const {
  const auto known =
      std::ranges::find(sources_.process_sockets, process.reading.id, &ProcessSocketsReading::id);
  if (known == sources_.process_sockets.end()) return std::nullopt;
  double all = count(known->serving);
  for (const ProcessPeerReading& peer : known->peers) all += count(peer.connections);
  return all;
}

/// nginx counts connections to its clients and to its upstreams alike (ngx_get_connection()).
/// Workers that shut down accept none, so theirs are neither used nor free. Where it is not known
/// which are theirs, or which of several servers', all count against what is sure to be free.
void TierFactsBuilder::add_connection_table(TierFacts& facts) const {
  const auto servers = settings(&ServerSettingsReading::worker_connections);
  if (!servers || !facts.connections) return;
  std::map<pid_t, ConnectionTableFacts> tables;
  bool all_known = true, one_sum = servers->size() == 1;
  for (const ProcessSample* process : processes_) {
    if (!serves(*process)) continue;
    if (is_shutting_down(*process)) {
      one_sum = false;
      continue;
    }
    const auto& reading = process->reading;
    const auto server = std::ranges::find_if(*servers, [&](const ServerValue& one) {
      return one.server == reading.parent_pid || one.server == reading.id.pid;
    });
    if (server == servers->end()) return;  // a worker of a server that is not known
    const auto used = connections_of(*process);
    all_known = all_known && used;
    ConnectionTableFacts& table = tables[server->server];
    table.used += used.value_or(0);
    table.limit += server->value;
  }
  if (tables.empty()) return;
  double attributed = 0;
  for (const ProcessSample* process : processes_)
    attributed += connections_of(*process).value_or(0);
  double everyone = *facts.connections;
  for (const PeerFacts& peer : facts.peers.value_or(std::vector<PeerFacts>{}))
    everyone += peer.connections;
  // Descriptors are looked at less often than connections are listed: some may be nobody's yet.
  all_known = all_known && attributed >= everyone;
  const auto room = [](const auto& one) { return one.second.limit; };
  const auto fullness = [](const auto& one) { return one.second.used / one.second.limit; };
  ConnectionTableFacts table = std::ranges::min_element(tables, {}, room)->second;
  if (one_sum || !all_known)
    table.used = everyone;
  else
    table = std::ranges::max_element(tables, {}, fullness)->second;
  if (one_sum || all_known || table.used < kCalm * table.limit) facts.connection_table = table;
}

}  // namespace tierwatch
