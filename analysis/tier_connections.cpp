// SPDX-License-Identifier: MIT
//
// How many connections a tier has, of those its servers set themselves a limit for.
#include "analysis/tier_facts.h"

namespace tierwatch {
namespace {

constexpr double kSuperusers = 3;  ///< superuser_reserved_connections unless changed

}  // namespace

/// As the accept queues of the first process that says anything let conclude.
std::optional<double> TierFactsBuilder::connections_by_backlog() const {
  if (!sources_.somaxconn || !traits_.connections_by_backlog) return std::nullopt;
  const auto somaxconn = static_cast<double>(*sources_.somaxconn);
  for (const ProcessSample* process : processes_)
    for (const ListenerSample* listener : listeners_) {
      if (!listener->reading.queue_limit) continue;
      const auto limit = static_cast<double>(*listener->reading.queue_limit);
      if (const auto usable =
              traits_.connections_by_backlog(process->reading.title, limit, somaxconn))
        return usable;
    }
  return std::nullopt;
}

void TierFactsBuilder::add_backends(TierFacts& facts) const {
  BackendFacts counts;
  for (const ProcessSample* process : processes_) {
    if (tier_.roles[process->reading.member->role].name != traits_.connection_role) continue;
    const BackendState state = traits_.backend_state(process->reading.title);
    if (state == BackendState::kStarting) continue;  // it may yet be refused
    counts.backends += 1;
    counts.active += state == BackendState::kActive || state == BackendState::kWaiting;
    counts.waiting += state == BackendState::kWaiting;
    counts.idle_in_transaction += state == BackendState::kIdleInTransaction;
  }
  if (const auto configured = setting(&ServerSettingsReading::usable_connections)) {
    counts.usable_connections = static_cast<double>(*configured);
  } else {
    counts.usable_connections = connections_by_backlog();
  }
  // More than could be, superusers included: then the file we could read is not what is in force
  // (ALTER SYSTEM writes another, which needs Postgres' own rights).
  if (counts.backends > counts.usable_connections.value_or(counts.backends) + kSuperusers)
    counts.usable_connections.reset();
  facts.backends = counts;
}

/// nginx counts connections to its clients and to its upstreams alike (ngx_get_connection()).
void TierFactsBuilder::add_connection_table(TierFacts& facts) const {
  const auto each = setting(&ServerSettingsReading::worker_connections);
  if (!each || !facts.worker_processes || *facts.worker_processes <= 0) return;
  if (listeners_.empty()) return;  // its clients are not seen
  double used = 0;
  for (const ListenerSample* listener : listeners_) {
    if (!listener->reading.in_service) return;
    used += static_cast<double>(*listener->reading.in_service);
  }
  for (const PeerFacts& peer : facts.peers.value_or(std::vector<PeerFacts>{}))
    used += peer.connections;
  facts.connection_table = ConnectionTableFacts{
      .used = used, .limit = static_cast<double>(*each) * *facts.worker_processes};
}

std::optional<double> TierFactsBuilder::accepted_connections() const {
  double accepted = 0;
  for (const ListenerSample* listener : listeners_) {
    if (!listener->reading.in_service) return std::nullopt;
    accepted += static_cast<double>(*listener->reading.in_service);
  }
  return listeners_.empty() ? std::nullopt : std::optional(accepted);
}

/// Of servers that count their clients alone. All connections of a tier are counted against a limit
/// of a part of it (one of several servers, frontends, upstreams): that part has no more.
void TierFactsBuilder::add_client_limits(TierFacts& facts) const {
  const auto accepted = accepted_connections();
  if (!accepted) return;
  const auto is_nearer = [](const LimitFacts& a, const LimitFacts& b) {
    return b.limit <= 0 || (a.limit > 0 && a.used * b.limit > b.used * a.limit);
  };
  const auto consider = [&](const LimitFacts& one) {
    if (!facts.possible_limit || is_nearer(one, *facts.possible_limit)) facts.possible_limit = one;
  };
  double opened = 0;
  for (const PeerFacts& peer : facts.peers.value_or(std::vector<PeerFacts>{}))
    opened += peer.connections;
  std::vector<double> most;
  for (const ServerSettingsReading& settings : sources_.settings) {
    if (settings.tier != index_) continue;
    if (settings.most_clients || traits_.fewest_clients > 0)
      most.push_back(settings.most_clients ? static_cast<double>(*settings.most_clients)
                                           : traits_.fewest_clients);
    if (settings.frontend_clients)
      consider({*accepted, static_cast<double>(*settings.frontend_clients)});
    if (settings.server_connections)
      consider({opened, static_cast<double>(*settings.server_connections)});
  }
  const bool certain = most.size() == 1 && setting(&ServerSettingsReading::most_clients);
  if (certain) facts.connection_table = ConnectionTableFacts{*accepted, most.front()};
  if (!certain)
    for (const double limit : most) consider({*accepted, limit});
}

}  // namespace tierwatch
