// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>

#include "analysis/hosts/hosts_run.h"
#include "analysis/judge/judge_window.h"

namespace tierwatch {
namespace {

constexpr std::size_t kMostWaits = 5;

}  // namespace

HostInRun HostsRun::host_in_run(std::size_t index) const {
  const WatchedHost& host = hosts_.hosts[index];
  HostInRun found{.host = host.name,
                  .instance = host.instance,
                  .addresses = host.addresses,
                  .scrape_seconds = host.scrape_seconds};
  std::vector<const JudgeInput*> facts;
  std::map<TierResource, double> named;
  std::map<std::pair<std::string, std::string>, HostWait> waits;
  std::map<std::pair<std::string, std::string>, double> known_shares;
  for (const auto& tick : host.ticks) {
    if (!tick) continue;
    facts.push_back(&tick->facts);
    if (tick->named) named[*tick->named] += hosts_.step_seconds;
    found.clear_seconds += tick->state == VerdictState::kClear ? hosts_.step_seconds : 0;
    found.unknown_seconds += tick->state == VerdictState::kUnknown ? hosts_.step_seconds : 0;
    for (const AwaitedPeer& one : tick->awaited) {
      HostWait& wait = waits[{one.tier, one.peer}];
      wait.requests += one.requests;
      const auto all = tick->taken_on.find(one.tier);
      if (all != tick->taken_on.end()) known_shares[{one.tier, one.peer}] += all->second;
    }
  }
  found.samples = double(facts.size());
  found.seconds = found.samples * hosts_.step_seconds;
  const JudgeInput mean = window_mean(facts);
  if (mean.host.processors > 0) found.processors = mean.host.processors;
  found.busy_cores = mean.host.busy_cores;
  found.memory_available_bytes = mean.host.memory_available_bytes;
  for (const TierFacts& tier : mean.tiers)
    if (tier.processes > 0) found.tiers.push_back(tier.name);
  for (const auto& [what, seconds] : named)
    if (seconds > found.named_seconds) {
      found.named = what;
      found.named_seconds = seconds;
    }
  for (auto& [key, wait] : waits) {
    const double all = known_shares[key];
    if (all > 0) wait.share = std::min(1.0, wait.requests / all);
    wait.tier = key.first;
    wait.peer = peer_words(key.second);
    const auto place = places_.find(key.second);
    wait.watched = place && !place->tier.empty();
    wait.requests /= std::max(1.0, found.samples);
    found.waits.push_back(std::move(wait));
  }
  std::ranges::stable_sort(found.waits, std::ranges::greater{}, &HostWait::requests);
  if (found.waits.size() > kMostWaits) found.waits.resize(kMostWaits);
  return found;
}

}  // namespace tierwatch
