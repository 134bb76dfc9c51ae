// SPDX-License-Identifier: MIT
//
// Limits of clients that servers set themselves, and how near a tier may be to them: where it is
// not known which of its connections count, all do.
#include <algorithm>

#include "analysis/facts/tier_facts.h"

namespace tierwatch {
namespace {

bool is_nearer(const LimitFacts& a, const LimitFacts& b) {
  return b.limit <= 0 || (a.limit > 0 && a.used * b.limit > b.used * a.limit);
}

/// Keeps the nearest of all that are considered.
void consider(std::optional<LimitFacts>& nearest, const LimitFacts& one) {
  if (!nearest || is_nearer(one, *nearest)) nearest = one;
}

double count(std::uint64_t number) { return static_cast<double>(number); }

/// Sockets of root are nobody's by their user: as many requests may be on the way behind it as it
/// has not answered.
double connections_passed_on(const TierFacts& facts) {
  double seen = 0;
  for (const PeerFacts& peer : facts.peers.value_or(std::vector<PeerFacts>{}))
    seen += peer.connections;
  return std::max(seen, facts.owed.value_or(0));
}

}  // namespace

/// Of servers that count their clients alone. All connections of a tier are counted against a limit
/// of a part of it (one of several servers, frontends, upstreams): that part has no more.
void TierFactsBuilder::add_client_limits(TierFacts& facts) const {
  for (const ServerSettingsReading& settings : sources_.settings)
    if (settings.tier == index_ && (!one_ || is_here(settings.server.pid))) {
      facts.settings_changed = facts.settings_changed || settings.changed_since_start;
      facts.limits_rate = facts.limits_rate || settings.limits_rate;
    }
  const auto accepted = connections();
  if (!accepted) return;
  const double passed_on = connections_passed_on(facts);
  std::vector<double> most;
  bool known = true;
  for (const ServerSettingsReading& settings : sources_.settings) {
    if (settings.tier != index_ || (one_ && !is_here(settings.server.pid))) continue;
    known = known && settings.most_clients;
    if (settings.most_clients)
      most.push_back(count(*settings.most_clients));
    else if (traits_.fewest_clients > 0)
      most.push_back(traits_.fewest_clients);
    if (settings.part_clients)
      consider(facts.possible_limit, {*accepted, count(*settings.part_clients)});
    if (settings.server_connections)
      consider(facts.possible_limit, {passed_on, count(*settings.server_connections)});
  }
  // A running server may have been told another number, which nothing shows.
  if (!most.empty() && traits_.fewest_clients > 0) most.push_back(traits_.fewest_clients);
  const bool one_server = most.size() == (traits_.fewest_clients > 0 ? 2 : 1);
  if (one_server && known) {
    facts.connection_table = LimitFacts{*accepted, most.front()};
    most.erase(most.begin());
  }
  for (const double limit : most) consider(facts.possible_limit, {*accepted, limit});
}

}  // namespace tierwatch
