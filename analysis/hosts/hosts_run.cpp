// SPDX-License-Identifier: MIT
#include "analysis/hosts/hosts_run.h"

#include <algorithm>

#include "analysis/runs/host_names.h"
#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr double kHalf = 0.5;
constexpr std::string_view kPinned = "pinned to ";  ///< what capacity is told by here

/// Where a name may stand for a tier, of several hosts.
void rename_peers(TierFacts& tier, const std::string& host, const HostTick& tick,
                  const std::function<std::string(const std::string&)>& peer_words) {
  const std::string own = tier.name;
  tier.name = at_host(own, host);
  if (tier.peers)
    for (PeerFacts& peer : *tier.peers)
      peer.name = peer.watched ? at_host(peer.name, host) : peer_words(peer.name);
  std::vector<WaitFacts> waits;
  const auto taken_on = tick.taken_on.find(own);
  for (const AwaitedPeer& one : tick.awaited)
    if (one.tier == own && taken_on != tick.taken_on.end() && taken_on->second > 0)
      waits.push_back({.kind = WaitFacts::For::kExternal,
                       .peer = peer_words(one.peer),
                       .share = std::min(1.0, one.requests / taken_on->second)});
  if (!waits.empty()) tier.waits = std::move(waits);
}

template <typename T>
void add_known(std::optional<T>& sum, const std::optional<T>& more) {
  if (more) sum = sum.value_or(0) + *more;
}

/// What happens anywhere; that a host is busy, or has memory left, is known of each, not of all.
void add_events(const HostFacts& one, HostFacts& all) {
  add_known(all.oom_kills, one.oom_kills);
  add_known(all.syn_drops, one.syn_drops);
}

/// Of all hosts, whether or not something is known of each at this moment: a host that is not
/// scraped for a while changes no setting.
double all_processors(const WatchedHosts& hosts) {
  double all = 0;
  for (const WatchedHost& host : hosts.hosts) {
    const auto known = std::ranges::find_if(
        host.ticks, [](const auto& tick) { return tick && tick->facts.host.processors > 0; });
    if (known != host.ticks.end()) all += (*known)->facts.host.processors;
  }
  return all;
}

void say_own_capacity(Ceiling& ceiling) {
  if (!ceiling.bound.starts_with(kPinned)) return;
  ceiling.bound = few_digits(ceiling.capacity) + (ceiling.capacity > 1 ? " cores" : " core") +
                  " that it may use";
}

}  // namespace

HostsRun::HostsRun(WatchedHosts hosts)
    : hosts_(std::move(hosts)), places_(hosts_), processors_(all_processors(hosts_)) {
  for (std::size_t moment = 0; moment < hosts_.moments; ++moment) add_sample(moment);
}

std::string HostsRun::place_words(const HostPlace& place) const {
  return at_host(place.tier, hosts_.hosts[place.host].name);
}

std::string HostsRun::peer_words(const std::string& peer) const {
  const auto place = places_.find(peer);
  if (!place) return peer;
  return place->tier.empty() ? at_host(peer, hosts_.hosts[place->host].name) : place_words(*place);
}

void HostsRun::add_sample(std::size_t moment) {
  RunSample sample;
  sample.at = hosts_.begin + std::chrono::duration_cast<std::chrono::system_clock::duration>(
                                 duration_of(double(moment) * hosts_.step_seconds));
  sample.facts.seconds = hosts_.step_seconds;
  sample.facts.host.processors = processors_;
  std::vector<const HostTick*> ticks;
  double known = 0, clear = 0;
  for (const WatchedHost& host : hosts_.hosts) {
    const HostTick* tick = host.ticks[moment].get();
    ticks.push_back(tick);
    if (!tick) continue;
    ++known;
    clear += tick->state == VerdictState::kClear;
    add_events(tick->facts.host, sample.facts.host);
    for (TierFacts tier : tick->facts.tiers) {
      rename_peers(tier, host.name, *tick,
                   [&](const std::string& peer) { return peer_words(peer); });
      if (!tier.allowed_cpus && tick->facts.host.processors > 0)
        tier.allowed_cpus = tick->facts.host.processors;
      sample.facts.tiers.push_back(std::move(tier));
    }
  }
  if (known == 0) return;
  std::vector<FullPlace> full = full_places(ticks, places_);
  if (!full.empty()) {
    sample.state = VerdictState::kSaturated;
    sample.named = TierResource{place_words(full.front().place), full.front().resource};
  } else if (clear >= kHalf * known) {
    sample.state = VerdictState::kClear;
  }
  samples_.push_back(std::move(sample));
  moments_.push_back(moment);
  full_.push_back(std::move(full));
}

RunData HostsRun::data() const {
  RunData data;
  data.samples = samples_;
  data.notes = hosts_.notes;
  data.look = [this](const LoadStep& step) { return look(step); };
  for (std::size_t host = 0; host < hosts_.hosts.size(); ++host)
    data.hosts.push_back(host_in_run(host));
  return data;
}

void HostsRun::finish(RunFindings& findings) const {
  for (Ceiling& ceiling : findings.demand.ceilings) say_own_capacity(ceiling);
  for (TierDemand& tier : findings.demand.tiers)
    for (Ceiling& ceiling : tier.ceilings) say_own_capacity(ceiling);
  if (findings.first_ceiling) say_own_capacity(*findings.first_ceiling);
  if (findings.next_ceiling) say_own_capacity(*findings.next_ceiling);
  RunVerdict& verdict = findings.verdict;
  if (verdict.confidence == Confidence::kHigh) verdict.confidence = Confidence::kMedium;
  if (verdict.outcome == RunVerdict::Outcome::kUnknown) return;
  verdict.confidence_because += std::string(verdict.confidence_because.empty() ? "" : "; ") +
                                "scrapes say no more than once in " +
                                few_digits(hosts_.step_seconds) + " s what the daemons saw";
}

}  // namespace tierwatch
