// SPDX-License-Identifier: MIT
//
// What the sockets of a tier tell: who waits for it, how many of its workers hold a connection, and
// where its own connections lead.
#include <algorithm>
#include <map>

#include "analysis/facts/tier_facts.h"
#include "collectors/seconds.h"

namespace tierwatch {
namespace {

double all_awaited(const std::vector<WaitFacts>& waits) {
  double sum = 0;
  for (const WaitFacts& wait : waits) sum += wait.share;
  return sum;
}

}  // namespace

void TierFactsBuilder::add_listeners(TierFacts& facts) const {
  facts.connections = connections();
  facts.owed = owed();
  facts.owed_by_unix = owed_by_unix();
  facts.sending = of_tcp(&ListenerReading::sending);
  facts.unsent = of_tcp(&ListenerReading::unsent);
  facts.unread_by_clients = of_tcp(&ListenerReading::unread_by_clients);
  if (const auto unread = all_unread()) facts.unread = read_next() ? 0 : *unread;
  if (!listeners_known_) return;
  facts.listeners.emplace();
  for (const ListenerSample* listener : listeners_) {
    if (!listener->queued_ratio) continue;
    const ListenerReading& reading = listener->reading;
    ListenerFacts one{.name = full_address(reading),
                      .queue_mean = listener->queue_mean.value_or(0),
                      .queued_ratio = *listener->queued_ratio,
                      .full_ratio = listener->full_ratio.value_or(0),
                      .queue_peak = static_cast<double>(reading.queue_peak),
                      .limit = {},
                      .drops = {}};
    if (reading.queue_limit) one.limit = static_cast<double>(*reading.queue_limit);
    if (listener->drops_per_second)
      one.drops = *listener->drops_per_second * seconds_of(snapshot_.interval);
    if (one.drops && memory_.host_drops && reading.network.empty())
      one.drops = std::min(*one.drops, *memory_.host_drops);
    // What is dropped is counted for our own network namespace.
    if (reading.half_open && reading.network.empty())
      one.half_open = static_cast<double>(*reading.half_open);
    facts.listeners->push_back(std::move(one));
  }
}

/// Accepted on its listeners and not yet closed; absent where one listener's are not known.
std::optional<double> TierFactsBuilder::connections() const {
  if (!listeners_known_) return std::nullopt;
  double all = 0;
  for (const ListenerSample* listener : listeners_) {
    if (!listener->reading.in_service) return std::nullopt;
    all += static_cast<double>(*listener->reading.in_service);
  }
  return listeners_.empty() ? std::nullopt : std::optional(all);
}

/// Absent where one listener's connections are not known, or the kernel told no times.
std::optional<double> TierFactsBuilder::owed() const {
  if (!listeners_known_) return std::nullopt;
  double all = 0;
  for (const ListenerSample* listener : listeners_) {
    const ListenerReading& reading = listener->reading;
    const bool told = reading.family != SocketFamily::kUnix;
    const auto& requests = told ? reading.owed : reading.in_service;
    if (!requests) return std::nullopt;
    all += static_cast<double>(*requests);
  }
  return listeners_.empty() ? std::nullopt : std::optional(all);
}

std::optional<double> TierFactsBuilder::owed_by_unix() const {
  if (!owed()) return std::nullopt;
  double all = 0;
  for (const ListenerSample* listener : listeners_)
    if (listener->reading.family == SocketFamily::kUnix)
      all += static_cast<double>(listener->reading.in_service.value_or(0));
  return all;
}

/// Over all TCP listeners; absent where one listener's connections are not told. UNIX sockets tell
/// nothing of their clients, of which none is elsewhere.
std::optional<double> TierFactsBuilder::of_tcp(
    std::optional<std::uint64_t> ListenerReading::*field) const {
  if (!listeners_known_) return std::nullopt;
  std::optional<double> all;
  for (const ListenerSample* listener : listeners_) {
    const ListenerReading& reading = listener->reading;
    if (reading.family == SocketFamily::kUnix) continue;
    if (!(reading.*field)) return std::nullopt;
    all = all.value_or(0) + static_cast<double>(*(reading.*field));
  }
  return all;
}

/// Every process that serves runs, or wants to: event loops are processes' first threads.
bool TierFactsBuilder::all_are_at_work() const {
  return std::ranges::all_of(processes_, [&](const ProcessSample* process) {
    return !serves(*process) || process->reading.state == 'R';
  });
}

/// On accepted connections of all its listeners; absent where one's are not known.
std::optional<double> TierFactsBuilder::all_unread() const {
  if (!listeners_known_ || listeners_.empty()) return std::nullopt;
  double all = 0;
  for (const ListenerSample* listener : listeners_) {
    if (!listener->reading.unread) return std::nullopt;
    all += static_cast<double>(*listener->reading.unread);
  }
  return all;
}

/// Event loops that are all at work read next.
bool TierFactsBuilder::read_next() const {
  return role_ && tier_.roles[*role_].kind != RoleKind::kThreaded && all_are_at_work();
}

/// Of processes whose threads serve what that process has accepted: connections of one wait for it,
/// though threads of another are free. Absent where no thread is, where a connection is not known
/// to be a process', and for processes of one thread, which may be event loops.
std::optional<double> TierFactsBuilder::most_at_work() const {
  double held = 0, most = 0;
  bool some_are_free = false;
  for (const ProcessSample* process : processes_) {
    const ProcessSocketsReading* const known = sources_.sockets_of(process->reading.id);
    if (!known) return std::nullopt;
    const double serving = static_cast<double>(known->serving);
    held += serving;
    if (!serves(*process)) continue;
    const double threads = process->reading.thread_count - 1;  // one accepts
    if (threads < 1) return std::nullopt;
    some_are_free = some_are_free || serving < threads;
    most += std::min(serving, threads);
  }
  const bool all_known = held >= connections().value_or(held + 1);
  return some_are_free && all_known ? std::optional(most) : std::nullopt;
}

/// Connections in service, where a worker holds one at a time. A server that keeps idle ones aside
/// of its threads has as many at work as it owes answers. With an http router before the
/// workers each request holds two: then only the workers' own count, which needs ptrace rights.
std::optional<double> TierFactsBuilder::busy_workers() const {
  if (!role_ || tier_.roles[*role_].kind != RoleKind::kSyncWorker ||
      !traits_.connection_role.empty())
    return std::nullopt;
  if (!holds_two()) {
    const bool keeps_idle_ones = traits_.main_thread_only_accepts || parks_connections();
    const auto requests = keeps_idle_ones ? owed() : connections();
    const auto known = requests ? requests : connections();
    const auto most = traits_.main_thread_only_accepts && known ? most_at_work() : std::nullopt;
    return most ? std::min(*known, *most) : known;
  }
  double busy = 0;
  for (const ProcessSample* process : processes_) {
    if (!serves(*process)) continue;
    const ProcessSocketsReading* const known = sources_.sockets_of(process->reading.id);
    if (!known) return std::nullopt;
    busy +=
        static_cast<double>(std::min<std::uint64_t>(known->serving, process->reading.thread_count));
  }
  return busy;
}

/// Event loops beside workers that serve one request at a time.
bool TierFactsBuilder::has_router(const TierSample& tier) {
  const auto lives = [&](RoleKind kind) {
    return std::ranges::any_of(tier.roles, [&](const RoleSample& role) {
      return role.kind == kind && role.sums.processes > 0;
    });
  };
  return lives(RoleKind::kEventWorker) && lives(RoleKind::kSyncWorker);
}

bool TierFactsBuilder::is_client_of(const EdgeReading& edge) const {
  const auto self = static_cast<std::uint16_t>(index_);
  if (edge.to == self && (!one_ || one_->holds(edge.to_instance, edge.to_user))) return false;
  if (edge.from) {
    if (edge.from->tier != self) return false;
    const bool unclear = edge.from->instance == 0 && !edge.from->user;
    return !one_ || unclear || one_->holds(edge.from->instance, edge.from->user);
  }
  if (one_ && edge.from_user && !one_->users.contains(*edge.from_user)) return false;
  return may_be_from(edge, self);
}

bool TierFactsBuilder::asks(std::uint16_t client, std::uint16_t server) const {
  return std::ranges::any_of(snapshot_.edges, [&](const EdgeReading& edge) {
    return edge.to == server && edge.from && edge.from->tier == client;
  });
}

/// Of several that it may be from, one that the server itself asks is the least likely: requests
/// seldom go in a circle.
bool TierFactsBuilder::may_be_from(const EdgeReading& edge, std::uint16_t tier) const {
  const auto& some = edge.from_one_of;
  if (std::ranges::find(some, tier) == some.end()) return false;
  const auto in_a_circle = [&](std::uint16_t one) { return edge.to && asks(*edge.to, one); };
  if (!in_a_circle(tier)) return true;
  return std::ranges::none_of(
      some, [&](std::uint16_t one) { return one != edge.to && !in_a_circle(one); });
}

/// No tier is a client of its own servers here, see is_client_of(), but one whose workers have a
/// router before them (uWSGI's http): whoever else runs under its user is taken for it.
bool TierFactsBuilder::may_be_of_another(const EdgeReading& edge) const {
  if (edge.from)
    return edge.from->source == OwnerSource::kElimination && edge.to &&
           has_router(snapshot_.tiers[*edge.to]);
  return std::ranges::count_if(edge.from_one_of,
                               [&](std::uint16_t tier) { return tier != edge.to; }) > 1;
}

/// Connections on which an answer is awaited, by where they lead, in place of shares; of `certain`
/// ones without those that another tier under its user may have.
std::vector<WaitFacts> TierFactsBuilder::awaited(bool pool, bool certain) const {
  std::vector<WaitFacts> waits;
  for (const EdgeReading& edge : snapshot_.edges) {
    if (!is_client_of(edge) || edge.awaiting.value_or(0) == 0) continue;
    if ((!pool && !edge.from) || (certain && may_be_of_another(edge))) continue;
    const auto kind = edge.to ? WaitFacts::For::kTier : WaitFacts::For::kExternal;
    waits.push_back({kind, name_of_target(edge), static_cast<double>(*edge.awaiting)});
  }
  return waits;
}

/// What requests wait for: one waits for the peer to which its server has said the last word.
/// Shares are the least that is certain: a wait for a UNIX socket is not told, nor one that began
/// within the clock tick of the last answer. Where more waits than workers are held, not all are
/// theirs: then those that surely are, and absent where these are too many, or none. An event loop
/// asks several for one request: its waits may be more than those. What it has not read yet waits
/// for nothing but the loop: while that is at work, this is a wait of its own (kOther).
void TierFactsBuilder::add_waits(TierFacts& facts) const {
  const bool pool = facts.busy_workers.has_value();
  double requests = std::max(0.0, facts.owed.value_or(0) - facts.unread.value_or(0));
  if (pool) requests = std::min(*facts.busy_workers, facts.workers.value_or(*facts.busy_workers));
  std::vector<WaitFacts> waits = awaited(pool, false);
  if (pool && all_awaited(waits) > requests) {
    waits = awaited(pool, true);
    if (waits.empty()) return;
  }
  const bool read_on = !pool && facts.owed && read_next();
  if (const double own = read_on ? all_unread().value_or(0) : 0; own > 0)
    waits.push_back({WaitFacts::For::kOther, "", own});
  const double awaiting = all_awaited(waits);
  if (pool && awaiting > requests) return;
  // A worker that sends an answer is held until the client has taken enough of it.
  if (const double to_clients = pool ? std::min(facts.unsent.value_or(0), requests - awaiting) : 0;
      to_clients > 0)
    waits.push_back({WaitFacts::For::kClients, "", to_clients});
  if (!pool) requests = std::max(requests, awaiting);
  if (requests <= 0 || (!pool && facts.serving == RoleKind::kSyncWorker)) return;
  for (WaitFacts& wait : waits) wait.share /= requests;
  facts.waits = std::move(waits);
}

/// Of several edges the farthest, and the one that loses most.
void TierFactsBuilder::add_way(const EdgeReading& edge, PeerFacts& peer) {
  if (edge.round_trip)
    peer.round_trip_seconds =
        std::max(peer.round_trip_seconds.value_or(0), seconds_of(*edge.round_trip));
  if (edge.segments_resent && edge.segments_sent.value_or(0) > 0)
    peer.resent_ratio =
        std::max(peer.resent_ratio.value_or(0), static_cast<double>(*edge.segments_resent) /
                                                    static_cast<double>(*edge.segments_sent));
}

/// A client that may be one of several tiers is counted for each of them: better one connection
/// too many than a way downstream that is not seen.
void TierFactsBuilder::add_peers(TierFacts& facts) const {
  std::map<std::pair<bool, std::string>, PeerFacts> peers;
  for (const EdgeReading& edge : snapshot_.edges) {
    if (!is_client_of(edge)) continue;
    const std::string name = name_of_target(edge);
    const auto [entry, fresh] =
        peers.try_emplace({edge.to.has_value(), name}, PeerFacts{.name = name,
                                                                 .watched = edge.to.has_value(),
                                                                 .connections = 0,
                                                                 .awaiting = 0,
                                                                 .background = 0});
    PeerFacts& peer = entry->second;
    peer.connections += static_cast<double>(edge.connections);
    peer.background += static_cast<double>(edge.background.value_or(0));
    peer.perhaps = peer.perhaps || may_be_of_another(edge);
    if (!edge.awaiting)
      peer.awaiting.reset();
    else if (peer.awaiting)
      *peer.awaiting += static_cast<double>(*edge.awaiting);
    add_way(edge, peer);
  }
  facts.peers.emplace();
  for (auto& [key, peer] : peers) facts.peers->push_back(std::move(peer));
}

}  // namespace tierwatch
