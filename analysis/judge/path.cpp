// SPDX-License-Identifier: MIT
#include "analysis/judge/path.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "analysis/judge/blame.h"
#include "analysis/judge/saturation.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

/// Requests that it has in hand, where it may have none; absent where that is not known.
std::optional<double> in_hand(const TierFacts& tier) {
  return tier.busy_workers ? tier.busy_workers : tier.owed;
}

/// Requests that `from` has on `to`, as far as is known: else its connections. Absent for
/// connections that are another's, as it has no request in hand or none that waits there.
std::optional<double> requests_on(const TierFacts& from, const std::string& to) {
  for (const PeerFacts& peer : from.peers.value_or(std::vector<PeerFacts>{})) {
    if (!peer.watched || peer.name != to) continue;
    const double requests = peer.awaiting.value_or(peer.connections);
    const bool has_none = 2 * in_hand(from).value_or(requests) < std::min(1.0, peer.connections) ||
                          peer.background >= peer.connections;
    if (peer.perhaps && has_none) return std::nullopt;
    return requests;
  }
  return 0;
}

/// Connections that may be one's or another's count for both: then the one whose workers are held.
const TierFacts* busiest_client(const JudgeInput& input, const std::string& tier,
                                const std::set<std::string>& seen) {
  const TierFacts* busiest = nullptr;
  const auto rank = [&](const TierFacts& one) {
    return std::tuple(*requests_on(one, tier), held_ratio(one).value_or(0), one.name);
  };
  for (const TierFacts& one : input.tiers) {
    if (seen.contains(one.name) || !waits_for(one, tier).value_or(false)) continue;
    if (!requests_on(one, tier)) continue;
    if (!busiest || rank(*busiest) < rank(one)) busiest = &one;
  }
  return busiest;
}

std::optional<double> share_on(const TierFacts& from, const std::string& to) {
  for (const WaitFacts& wait : from.waits.value_or(std::vector<WaitFacts>{}))
    if (wait.kind == WaitFacts::For::kTier && wait.peer == to) return std::min(1.0, wait.share);
  return std::nullopt;
}

}  // namespace

std::vector<PathStep> path_to(const JudgeInput& input, const std::string& tier) {
  std::vector<PathStep> steps{{.name = tier, .watched = true, .share = {}}};
  std::set<std::string> seen{tier};
  while (const TierFacts* client = busiest_client(input, steps.front().name, seen)) {
    seen.insert(client->name);
    steps.front().share = share_on(*client, steps.front().name);
    steps.insert(steps.begin(), {.name = client->name, .watched = true, .share = {}});
  }
  return steps;
}

std::vector<PathStep> path_from(const JudgeInput& input, const TierFacts& tier) {
  std::vector<PathStep> steps;
  std::set<std::string> seen{tier.name};
  for (const TierFacts* at = &tier; at;) {
    const auto next = waiting_on(input, *at);
    if (!next) break;
    const bool outside = next->tier == kExternalTier;
    const std::string& name = outside ? next->address : next->tier;
    if (!seen.insert(name).second) break;
    at = outside ? nullptr : tier_named(input, name);
    steps.push_back({.name = name, .watched = at != nullptr, .share = next->share});
  }
  return steps;
}

std::optional<WaitingOn> end_of(const std::vector<PathStep>& downstream) {
  if (downstream.empty()) return std::nullopt;
  WaitingOn end{.tier = {}, .address = {}, .share = 1.0, .through = {}};
  for (const PathStep& step : downstream)
    end.share = end.share && step.share ? std::optional(*end.share * *step.share) : std::nullopt;
  for (std::size_t i = 0; i + 1 < downstream.size(); ++i) end.through.push_back(downstream[i].name);
  const PathStep& last = downstream.back();
  const bool place = last.name == "disk" || last.name == "lock" || last.name == kItsClients;
  end.tier = last.watched || place ? last.name : std::string(kExternalTier);
  if (end.tier == kExternalTier) end.address = last.name;
  return end;
}

}  // namespace tierwatch
