// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/judge/capacity.h"
#include "analysis/judge/saturation.h"
#include "exporters/prometheus/metric_sources.h"
#include "exporters/prometheus/metric_table_parts.h"

namespace tierwatch {
namespace {

/// All that was ever judged, so that a series once begun goes on at 0: a share of time is then its
/// average.
std::set<TierResource> judged(const Snapshot& snapshot) {
  std::set<TierResource> all;
  for (const Saturation& one : snapshot.verdict.saturations) all.insert({one.tier, one.resource});
  for (const auto& [what, seconds] : snapshot.saturated_seconds) all.insert(what);
  if (const auto named = snapshot.verdict.named()) all.insert(*named);
  return all;
}

std::vector<std::string> labels_of(const TierResource& what) {
  return {what.tier, std::string(to_string(what.resource))};
}

/// One sample per tier and resource that was judged.
template <typename Value>
MetricSource per_judged(Value value) {
  return of_snapshot_by({"tier", "resource"}, [value](const Snapshot& snapshot) {
    LabelledValues values;
    for (const TierResource& what : judged(snapshot))
      values.emplace(labels_of(what), value(snapshot, what));
    return values;
  });
}

double is_named(const Snapshot& snapshot, const TierResource& what) {
  return snapshot.verdict.named() == what;
}

double is_saturated(const Snapshot& snapshot, const TierResource& what) {
  return std::ranges::any_of(snapshot.verdict.saturations, [&](const Saturation& one) {
    return one.state == Heat::kHot && one.tier == what.tier && one.resource == what.resource;
  });
}

/// Of what was judged, what was ever full, and whether it is named: all else never was.
LabelledValues ever_full(const Snapshot& snapshot) {
  LabelledValues values;
  for (const TierResource& what : judged(snapshot))
    if (snapshot.saturated_seconds.contains(what) || is_saturated(snapshot, what) > 0 ||
        is_named(snapshot, what) > 0)
      values.emplace(labels_of(what), is_named(snapshot, what));
  return values;
}

double seconds_saturated(const Snapshot& snapshot, const TierResource& what) {
  const auto found = snapshot.saturated_seconds.find(what);
  return found == snapshot.saturated_seconds.end() ? 0 : found->second;
}

LabelledValues utilizations(const Snapshot& snapshot) {
  LabelledValues values;
  for (const Saturation& one : snapshot.verdict.saturations)
    if (one.utilization_ratio)
      values.emplace(labels_of({one.tier, one.resource}), *one.utilization_ratio);
  return values;
}

/// Only titles of backends tell of a lock.
bool may_be_spent(const Snapshot& snapshot, const TierTime& tier, Spent on) {
  const TierFacts* facts = tier_named(snapshot.facts, tier.tier);
  return on != Spent::kLock || !facts || facts->backends;
}

LabelledValues in_flight(const Snapshot& snapshot) {
  LabelledValues values;
  for (const TierTime& tier : snapshot.verdict.in_flight) {
    const auto value = [&](Spent on) -> double& {
      return values[{tier.tier, tier.instance, std::string(to_string(on))}];
    };
    for (const Spent on : kAllSpent)
      if (may_be_spent(snapshot, tier, on)) value(on);  // 0: a series once begun goes on
    for (const TimeSpent& part : tier.spent) value(part.on) += part.requests;
  }
  return values;
}

MetricValue verdict_start(const Snapshot& snapshot) {
  const double at = *metric_value(snapshot.at.wall) - snapshot.verdict.since_seconds;
  return std::floor(at * 10) / 10;  // never after the scrape
}

LabelledValues states(const Snapshot& snapshot) {
  LabelledValues values;
  for (const auto state : {VerdictState::kUnknown, VerdictState::kClear, VerdictState::kSaturated})
    values[{std::string(to_string(state))}] = snapshot.verdict.state == state;
  return values;
}

std::string bound_name(CapacityBound::Kind kind) {
  switch (kind) {
    case CapacityBound::Kind::kHost:
      return "host";
    case CapacityBound::Kind::kAffinity:
      return "affinity";
    case CapacityBound::Kind::kQuota:
      return "quota";
    case CapacityBound::Kind::kServers:
      return "workers";
    case CapacityBound::Kind::kHottest:
    case CapacityBound::Kind::kRouter:
    case CapacityBound::Kind::kInstance:
      return "";  // bounds a part of the tier
  }
  return "";
}

LabelledValues cpu_bounds(const Snapshot& snapshot) {
  LabelledValues values;
  for_each_tier(snapshot, [&](const std::string& name, const TierFacts& tier) {
    if (tier.processes <= 0) return;
    for (const CapacityBound& bound : capacity_bounds(tier, snapshot.facts.host))
      if (const std::string kind = bound_name(bound.kind); !kind.empty())
        values.emplace(std::vector{name, kind}, bound.cores);
  });
  return values;
}

LabelledValues cpu_capacities(const Snapshot& snapshot) {
  LabelledValues least;
  for (const auto& [labels, cores] : cpu_bounds(snapshot)) {
    double& known = least.try_emplace({labels.front()}, cores).first->second;
    known = std::min(known, cores);
  }
  return least;
}

bool is_pool_with_workers(const TierFacts& tier) { return is_pool(tier) && tier.processes > 0; }

LabelledValues backends(const Snapshot& snapshot) {
  LabelledValues values;
  for_each_tier(snapshot, [&](const std::string& name, const TierFacts& tier) {
    if (!tier.backends) return;
    const BackendFacts& of = *tier.backends;
    if (!of.active || !of.waiting || !of.idle_in_transaction) return;
    values[{name, "active"}] = *of.active - *of.waiting;
    values[{name, "waiting"}] = *of.waiting;
    values[{name, "idle_in_transaction"}] = *of.idle_in_transaction;
    values[{name, "idle"}] = of.backends - *of.active - *of.idle_in_transaction;
  });
  return values;
}

MetricValue connections_used(const TierFacts& tier) {
  if (tier.backends) return tier.backends->backends;
  return tier.connection_table ? MetricValue(tier.connection_table->used) : std::nullopt;
}

MetricValue connections_limit(const TierFacts& tier) {
  if (tier.backends) return tier.backends->usable_connections;
  return tier.connection_table ? MetricValue(tier.connection_table->limit) : std::nullopt;
}

/// A field of one of the optional parts of a tier's facts.
template <typename Part, typename Field>
MetricSource part_of_tier(std::optional<Part> TierFacts::*part, Field Part::*field) {
  return per_tier_facts([part, field](const TierFacts& tier) {
    const auto& owner = tier.*part;
    return owner ? metric_value((*owner).*field) : std::nullopt;
  });
}

}  // namespace

MetricRows verdict_rows() {
  return {
      {"tierwatch_bottleneck", kGauge, "",
       "1 for the tier and resource that the verdict names as the bottleneck, 0 for all else that "
       "was ever full since start.",
       of_snapshot_by({"tier", "resource"}, ever_full)},
      {"tierwatch_verdict_state", kGauge, "",
       "1 for the state the verdict is in: saturated, clear, or unknown while there is not enough "
       "data.",
       of_snapshot_by({"state"}, states)},
      {"tierwatch_verdict_start_timestamp_seconds", kGauge, "seconds",
       "When the current verdict began, in seconds since the epoch, to a tenth of a second; a "
       "bottleneck counts from its own start.",
       of_snapshot(verdict_start)},
      {"tierwatch_verdict_changes_total", kCounter, "", "Changes of the verdict since start.",
       of_snapshot(self_field(&SelfSample::verdict_changes))},
      {"tierwatch_tier_saturated", kGauge, "",
       "1 while the tier is full of the resource over the verdict's window, whether or not that is "
       "what limits; else 0.",
       per_judged(is_saturated), kDetail},
      {"tierwatch_tier_saturated_seconds_total", kCounter, "seconds",
       "Time since start in which the tier was full of the resource, sample by sample: bursts too "
       "short for a verdict are in it.",
       per_judged(seconds_saturated)},
      {"tierwatch_tier_utilization_ratio", kGauge, "ratio",
       "How full the tier is of the resource over the verdict's window, by its own capacity.",
       of_snapshot_by({"tier", "resource"}, utilizations)},
      {"tierwatch_tier_in_flight_requests", kGauge, "",
       "Requests the tier has taken on and not answered, or that wait for it, mean over the "
       "verdict's window, by what they spend their time on: queued, cpu, cpu_wait, disk, lock, "
       "peer "
       "(waiting for another server), unknown. Absent where its connections do not tell.",
       of_snapshot_by({"tier", "instance_name", "spent"}, in_flight)},
  };
}

MetricRows tier_capacity_rows() {
  return {
      {"tierwatch_tier_cpu_capacity_cores", kGauge, "cores",
       "Cores the tier can use at most: the lowest of its limits.",
       of_snapshot_by({"tier"}, cpu_capacities)},
      {"tierwatch_tier_cpu_bound_cores", kGauge, "cores",
       "Cores that each thing which bounds the tier leaves it: the host, affinity, the CPU quota "
       "of its cgroup, its workers at one core each; bounds wider than its processors are left "
       "out.",
       of_snapshot_by({"tier", "bound"}, cpu_bounds), kDetail},
      {"tierwatch_tier_cpu_quota_used_cores", kGauge, "cores",
       "Cores used over the latest interval in the cgroup whose quota bounds the tier, by "
       "everyone in it; only for the tier that uses most of it.",
       part_of_tier(&TierFacts::quota, &QuotaFacts::used_cores)},
      {"tierwatch_tier_cpu_throttled_ratio", kGauge, "ratio",
       "Share of the quota's periods in the latest interval in which it was used up.",
       part_of_tier(&TierFacts::quota, &QuotaFacts::throttled_ratio)},
      {"tierwatch_tier_memory_limit_bytes", kGauge, "bytes",
       "Memory limit of the cgroup with the least room on the way up from the tier; only for the "
       "tier that uses most of it.",
       part_of_tier(&TierFacts::memory, &MemoryFacts::limit_bytes)},
      {"tierwatch_tier_memory_limit_used_bytes", kGauge, "bytes",
       "Memory used of that limit in the latest sample, without cached files that the kernel can "
       "drop.",
       part_of_tier(&TierFacts::memory, &MemoryFacts::used_bytes)},
      {"tierwatch_tier_data_size_bytes", kGauge, "bytes",
       "Room where the tier's servers keep their data, in use or not, without what only root may "
       "use: the place with the least of it left.",
       part_of_tier(&TierFacts::space, &SpaceFacts::size_bytes)},
      {"tierwatch_tier_data_left_bytes", kGauge, "bytes", "The part of it that is free.",
       part_of_tier(&TierFacts::space, &SpaceFacts::left_bytes)},
      {"tierwatch_tier_data_inodes", kGauge, "",
       "Files that this place can hold; absent where that is not limited.",
       part_of_tier(&TierFacts::space, &SpaceFacts::inodes)},
      {"tierwatch_tier_data_left_inodes", kGauge, "", "The part of them that is free.",
       part_of_tier(&TierFacts::space, &SpaceFacts::left_inodes)},
      {"tierwatch_tier_workers", kGauge, "",
       "Requests a pool of workers can serve at a time in the latest sample: processes times "
       "threads.",
       per_tier_facts([](const TierFacts& tier) {
         return is_pool_with_workers(tier) ? metric_value(tier.workers) : std::nullopt;
       })},
      {"tierwatch_tier_busy_workers", kGauge, "",
       "Workers of a pool that hold a connection in the latest sample.",
       per_tier_facts([](const TierFacts& tier) {
         return is_pool_with_workers(tier) ? metric_value(tier.busy_workers) : std::nullopt;
       })},
      {"tierwatch_tier_backends", kGauge, "",
       "Postgres backends by what their titles say in the latest sample; waiting is for a lock.",
       of_snapshot_by({"tier", "state"}, backends)},
      {"tierwatch_tier_connections_used", kGauge, "",
       "Connections in the latest sample that count against a limit of the server's own (see "
       "tierwatch_tier_connections_limit).",
       per_tier_facts(connections_used)},
      {"tierwatch_tier_connections_limit", kGauge, "",
       "That limit: max_connections of Postgres (less the reserved ones) and MySQL, "
       "worker_connections of nginx' fullest worker, maxclients of Redis, max_client_conn of "
       "PgBouncer, -c of memcached or the global maxconn of HAProxy.",
       per_tier_facts(connections_limit)},
  };
}

}  // namespace tierwatch
