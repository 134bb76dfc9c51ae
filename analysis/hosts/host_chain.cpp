// SPDX-License-Identifier: MIT
#include "analysis/hosts/host_chain.h"

#include <algorithm>
#include <map>
#include <set>

namespace tierwatch {
namespace {

constexpr double kMostOfThem = 0.5;  ///< of the requests a tier has taken on

/// Whether requests pass from one tier of a host to another, by connections.
bool leads_to(const HostTick& tick, const std::string& from, const std::string& to) {
  std::set<std::string> seen{from};
  std::vector<std::string> open{from};
  while (!open.empty()) {
    const std::string name = open.back();
    open.pop_back();
    if (name == to) return true;
    const TierFacts* tier = tier_named(tick.facts, name);
    if (!tier || !tier->peers) continue;
    for (const PeerFacts& peer : *tier->peers)
      if (peer.watched && seen.insert(peer.name).second) open.push_back(peer.name);
  }
  return false;
}

double in_hand_of(const HostTick& tick, const std::string& tier) {
  const auto found = tick.in_hand.find(tier);
  return found == tick.in_hand.end() ? 0 : found->second;
}

class ChainWalk {
 public:
  ChainWalk(std::span<const HostTick* const> ticks, const PeerPlaces& places)
      : ticks_(ticks), places_(places) {}

  /// From what a host names to what limits it in the end.
  std::optional<HostPlace> end_of(HostPlace from) const {
    std::set<HostPlace> seen{from};
    while (const auto next = next_named(from)) {
      if (!seen.insert(*next).second) return std::nullopt;  // a ring: each waits for the next
      from = *next;
    }
    return from;
  }

  /// What is named at the host that a tier mostly waits for, if its requests get there.
  std::optional<HostPlace> next_named(const HostPlace& from) const {
    const HostTick* here = ticks_[from.host];
    if (!here) return std::nullopt;
    const auto awaited = mostly_awaited(*here, from.tier);
    const auto place = awaited ? places_.find(awaited->peer->peer) : std::nullopt;
    if (!place || place->host == from.host) return std::nullopt;
    const HostTick* there = ticks_[place->host];
    if (!there || !there->named) return std::nullopt;
    const std::string& named = there->named->tier;
    const bool reached = place->tier.empty() || leads_to(*there, place->tier, named);
    return reached ? std::optional(HostPlace{place->host, named}) : std::nullopt;
  }

 private:
  std::span<const HostTick* const> ticks_;
  const PeerPlaces& places_;
};

/// All tiers, named or not, that mostly wait for one of the full places, by way of others too.
void add_waiters(std::span<const HostTick* const> ticks, const ChainWalk& walk,
                 std::map<HostPlace, FullPlace>& full) {
  for (std::size_t host = 0; host < ticks.size(); ++host) {
    if (!ticks[host]) continue;
    std::set<std::string> tiers;
    for (const AwaitedPeer& one : ticks[host]->awaited) tiers.insert(one.tier);
    for (const std::string& tier : tiers) {
      const HostPlace from{host, tier};
      const auto end = walk.end_of(from);
      const auto found = end && *end != from ? full.find(*end) : full.end();
      if (found == full.end()) continue;
      found->second.waiters.push_back(from);
      if (const auto awaited = mostly_awaited(*ticks[host], tier))
        found->second.requests = std::max(found->second.requests, awaited->peer->requests);
    }
  }
}

}  // namespace

std::optional<Awaited> mostly_awaited(const HostTick& tick, const std::string& tier) {
  const AwaitedPeer* most = nullptr;
  for (const AwaitedPeer& one : tick.awaited)
    if (one.tier == tier && (!most || one.requests > most->requests)) most = &one;
  if (!most || most->requests <= 0) return std::nullopt;
  const auto all = tick.taken_on.find(tier);
  if (all == tick.taken_on.end() || all->second <= 0) return Awaited{most, std::nullopt};
  const double share = std::min(1.0, most->requests / all->second);
  return share >= kMostOfThem ? std::optional(Awaited{most, share}) : std::nullopt;
}

std::vector<FullPlace> full_places(std::span<const HostTick* const> ticks,
                                   const PeerPlaces& places) {
  const ChainWalk walk(ticks, places);
  std::map<HostPlace, FullPlace> full;
  for (std::size_t host = 0; host < ticks.size(); ++host) {
    if (!ticks[host] || !ticks[host]->named) continue;
    const HostPlace named{host, ticks[host]->named->tier};
    const HostPlace end = walk.end_of(named).value_or(named);
    const HostTick& there = *ticks[end.host];
    full.try_emplace(end, FullPlace{.place = end,
                                    .resource = there.named->resource,
                                    .requests = in_hand_of(there, end.tier),
                                    .waiters = {}});
  }
  add_waiters(ticks, walk, full);
  std::vector<FullPlace> all;
  for (auto& [place, one] : full) all.push_back(std::move(one));
  std::ranges::stable_sort(all, std::ranges::greater{}, [](const FullPlace& one) {
    return std::pair(one.requests, one.waiters.size());
  });
  return all;
}

}  // namespace tierwatch
