// SPDX-License-Identifier: MIT
#include "analysis/judge/time_by_tier.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "analysis/judge/judge_constants.h"
#include "analysis/judge/left_unread.h"
#include "analysis/judge/wanted.h"
#include "analysis/resource.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

double queued_at(const TierFacts& tier) {
  double all = 0;
  for (const ListenerFacts& listener : tier.listeners.value_or(std::vector<ListenerFacts>{}))
    all += listener.queue_mean;
  return all;
}

/// Connections of UNIX sockets do not tell whether an answer is owed: with a pool each is a
/// request, with others it may be idle.
bool may_be_idle(const TierFacts& tier) {
  if (tier.serving == RoleKind::kSyncWorker && !tier.workers_on_demand) return false;
  return tier.listeners && std::ranges::any_of(*tier.listeners, [](const ListenerFacts& one) {
           return !one.name.empty() && (one.name.front() == '/' || one.name.front() == '@');
         });
}

/// Of few connections over UNIX sockets beside others (a socket for statistics) those others tell.
std::optional<double> owed_for_certain(const TierFacts& tier) {
  if (!tier.owed || !may_be_idle(tier)) return tier.owed;
  const double unclear = tier.owed_by_unix.value_or(*tier.owed);
  if (!tier.owed_by_unix || 2 * unclear > *tier.owed) return std::nullopt;
  return *tier.owed - unclear;
}

/// A consumer of jobs: nobody is known to be connected to it.
bool serves_nobody(const TierFacts& tier) {
  return !tier.connections && (!tier.listeners || tier.listeners->empty());
}

/// What consumers of jobs ask an event loop that asks nobody, and that it does not work on, waits
/// for the next job, however often it is asked again (BRPOP with a timeout of a second).
double waits_for_jobs(const TierFacts& client, const PeerFacts& peer, const TierFacts& server) {
  const bool asks_nobody = server.peers && server.peers->empty();
  if (server.serving != RoleKind::kEventWorker || !asks_nobody || !serves_nobody(client)) return 0;
  return peer.awaiting.value_or(0);
}

/// Questions that it has on purpose not answered yet: no request waits for their answers.
double background_at(const JudgeInput& input, const TierFacts& tier, double owed) {
  double waits = 0, perhaps = 0, for_jobs = 0;
  for (const TierFacts& client : input.tiers)
    for (const PeerFacts& peer : client.peers.value_or(std::vector<PeerFacts>{})) {
      if (!peer.watched || peer.name != tier.name) continue;
      (peer.perhaps ? perhaps : waits) += peer.background;
      for_jobs += waits_for_jobs(client, peer, tier);
    }
  const double waiting = std::min(owed, std::max(waits, perhaps));
  const double works = tier.cpu_cores.value_or(0) + tier.run_delay_cores.value_or(0) +
                       left_unread(tier, input.host).value_or(0);
  return waiting + std::min(for_jobs, std::max(0.0, owed - waiting - works));
}

/// Requests that a tier is at work on. Titles that say so are better than connections, which may
/// be idle.
std::optional<double> taken_on(const JudgeInput& input, const TierFacts& tier) {
  if (tier.backends && tier.backends->active) return tier.backends->active;
  if (const auto owed = owed_for_certain(tier)) return *owed - background_at(input, tier, *owed);
  return tier.serving == RoleKind::kSyncWorker ? tier.busy_workers : std::nullopt;
}

std::optional<double> in_flight(const JudgeInput& input, const TierFacts& tier) {
  const auto at_work = taken_on(input, tier);
  return at_work ? std::optional(*at_work + queued_at(tier)) : std::nullopt;
}

/// Share of the connections to `peer` that `tier` has.
double share_of_connections(const JudgeInput& input, const TierFacts& tier,
                            const std::string& peer) {
  double own = 0, all = 0;
  for (const TierFacts& one : input.tiers)
    for (const PeerFacts& to : one.peers.value_or(std::vector<PeerFacts>{})) {
      if (!to.watched || to.name != peer) continue;
      all += to.connections;
      if (&one == &tier) own += to.connections;
    }
  return all > 0 ? own / all : 0;
}

/// How many requests of `tier` wait for `peer`; absent: not known.
std::optional<double> waiting_for(const JudgeInput& input, const TierFacts& tier,
                                  const PeerFacts& peer) {
  if (peer.awaiting) return peer.awaiting;
  const TierFacts* server = peer.watched ? tier_named(input, peer.name) : nullptr;
  const auto there = server ? in_flight(input, *server) : std::nullopt;
  if (!there) return std::nullopt;
  return *there * share_of_connections(input, tier, peer.name);
}

/// Takes a number of requests apart, part by part.
class Sum {
 public:
  explicit Sum(double requests) : left_(requests) {}

  void take(Spent on, double requests, const PeerFacts* peer = nullptr) {
    const double taken = std::min(left_, requests);
    if (taken <= 0) return;
    left_ -= taken;
    const auto same = std::ranges::find_if(
        parts_, [&](const TimeSpent& part) { return !peer && part.on == on && part.peer.empty(); });
    if (same != parts_.end()) {
      same->requests += taken;
      return;
    }
    parts_.push_back({.on = on,
                      .peer = peer ? peer->name : "",
                      .watched = peer && peer->watched,
                      .requests = taken});
  }

  double left() const { return left_; }
  std::vector<TimeSpent> parts() && { return std::move(parts_); }

 private:
  double left_;
  std::vector<TimeSpent> parts_;
};

/// Who asked, while the answer waits to be sent.
const PeerFacts& its_clients() {
  static const PeerFacts kClients{.name = std::string(kItsClients)};
  return kClients;
}

struct Claim {
  Spent on = Spent::kPeer;
  const PeerFacts* peer = nullptr;
  double requests = 0;
};

/// What waits for peers of its own, or for such as may be another tier's.
std::vector<Claim> claims_of_peers(const JudgeInput& input, const TierFacts& tier, bool perhaps) {
  std::vector<Claim> claims;
  if (!tier.peers) return claims;
  for (const PeerFacts& peer : *tier.peers)
    if (peer.perhaps == perhaps)
      claims.push_back({.peer = &peer, .requests = waiting_for(input, tier, peer).value_or(0)});
  return claims;
}

/// An event loop may ask several peers for one request, and each of these numbers is too high
/// rather than too low: where they are more than what is left, each has its part of that.
void take_together(const std::vector<Claim>& claims, Sum& sum) {
  double all = 0;
  for (const Claim& one : claims) all += one.requests;
  const double scale = all > sum.left() ? sum.left() / all : 1;
  for (const Claim& one : claims) sum.take(one.on, one.requests * scale, one.peer);
}

/// What no look at a request told: processes without one are woken, and wait for a CPU, as well,
/// and those peers may be waited for by others.
std::vector<Claim> claims_of_the_unseen(const JudgeInput& input, const TierFacts& tier) {
  std::vector<Claim> claims = claims_of_peers(input, tier, true);
  claims.insert(claims.begin(),
                {.on = Spent::kCpuWait, .requests = tier.run_delay_cores.value_or(0)});
  return claims;
}

/// Requests inside it that wait until one of its own connections is free: before a pool of them
/// they queue.
double queued_before_its_pool(const JudgeInput& input, const TierFacts& tier) {
  const auto demand = pool_demand(tier, input);
  if (!demand || !demand->fullest || left_unread(tier, input.host)) return 0;
  const bool full = demand->used >= kPoolBusy * demand->connections;
  if (!full || has_one_for_each(tier, *demand)) return 0;
  return wants_connections_of_its_own(tier, *demand) ? std::max(0.0, demand->waiting) : 0;
}

std::optional<TierTime> time_of(const JudgeInput& input, const TierFacts& tier) {
  const auto at_work = taken_on(input, tier);
  if (!at_work || tier.processes <= 0) return std::nullopt;
  const double queued = queued_at(tier);
  Sum sum(queued + *at_work);
  sum.take(Spent::kQueued, queued + waits_to_be_read(tier, input.host));
  const double cpu = std::min(tier.serving_cores.value_or(tier.cpu_cores.value_or(0)), sum.left());
  sum.take(Spent::kCpu, cpu);
  sum.take(Spent::kDisk, tier.disk_waiting.value_or(0));
  if (tier.backends) sum.take(Spent::kLock, tier.backends->waiting.value_or(0));
  sum.take(Spent::kPeer, tier.unsent.value_or(0), &its_clients());
  take_together(claims_of_peers(input, tier, false), sum);
  take_together(claims_of_the_unseen(input, tier), sum);
  sum.take(Spent::kQueued, queued_before_its_pool(input, tier));
  sum.take(Spent::kUnknown, sum.left());
  return TierTime{.tier = std::string(tier_part(tier.name)),
                  .instance = std::string(server_part(tier.name)),
                  .in_flight = queued + *at_work,
                  .from_outside = queued + *at_work,
                  .spent = std::move(sum).parts()};
}

const TierTime* time_named(const std::vector<TierTime>& tiers, const std::string& name) {
  const auto found =
      std::ranges::find_if(tiers, [&](const TierTime& one) { return full_name(one) == name; });
  return found == tiers.end() ? nullptr : &*found;
}

/// What watched tiers wait for was not asked from outside.
void subtract_watched_clients(std::vector<TierTime>& tiers) {
  for (const TierTime& client : tiers)
    for (const TimeSpent& part : client.spent)
      for (TierTime& server : tiers)
        if (part.on == Spent::kPeer && part.watched && full_name(server) == part.peer)
          server.from_outside = std::max(0.0, server.from_outside - part.requests);
}

/// Follows a share of a request's time to where it stays.
class Walk {
 public:
  explicit Walk(const std::vector<TierTime>& tiers) : tiers_(tiers) {}

  void go(const std::string& name, bool watched, double share, const std::string& asked_by = {}) {
    TimeShare& place = at(name, watched, asked_by);
    const TierTime* here = watched ? time_named(tiers_, name) : nullptr;
    if (!here || here->in_flight <= 0 || !on_the_way_.insert(name).second) {
      place.share += share;
      return;
    }
    for (const TimeSpent& part : here->spent)
      if (part.on != Spent::kPeer) keep(name, part, share * part.requests / here->in_flight);
    for (const TimeSpent& part : here->spent)
      if (part.on == Spent::kPeer)
        go(part.peer, part.watched, share * part.requests / here->in_flight, name);
    on_the_way_.erase(name);
  }

  std::vector<TimeShare> places() && { return std::move(places_); }

 private:
  TimeShare& at(const std::string& name, bool watched, const std::string& asked_by) {
    for (TimeShare& place : places_)
      if (place.name == name) return place;
    const bool follows = places_.empty() || places_.back().name == asked_by;
    return places_.emplace_back(
        TimeShare{.name = name,
                  .watched = watched,
                  .share = 0,
                  .of = {},
                  .asked_by = follows ? std::nullopt : std::optional(asked_by)});
  }

  void keep(const std::string& name, const TimeSpent& part, double share) {
    TimeShare& place = at(name, true, "");
    place.share += share;
    const auto known = std::ranges::find(place.of, part.on, &TimePart::on);
    if (known == place.of.end())
      place.of.push_back({part.on, share});
    else
      known->share += share;
  }

  const std::vector<TierTime>& tiers_;
  std::set<std::string> on_the_way_;
  std::vector<TimeShare> places_;
};

/// " (cpu 3, waiting for a cpu 1)", in percent; " (lock)" where all is of one kind.
std::string parts_words(const TimeShare& place) {
  if (place.share < kWorthParts) return "";
  std::vector<TimePart> parts = place.of;
  std::ranges::stable_sort(parts, std::ranges::greater{}, &TimePart::share);
  std::erase_if(parts, [](const TimePart& part) { return part.share < kNoShare; });
  if (parts.size() == 1) return " (" + std::string(spent_words(parts.front().on)) + ")";
  std::vector<std::string> words;
  for (const TimePart& part : parts)
    words.push_back(std::string(spent_words(part.on)) + " " + whole(100 * part.share));
  return words.empty() ? "" : " (" + joined(words) + ")";
}

}  // namespace

std::string_view to_string(Spent spent) {
  constexpr std::string_view kNames[] = {"queued", "cpu",  "cpu_wait", "disk",
                                         "lock",   "peer", "unknown"};
  return kNames[static_cast<std::size_t>(spent)];
}

std::string_view spent_words(Spent spent) {
  switch (spent) {
    case Spent::kCpuWait:
      return "waiting for a cpu";
    case Spent::kUnknown:
      return "unexplained";
    default:
      return to_string(spent);
  }
}

std::vector<TierTime> time_by_tier(const JudgeInput& input) {
  std::vector<TierTime> tiers;
  for (const TierFacts& tier : input.tiers)
    if (auto one = time_of(input, tier)) tiers.push_back(*std::move(one));
  subtract_watched_clients(tiers);
  std::ranges::sort(tiers, [](const TierTime& a, const TierTime& b) {
    return std::tuple(-a.in_flight, a.tier, a.instance) <
           std::tuple(-b.in_flight, b.tier, b.instance);
  });
  return tiers;
}

std::vector<TimeShare> time_from(const TierTime& entry, const std::vector<TierTime>& tiers) {
  Walk walk(tiers);
  walk.go(full_name(entry), true, 1);
  std::vector<TimeShare> places = std::move(walk).places();
  std::erase_if(places, [&](const TimeShare& place) {
    return place.share < kNoShare && &place != &places.front();
  });
  return places;
}

std::vector<TimeShare> request_time(const std::vector<TierTime>& tiers) {
  const auto entry = std::ranges::max_element(tiers, {}, &TierTime::from_outside);
  if (entry == tiers.end() || entry->from_outside < kFewInFlight) return {};
  return time_from(*entry, tiers);
}

std::string request_time_words(const std::vector<TimeShare>& places) {
  std::string words;
  for (const TimeShare& place : places) {
    if (place.asked_by) words += "; " + *place.asked_by;
    words +=
        (words.empty() ? "" : " → ") + place.name + " " + percent(place.share) + parts_words(place);
  }
  return words;
}

}  // namespace tierwatch
