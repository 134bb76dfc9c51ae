// SPDX-License-Identifier: MIT
#include "analysis/judge/blame.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>
#include <tuple>

#include "analysis/judge/judge_constants.h"
#include "analysis/judge/left_unread.h"
#include "analysis/judge/shared_cpu.h"
#include "analysis/judge/wanted.h"
#include "collectors/servers/servers.h"

namespace tierwatch {
namespace {

double wait_share(const TierFacts& from, const std::string& to) {
  double share = 0;
  for (const WaitFacts& wait : *from.waits)
    if (wait.kind == WaitFacts::For::kTier && wait.peer == to) share += wait.share;
  return share;
}

bool waits_are_known(const TierFacts& tier) {
  if (!tier.waits) return false;
  double share = 0;
  for (const WaitFacts& wait : *tier.waits) share += wait.share;
  return share >= kWaitsAreKnown;
}

/// Tiers a step downstream of `from`; absent when not known.
std::optional<std::vector<std::string>> successors(const TierFacts& from) {
  std::vector<std::string> names;
  if (waits_are_known(from)) {
    for (const WaitFacts& wait : *from.waits)
      if (wait.kind == WaitFacts::For::kTier && wait.share >= kWaitsForIt)
        names.push_back(wait.peer);
    return names;
  }
  if (!from.peers) return std::nullopt;
  for (const PeerFacts& peer : *from.peers)
    if (peer.watched) names.push_back(peer.name);
  return names;
}

/// Finds the one that limits. Kept as a class only to share the facts.
class Finder {
 public:
  Finder(const JudgeInput& input, const ThresholdTable& thresholds,
         const std::vector<Saturation>& saturations,
         const std::optional<TierResource>& named_before)
      : input_(input), thresholds_(thresholds), named_before_(named_before) {
    for (const Saturation& one : saturations)
      if (one.state == Heat::kHot) hot_.push_back(&one);
  }

  Blame find() const {
    Blame blame;
    blame.bottleneck = bottleneck();
    if (!blame.bottleneck) return blame;
    for (const Saturation* one : hot_)
      if (is_joint(*one, *blame.bottleneck)) blame.joint.push_back(one);
    std::ranges::stable_sort(
        blame.joint, [](const Saturation* a, const Saturation* b) { return a->rule < b->rule; });
    return blame;
  }

 private:
  std::vector<const Saturation*> by_rules(Rule first, Rule last) const {
    std::vector<const Saturation*> some;
    for (const Saturation* one : hot_)
      if (one->rule >= first && one->rule <= last) some.push_back(one);
    return some;
  }

  /// How full it is, a little more for the one named before: equals must not take turns.
  double fullness(const Saturation& one) const {
    const bool again = named_before_ == TierResource{one.tier, one.resource};
    return one.utilization_ratio.value_or(1) + (again ? kHysteresis : 0);
  }

  const Saturation* bottleneck() const {
    if (const auto facts = by_rules(Rule::kCountableLimit, Rule::kCountableLimit); !facts.empty())
      return *std::ranges::max_element(
          facts, {}, [&](const Saturation* one) { return std::pair(one->event, fullness(*one)); });
    if (const Saturation* refusing = refuses_requests()) return refusing;
    const auto short_tiers = by_rules(Rule::kWorkers, Rule::kWorkers);
    if (const Saturation* working = deepest_working(short_tiers)) return working;
    if (const Saturation* held = deepest_held(short_tiers)) return held;
    if (const Saturation* elsewhere = first_of(by_rules(Rule::kLock, Rule::kNetwork)))
      return elsewhere;
    return first_of(by_rules(Rule::kConnectionTable, Rule::kStuck));
  }

  /// A table of connections that holds more than it may: who comes is refused, whatever else is
  /// full. One more may be an administrator's, unless what the server lacks is something else.
  const Saturation* refuses_requests() const {
    for (const Saturation* one : hot_) {
      if (one->rule != Rule::kConnectionTable || !one->used || !one->capacity) continue;
      const bool works = std::ranges::any_of(hot_, [&](const Saturation* other) {
        return other->tier == one->tier && other->rule < Rule::kConnectionTable;
      });
      if (refuses_clients(*one)) return one;
      if (!works && std::lround(*one->used) > std::lround(*one->capacity)) return one;
    }
    return nullptr;
  }

  /// Locks, CPU, disks and links: what does the work that others wait for.
  const Saturation* deepest_working(const std::vector<const Saturation*>& short_tiers) const {
    std::vector<const Saturation*> working = by_rules(Rule::kLock, Rule::kNetwork);
    std::erase_if(working, [&](const Saturation* one) {
      return unrelated(*one, short_tiers) || is_turned_away(*one);
    });
    const Saturation* found = first_of(working);
    std::set<const Saturation*> seen;
    while (found && seen.insert(found).second) {
      const TierFacts* tier = tier_named(input_, found->tier);
      if (!tier || !tier->waits) break;
      for (const Saturation* next : working)
        if (next->tier != found->tier && !seen.contains(next) &&
            wait_share(*tier, next->tier) >= kWaitsMostly) {
          found = next;
          break;
        }
    }
    return found;
  }

  /// Full on its own account: tiers with held workers are known to wait for something else, or are
  /// not connected to it at all, and it is not on the way to them. They may lack the CPU it uses.
  bool unrelated(const Saturation& one, const std::vector<const Saturation*>& short_tiers) const {
    if (short_tiers.empty() || one.tier == kOtherTier) return false;
    const auto starved = starved_tiers(input_, thresholds_);
    return std::ranges::all_of(short_tiers, [&](const Saturation* held) {
      const TierFacts* tier = tier_named(input_, held->tier);
      if (held->tier == one.tier || leads_to(input_, one.tier, held->tier) != false) return false;
      if (waits_are_known(*tier))
        return wait_share(*tier, one.tier) < kNeverWaits &&
               !leads_to(input_, held->tier, one.tier).value_or(false);
      return leads_to(input_, held->tier, one.tier) == false &&
             std::ranges::find(starved, held->tier) == starved.end();
    });
  }

  /// Its CPU goes into requests that a tier further down turns away: that one's accept queue
  /// overflows while its workers are held, and not for want of a CPU. Errors are answered faster
  /// than pages, and clients come back at once: more CPU would only bring more of them.
  bool is_turned_away(const Saturation& one) const {
    if (one.rule != Rule::kOwnCeiling && one.rule != Rule::kSharedCpu) return false;
    const auto starved = starved_tiers(input_, thresholds_);
    return std::ranges::any_of(by_rules(Rule::kWorkers, Rule::kWorkers), [&](const auto* held) {
      if (held->tier == one.tier || std::ranges::find(starved, held->tier) != starved.end())
        return false;
      return overflows(*tier_named(input_, held->tier)) &&
             (one.tier == kOtherTier || leads_to(input_, one.tier, held->tier).value_or(false));
    });
  }

  static bool overflows(const TierFacts& tier) {
    return tier.listeners &&
           std::ranges::any_of(*tier.listeners, [](const ListenerFacts& listener) {
             return listener.full_ratio >= kOverflows;
           });
  }

  /// Someone is known to wait for it: its own queue, or tiers that are short of workers.
  bool is_wanted(const std::string& name) const {
    const TierFacts* tier = tier_named(input_, name);
    if (!tier) return true;
    if (is_short_of_workers(*tier, thresholds_.of(name))) return true;
    return std::ranges::any_of(input_.tiers, [&](const TierFacts& other) {
      return other.name != name && is_short_of_workers(other, thresholds_.of(other.name)) &&
             leads_to(input_, other.name, name).value_or(true);
    });
  }

  const Saturation* first_of(const std::vector<const Saturation*>& some) const {
    const auto rank = [&](const Saturation* one) {
      return std::tuple(one->rule != Rule::kLock, !is_wanted(one->tier), one->rule,
                        -fullness(*one));
    };
    const auto first = std::ranges::min_element(some, {}, rank);
    return first == some.end() ? nullptr : *first;
  }

  /// It holds more connections than it may have clients: those beyond are being refused.
  static bool refuses_clients(const Saturation& one) {
    return one.rule == Rule::kConnectionTable && one.used && one.capacity &&
           *one.used >= *one.capacity + kMoreThanOne;
  }

  /// Of tiers whose workers are held, one that waits for none of the others, nor for an event loop
  /// that is stuck, nor for one that refuses clients: else that one.
  const Saturation* deepest_held(const std::vector<const Saturation*>& short_tiers) const {
    if (short_tiers.empty()) return nullptr;
    std::vector<const Saturation*> last, some = by_rules(Rule::kStuck, Rule::kStuck);
    std::ranges::copy_if(hot_, std::back_inserter(some),
                         [](const Saturation* one) { return refuses_clients(*one); });
    some.insert(some.end(), short_tiers.begin(), short_tiers.end());
    for (const Saturation* one : some) {
      const bool waits = std::ranges::any_of(some, [&](const Saturation* other) {
        return other->tier != one->tier &&
               leads_to(input_, one->tier, other->tier).value_or(false) &&
               !leads_to(input_, other->tier, one->tier).value_or(false);
      });
      if (!waits) last.push_back(one);
    }
    const auto rank = [&](const Saturation* one) {
      const TierFacts* tier = tier_named(input_, one->tier);
      const bool again = named_before_ == TierResource{one->tier, one->resource};
      return std::tuple(one->rule, -queued_ratio(*tier).value_or(0) - (again ? kHysteresis : 0),
                        -fullness(*one));
    };
    const auto first = std::ranges::min_element(last, {}, rank);
    return first == last.end() ? nullptr : *first;
  }

  bool is_joint(const Saturation& one, const Saturation& bottleneck) const {
    if (one.tier == bottleneck.tier || one.rule >= Rule::kConnectionTable) return false;
    if (is_turned_away(one)) return false;
    const TierFacts* tier = tier_named(input_, one.tier);
    if (!tier) return true;
    if (one.rule == Rule::kWorkers)
      return leads_to(input_, one.tier, bottleneck.tier) == false &&
             is_full_itself(one, *tier, bottleneck);
    return !tier->waits || wait_share(*tier, bottleneck.tier) < kWaitsMostly;
  }

  /// Of held workers it is known what for, and it is no other full tier; what a pooler lacks is
  /// its connections, and those are not to what is named.
  bool is_full_itself(const Saturation& one, const TierFacts& tier,
                      const Saturation& bottleneck) const {
    if (one.resource != Resource::kPool || !traits_of(tier.preset).only_pools)
      return waits_are_known(tier) && !held_by(input_, one, hot_);
    const auto demand = pool_demand(tier, input_);
    return demand && demand->fullest && demand->fullest->name != bottleneck.tier;
  }

  const JudgeInput& input_;
  const ThresholdTable& thresholds_;
  const std::optional<TierResource>& named_before_;
  std::vector<const Saturation*> hot_;
};

WaitingOn waiting_for(const WaitFacts& wait) {
  switch (wait.kind) {
    case WaitFacts::For::kTier:
      return {.tier = wait.peer, .address = {}, .share = wait.share, .through = {}};
    case WaitFacts::For::kExternal:
      return {.tier = std::string(kExternalTier),
              .address = wait.peer,
              .share = wait.share,
              .through = {}};
    case WaitFacts::For::kDisk:
      return {.tier = "disk", .address = {}, .share = wait.share, .through = {}};
    case WaitFacts::For::kClients:
      return {.tier = std::string(kItsClients), .address = {}, .share = wait.share, .through = {}};
    default:
      return {.tier = "lock", .address = {}, .share = wait.share, .through = {}};
  }
}

const WaitFacts* longest_wait(const TierFacts& tier) {
  if (!tier.waits || tier.waits->empty()) return nullptr;
  const auto share = [](const WaitFacts& wait) { return std::pair(-wait.share, wait.peer); };
  return &*std::ranges::min_element(*tier.waits, {}, share);
}

/// A tier that could not be what `held` workers wait for: it is seen to be idle.
bool is_idle(const TierFacts& tier, double held) {
  if (tier.backends && tier.backends->active) return *tier.backends->active < kMostlyIdle * held;
  if (const auto share = held_ratio(tier)) return *share < kMostlyIdle;
  // An event loop that is itself a client may do nothing but wait for others.
  const bool passes_on = !tier.peers || !tier.peers->empty();
  if (tier.serving == RoleKind::kEventWorker && tier.hottest_thread && !passes_on)
    return tier.hottest_thread->cores < kMostlyIdle;
  return false;
}

/// Connections alone: persistent ones say nothing, so it must be the only peer that can be meant.
std::optional<WaitingOn> only_possible_peer(const JudgeInput& input, const TierFacts& tier) {
  if (!tier.peers) return std::nullopt;
  // More may be accepted than there are workers to serve them.
  double held = tier.owed.value_or(0);
  if (tier.serving == RoleKind::kSyncWorker) {
    const double most = tier.workers.value_or(tier.busy_workers.value_or(0));
    held = std::min(tier.busy_workers.value_or(most), most);
  }
  std::vector<const PeerFacts*> possible;
  for (const PeerFacts& peer : *tier.peers) {
    const TierFacts* watched = peer.watched ? tier_named(input, peer.name) : nullptr;
    if (peer.connections - peer.background < kConnectionsPerHeld * held || held <= 0) continue;
    if (peer.awaiting && *peer.awaiting < kNeverWaits * held) continue;
    // More than its workers can wait for: another's, under the same user.
    if (peer.perhaps && is_pool(tier) && peer.awaiting.value_or(0) >= kMoreThanOne * held) continue;
    if (!watched || !is_idle(*watched, held)) possible.push_back(&peer);
  }
  if (possible.size() != 1) return std::nullopt;
  const PeerFacts& peer = *possible.front();
  if (peer.watched) return WaitingOn{.tier = peer.name, .address = {}, .share = {}, .through = {}};
  return WaitingOn{
      .tier = std::string(kExternalTier), .address = peer.name, .share = {}, .through = {}};
}

}  // namespace

std::optional<bool> waits_for(const TierFacts& from, const std::string& to) {
  const auto names = successors(from);
  if (!names) return std::nullopt;
  return std::ranges::find(*names, to) != names->end();
}

std::optional<bool> leads_to(const JudgeInput& input, const std::string& from,
                             const std::string& to) {
  std::vector<std::string> open{from};
  std::set<std::string> seen;
  bool complete = true;
  while (!open.empty()) {
    const std::string name = open.back();
    open.pop_back();
    const TierFacts* tier = tier_named(input, name);
    if (!tier || !seen.insert(name).second) continue;
    const auto next = successors(*tier);
    if (!next) {
      complete = false;
      continue;
    }
    if (std::ranges::find(*next, to) != next->end()) return true;
    open.insert(open.end(), next->begin(), next->end());
  }
  if (!complete) return std::nullopt;
  return false;
}

const Saturation* held_by(const JudgeInput& input, const Saturation& held,
                          std::span<const Saturation* const> full) {
  for (const Saturation* other : full)
    if (other->tier != held.tier && other->tier != kOtherTier &&
        leads_to(input, held.tier, other->tier).value_or(false) &&
        !leads_to(input, other->tier, held.tier).value_or(false))
      return other;
  return nullptr;
}

std::optional<WaitingOn> waiting_on(const JudgeInput& input, const TierFacts& tier) {
  if (left_unread(tier, input.host))
    if (auto blocked = blocked_by(tier)) return blocked;
  const WaitFacts* most = longest_wait(tier);
  if (!most || most->share < kWaitsMostly)
    if (const auto only = only_possible_peer(input, tier)) return only;
  if (!most || most->kind == WaitFacts::For::kOther || most->share < kWaitsForIt)
    return std::nullopt;
  return waiting_for(*most);
}

Blame find_bottleneck(const JudgeInput& input, const ThresholdTable& thresholds,
                      const std::vector<Saturation>& saturations,
                      const std::optional<TierResource>& named_before) {
  return Finder(input, thresholds, saturations, named_before).find();
}

}  // namespace tierwatch
