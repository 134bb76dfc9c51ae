// SPDX-License-Identifier: MIT
#include "analysis/judge/held_workers.h"

#include <algorithm>
#include <cmath>

#include "analysis/judge/judge_constants.h"
#include "analysis/judge/left_unread.h"
#include "analysis/judge/wanted.h"
#include "collectors/servers/servers.h"

namespace tierwatch {
namespace {

bool cpu_is_full(const std::vector<Saturation>& found, const std::string& tier) {
  return std::ranges::any_of(found, [&](const Saturation& one) {
    return one.tier == tier && is_cpu(one.resource) && one.state == Heat::kHot;
  });
}

double cpu_ratio(const std::vector<Saturation>& found, const std::string& tier) {
  double most = 0;
  for (const Saturation& one : found)
    if (one.tier == tier && is_cpu(one.resource))
      most = std::max(most, one.utilization_ratio.value_or(0));
  return most;
}

/// From which share of the time on a queue in use means that connections are not accepted. An event
/// loop looks at its queue when it is done with what it is at, so that connections wait for as much
/// of the time as it is busy; a worker of a pool that is free accepts at once.
double queue_says_full(const TierFacts& tier, bool accepts_itself, const Thresholds& thresholds,
                       const std::vector<Saturation>& cpus) {
  if (accepts_itself) return queued_full_at(tier, thresholds);
  return std::max(thresholds.queued, cpu_ratio(cpus, tier.name) + kBeyondBusy);
}

/// What lies unread tells it, whether or not the accept queue does.
std::optional<Saturation> assess_left_unread(const JudgeInput& input, const TierFacts& tier,
                                             const Thresholds& thresholds, bool was_hot,
                                             const std::vector<Saturation>& cpus) {
  const auto unread = left_unread(tier, input.host);
  if (!unread || !is_full(*unread, kMoreThanOne, was_hot, thresholds)) return std::nullopt;
  return Saturation{.tier = tier.name,
                    .resource = Resource::kWorkers,
                    .rule = Rule::kStuck,
                    .state = cpu_is_full(cpus, tier.name) ? Heat::kWarm : Heat::kHot,
                    .used = unread,
                    .full_at = thresholds.workers};
}

/// Workers count as full only while CPU does not explain it: so they come after all CPU is judged.
std::optional<Saturation> assess_workers(const TierFacts& tier, const Thresholds& thresholds,
                                         bool was_hot, const std::vector<Saturation>& cpus) {
  const auto held = held_ratio(tier, thresholds), queued = queued_ratio(tier);
  if (!held && !queued) return std::nullopt;
  const bool accepts_itself = is_pool(tier) || tier.serving == RoleKind::kSupport;
  const double queued_full = queue_says_full(tier, accepts_itself, thresholds, cpus);
  Saturation workers{.tier = tier.name,
                     .resource = Resource::kWorkers,
                     .rule = accepts_itself ? Rule::kWorkers : Rule::kStuck,
                     .utilization_ratio = held,
                     .full_at = thresholds.workers};
  if (held) workers.used = tier.busy_workers;
  if (is_pool(tier)) workers.capacity = usable_workers(tier, thresholds);
  const bool full = (held && is_full(*held, thresholds.workers, was_hot, thresholds) &&
                     (was_hot || waits_for_a_worker(tier, thresholds))) ||
                    (queued && is_full(*queued, queued_full, was_hot, thresholds));
  const bool warm = full || (held && *held >= thresholds.workers - thresholds.warm_margin) ||
                    (queued && *queued >= queued_full - thresholds.warm_margin);
  if (warm) workers.state = full && !cpu_is_full(cpus, tier.name) ? Heat::kHot : Heat::kWarm;
  if (!warm && !is_pool(tier)) return std::nullopt;
  return workers;
}

/// Connections wait, and it holds as many as one of its parts may (a frontend): that accepts no
/// more until one of them ends.
std::optional<Saturation> full_part(const Saturation& stuck, const TierFacts& tier,
                                    const Thresholds& thresholds) {
  const auto& part = tier.possible_limit;
  if (stuck.rule != Rule::kStuck || stuck.used || !traits_of(tier.preset).limits_parts)
    return std::nullopt;
  if (!part || std::abs(part->used - part->limit) > 1 - kOneAtATime) return std::nullopt;
  return Saturation{.tier = tier.name,
                    .resource = Resource::kConnections,
                    .rule = Rule::kConnectionTable,
                    .state = stuck.state,
                    .utilization_ratio = 1,
                    .used = part->used,
                    .capacity = part->limit,
                    .full_at = thresholds.connection_table};
}

}  // namespace

void add_workers(const JudgeInput& input, const ThresholdTable& thresholds, const HotSet& before,
                 std::vector<Saturation>& found) {
  for (const TierFacts& tier : input.tiers) {
    if (tier.processes <= 0) continue;
    const bool was_hot = before.contains({tier.name, Resource::kWorkers});
    const Thresholds& own = thresholds.of(tier.name);
    auto workers = assess_left_unread(input, tier, own, was_hot, found);
    if (!workers) workers = assess_workers(tier, own, was_hot, found);
    if (!workers) continue;
    if (auto part = full_part(*workers, tier, own)) {
      std::erase_if(found, [&](const Saturation& one) {
        return one.tier == tier.name && one.resource == Resource::kConnections;
      });
      workers = std::move(part);
    }
    found.push_back(*std::move(workers));
  }
}

}  // namespace tierwatch
