// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>

#include "analysis/hosts/full_words.h"
#include "analysis/hosts/hosts_run.h"
#include "analysis/judge/judge_window.h"
#include "analysis/judge/relief.h"
#include "analysis/runs/host_names.h"
#include "analysis/runs/run_steps.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr double kHalfOfTheTime = 0.5;
constexpr double kMostOfTheTime = 0.8;
constexpr std::size_t kEnoughSamples = 5;
constexpr std::size_t kMostSaid = 5;  ///< hosts or waits in one place
constexpr std::string_view kPinnedTo = "pinned to ";

std::optional<double> mean_used(const std::vector<const HostTick*>& ticks,
                                const TierResource& what) {
  double sum = 0, count = 0;
  for (const HostTick* tick : ticks)
    if (const auto found = tick->used_ratio.find(what); found != tick->used_ratio.end()) {
      sum += found->second;
      ++count;
    }
  return count > 0 ? std::optional(sum / count) : std::nullopt;
}

/// How often a tier mostly waited for a peer, and for which share of its requests.
struct SeenWaiting {
  double samples = 0, known = 0, shares = 0;
  std::optional<double> share() const {
    return known > 0 ? std::optional(shares / known) : std::nullopt;
  }
  std::string share_words() const { return known > 0 ? percent(*share()) : "most"; }
};

std::map<std::string, SeenWaiting> awaited_peers(const std::vector<const HostTick*>& ticks,
                                                 const std::string& tier) {
  std::map<std::string, SeenWaiting> peers;
  for (const HostTick* tick : ticks) {
    const auto awaited = mostly_awaited(*tick, tier);
    if (!awaited) continue;
    SeenWaiting& seen = peers[awaited->peer->peer];
    ++seen.samples;
    seen.known += awaited->share.has_value();
    seen.shares += awaited->share.value_or(0);
  }
  return peers;
}

/// The first of them, and how many there are more.
std::string some_of(std::vector<std::string> names) {
  const std::size_t all = names.size();
  if (all <= kMostSaid) return joined(names, ", ");
  names.resize(kMostSaid);
  return joined(names, ", ") + " and " + std::to_string(all - kMostSaid) + " more";
}

/// "uwsgi at app1, app2; nginx at lb": tiers of one name together.
std::string grouped(const std::map<std::string, std::vector<std::string>>& hosts_by_tier) {
  std::vector<std::string> groups;
  for (const auto& [tier, hosts] : hosts_by_tier) groups.push_back(at_host(tier, some_of(hosts)));
  return listed(groups);
}

/// Of a pool of connections, as advice names it.
std::string other_end_words(const std::optional<WaitingOn>& waiting) {
  if (!waiting) return "the server behind it";
  return waiting->tier == kExternalTier ? waiting->address : waiting->tier;
}

}  // namespace

struct HostsRun::Stretch {
  struct Tally {
    FullPlace full;
    double samples = 0;
    std::map<HostPlace, double> waiters;
  };
  std::size_t first = 0, count = 0;
  std::vector<std::vector<const HostTick*>> ticks;  ///< by host
  std::vector<Tally> full;                          ///< named for the longest time first
  double named = 0, clear = 0;                      ///< samples

  const Tally* longest() const { return full.empty() ? nullptr : &full.front(); }
};

std::vector<const JudgeInput*> HostsRun::facts_of(std::size_t host, std::size_t first,
                                                  std::size_t count) const {
  std::vector<const JudgeInput*> facts;
  for (std::size_t i = first; i < first + count; ++i)
    if (const HostTick* tick = hosts_.hosts[host].ticks[moments_[i]].get())
      facts.push_back(&tick->facts);
  return facts;
}

StepFindings HostsRun::look(const LoadStep& step) const {
  StepFindings findings{.load = step};
  Stretch stretch{.first = step.first_sample, .count = step.samples, .ticks = {}, .full = {}};
  for (std::size_t host = 0; host < hosts_.hosts.size(); ++host) {
    const JudgeInput facts = window_mean(facts_of(host, stretch.first, stretch.count));
    findings.host.processors += facts.host.processors;
    auto& ticks = stretch.ticks.emplace_back();
    for (std::size_t i = stretch.first; i < stretch.first + stretch.count; ++i)
      if (const HostTick* tick = hosts_.hosts[host].ticks[moments_[i]].get()) ticks.push_back(tick);
    for (TierAtStep& row : tiers_at(facts, step)) {
      set_waits(ticks, row);
      row.tier = at_host(row.tier, hosts_.hosts[host].name);
      if (row.bound.starts_with(kPinnedTo)) row.bound = "what it may use";
      findings.tiers.push_back(std::move(row));
    }
  }
  std::ranges::sort(findings.tiers, {}, &TierAtStep::tier);
  count_full(stretch);
  if (stretch.named >= kHalfOfTheTime * double(stretch.count) && stretch.longest())
    name(stretch, findings);
  else
    name_nobody(stretch, findings.verdict);
  add_blind_spots(stretch, findings.verdict);
  return findings;
}

/// The peer that it mostly waits for, for most of the time.
void HostsRun::set_waits(const std::vector<const HostTick*>& ticks, TierAtStep& row) const {
  for (const auto& [peer, seen] : awaited_peers(ticks, row.tier)) {
    if (seen.samples < kHalfOfTheTime * double(ticks.size())) continue;
    row.waits_for = peer_words(peer);
    row.waits_share = seen.share();
  }
}

void HostsRun::count_full(Stretch& stretch) const {
  for (std::size_t i = stretch.first; i < stretch.first + stretch.count; ++i) {
    stretch.named += !full_[i].empty();
    stretch.clear += samples_[i].state == VerdictState::kClear;
    for (const FullPlace& one : full_[i]) {
      auto found = std::ranges::find_if(stretch.full, [&](const Stretch::Tally& tally) {
        return tally.full.place == one.place && tally.full.resource == one.resource;
      });
      if (found == stretch.full.end())
        found = stretch.full.insert(found, {.full = one, .waiters = {}});
      ++found->samples;
      for (const HostPlace& waiter : one.waiters) ++found->waiters[waiter];
    }
  }
  std::ranges::stable_sort(stretch.full, std::ranges::greater{}, &Stretch::Tally::samples);
}

std::string HostsRun::waiters_words(const std::vector<HostPlace>& waiters) const {
  std::map<std::string, std::vector<std::string>> hosts_by_tier;
  for (const HostPlace& one : waiters)
    hosts_by_tier[one.tier].push_back(hosts_.hosts[one.host].name);
  if (waiters.empty()) return "";
  return grouped(hosts_by_tier) + (waiters.size() > 1 ? " wait for it" : " waits for it");
}

void HostsRun::name(const Stretch& stretch, StepFindings& findings) const {
  const Stretch::Tally& longest = *stretch.longest();
  const HostPlace& place = longest.full.place;
  const TierResource own{place.tier, longest.full.resource};
  const JudgeInput facts = window_mean(facts_of(place.host, stretch.first, stretch.count));
  const TierFacts* tier = tier_named(facts, place.tier);
  Verdict& verdict = findings.verdict;
  verdict.state = VerdictState::kSaturated;
  verdict.tier = place_words(place);
  verdict.resource = own.resource;
  const double share = longest.samples / double(stretch.count);
  verdict.confidence = share >= kMostOfTheTime && stretch.count >= kEnoughSamples
                           ? Confidence::kMedium
                           : Confidence::kLow;
  const auto used = mean_used(stretch.ticks[place.host], own);
  verdict.what = full_words(tier, own.resource, used);
  verdict.evidence.push_back("the daemon at " + hosts_.hosts[place.host].name + " named it in " +
                             percent(share) + " of " + count_of(double(stretch.count), "sample"));
  std::vector<HostPlace> waiters;
  for (const auto& [waiter, samples] : longest.waiters)
    if (samples >= kHalfOfTheTime * longest.samples) waiters.push_back(waiter);
  findings.waiters = waiters_words(waiters);
  add_waits(stretch, {place, own.resource, 0, waiters}, verdict);
  if (tier)
    for (const std::string& sign : signs_of(*tier)) verdict.evidence.push_back(sign);
  for (const Stretch::Tally& other : stretch.full)
    if (&other != &longest && other.samples >= kHalfOfTheTime * double(stretch.count))
      verdict.joint_with.push_back({place_words(other.full.place), other.full.resource});
  Saturation full{.tier = place.tier, .resource = own.resource, .utilization_ratio = used};
  if (own.resource == Resource::kPool) full.bound = other_end_words(verdict.waiting_on);
  verdict.relief = relief(full, verdict.waiting_on, facts);
  verdict.sentence = is_full_words(verdict.tier) + ": " + verdict.what +
                     (findings.waiters.empty() ? "" : "; " + findings.waiters);
}

void HostsRun::name_nobody(const Stretch& stretch, Verdict& verdict) const {
  const bool clear = stretch.clear >= kHalfOfTheTime * double(stretch.count);
  const std::string hosts = count_of(double(hosts_.hosts.size()), "host");
  if (stretch.count == 0 || !clear) {
    verdict.reason = "the daemons of " + hosts +
                     " named nothing, and did not say for most of the "
                     "time that nothing is full";
    return;
  }
  verdict.state = VerdictState::kClear;
  verdict.confidence = Confidence::kMedium;
  verdict.sentence = "nothing is full on " + hosts;
}

/// What the waiters' requests do, and what the one named waits for itself.
void HostsRun::add_waits(const Stretch& stretch, const FullPlace& full, Verdict& verdict) const {
  const double enough = kHalfOfTheTime * double(stretch.count);
  std::size_t said = 0;
  for (const HostPlace& waiter : full.waiters)
    for (const auto& [peer, seen] : awaited_peers(stretch.ticks[waiter.host], waiter.tier))
      if (seen.samples >= enough && said++ < kMostSaid)
        verdict.evidence.push_back(seen.share_words() + " of the requests of " +
                                   place_words(waiter) + " wait for " + peer_words(peer));
  for (const auto& [peer, seen] : awaited_peers(stretch.ticks[full.place.host], full.place.tier)) {
    if (seen.samples < enough) continue;
    const auto place = places_.find(peer);
    const bool watched = place && !place->tier.empty();
    verdict.waiting_on = {.tier = watched ? place_words(*place) : std::string(kExternalTier),
                          .address = watched ? "" : peer,
                          .share = seen.share(),
                          .through = {}};
    verdict.what += ", waiting for " + peer_words(peer);
    if (!place)
      verdict.blind_spots.push_back(peer + ", which " + verdict.tier +
                                    " waits for, is no watched host");
  }
}

void HostsRun::add_blind_spots(const Stretch& stretch, Verdict& verdict) const {
  std::vector<std::string> missing, hidden;
  for (std::size_t host = 0; host < hosts_.hosts.size(); ++host) {
    const std::string& name = hosts_.hosts[host].name;
    if (double(stretch.ticks[host].size()) < kHalfOfTheTime * double(stretch.count))
      missing.push_back(name);
    if (places_.hides(host) && hosts_.hosts.size() > 1) hidden.push_back(name);
  }
  if (!missing.empty())
    verdict.blind_spots.push_back("for most of the time nothing was scraped from " +
                                  some_of(missing));
  if (!hidden.empty())
    verdict.blind_spots.push_back("no address is known of " + some_of(hidden) +
                                  ": who waits for a tier there cannot be told");
}

}  // namespace tierwatch
