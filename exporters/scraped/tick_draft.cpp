// SPDX-License-Identifier: MIT
#include "exporters/scraped/tick_draft.h"

#include <algorithm>

#include "exporters/json/enum_names.h"
#include "exporters/scraped/scraped_ticks.h"

namespace tierwatch {
namespace {

bool is_one(const SeriesCell& cell) { return cell.value > 0.5; }

void take_bottleneck(TickDraft& draft, const SeriesCell& cell) {
  const auto resource = enum_value<Resource>(cell.label("resource"));
  if (is_one(cell) && resource) draft.tick().named = TierResource{cell.label("tier"), *resource};
}

void take_state(TickDraft& draft, const SeriesCell& cell) {
  const auto state = enum_value<VerdictState>(cell.label("state"));
  if (is_one(cell) && state) draft.tick().state = *state;
}

void take_used_ratio(TickDraft& draft, const SeriesCell& cell) {
  if (const auto resource = enum_value<Resource>(cell.label("resource")))
    draft.tick().used_ratio[{cell.label("tier"), *resource}] = cell.value;
}

void take_in_flight(TickDraft& draft, const SeriesCell& cell) {
  const std::string& tier = cell.label("tier");
  draft.tick().in_hand[tier] += cell.value;
  if (cell.label("spent") != to_string(Spent::kQueued)) draft.tick().taken_on[tier] += cell.value;
}

void take_awaited(TickDraft& draft, const SeriesCell& cell) {
  draft.tick().awaited.push_back({cell.label("tier"), cell.label("peer"), cell.value});
}

void take_edge(TickDraft& draft, const SeriesCell& cell) {
  const bool watched = cell.label("to") != kExternalTier;
  auto& peers = draft.tier(cell).peers;
  if (!peers) peers.emplace();
  peers->push_back({.name = watched ? cell.label("to") : cell.label("peer"),
                    .watched = watched,
                    .connections = cell.value});
}

void take_host_cpu(TickDraft& draft, const SeriesCell& cell) {
  const std::string& mode = cell.label("mode");
  if (mode == "steal") draft.add_rate(draft.host().steal_cores, cell);
  if (mode != "idle" && mode != "iowait" && mode != "steal")
    draft.add_rate(draft.host().busy_cores, cell);
}

void take_backends(TickDraft& draft, const SeriesCell& cell) {
  const std::string& state = cell.label("state");
  BackendFacts& backends = draft.backends(cell);
  backends.backends += cell.value;
  if (state == "active" || state == "waiting")
    backends.active = backends.active.value_or(0) + cell.value;
  if (state == "waiting") backends.waiting = cell.value;
  if (state == "idle_in_transaction") backends.idle_in_transaction = cell.value;
}

void take_busiest(TickDraft& draft, const SeriesCell& cell) {
  if (cell.label("rank") == "1")
    draft.tier(cell).hottest_process = HottestFacts{.cores = cell.value};
}

struct Use {
  std::string_view metric;
  SeriesUse use;
};

constexpr Use kUses[] = {
    {"tierwatch_bottleneck", take_bottleneck},
    {"tierwatch_verdict_state", take_state},
    {"tierwatch_tier_utilization_ratio", take_used_ratio},
    {"tierwatch_tier_in_flight_requests", take_in_flight},
    {"tierwatch_edge_waiting_requests", take_awaited},
    {"tierwatch_edge_connections", take_edge},
    {"tierwatch_host_cpu_seconds_total", take_host_cpu},
    {"tierwatch_tier_backends", take_backends},
    {"tierwatch_tier_busiest_process_cores", take_busiest},
    {"tierwatch_host_processors",
     [](TickDraft& draft, const SeriesCell& cell) { draft.host().processors = cell.value; }},
    {"tierwatch_host_memory_total_bytes",
     [](TickDraft& draft, const SeriesCell& cell) {
       draft.host().memory_total_bytes = cell.value;
     }},
    {"tierwatch_host_memory_available_bytes",
     [](TickDraft& draft, const SeriesCell& cell) {
       draft.host().memory_available_bytes = cell.value;
     }},
    {"tierwatch_host_oom_kills_total",
     [](TickDraft& draft, const SeriesCell& cell) { draft.host().oom_kills = cell.more; }},
    {"tierwatch_host_syn_drops_total",
     [](TickDraft& draft, const SeriesCell& cell) { draft.host().syn_drops = cell.more; }},
    {"tierwatch_tier_info",
     [](TickDraft& draft, const SeriesCell& cell) {
       draft.tier(cell).preset = cell.label("preset");
     }},
    {"tierwatch_tier_processes",
     [](TickDraft& draft, const SeriesCell& cell) { draft.tier(cell).processes += cell.value; }},
    {"tierwatch_tier_cpu_seconds_total",
     [](TickDraft& draft, const SeriesCell& cell) {
       draft.add_rate(draft.tier(cell).cpu_cores, cell);
     }},
    {"tierwatch_tier_cpu_run_delay_seconds_total",
     [](TickDraft& draft, const SeriesCell& cell) {
       draft.add_rate(draft.tier(cell).run_delay_cores, cell);
     }},
    {"tierwatch_tier_cpu_capacity_cores",
     [](TickDraft& draft, const SeriesCell& cell) { draft.tier(cell).allowed_cpus = cell.value; }},
    {"tierwatch_tier_workers",
     [](TickDraft& draft, const SeriesCell& cell) { draft.tier(cell).workers = cell.value; }},
    {"tierwatch_tier_busy_workers",
     [](TickDraft& draft, const SeriesCell& cell) { draft.tier(cell).busy_workers = cell.value; }},
    {"tierwatch_tier_connections_used",
     [](TickDraft& draft, const SeriesCell& cell) { draft.connections(cell).used = cell.value; }},
    {"tierwatch_tier_connections_limit",
     [](TickDraft& draft, const SeriesCell& cell) { draft.connections(cell).limit = cell.value; }},
    {"tierwatch_tier_anonymous_memory_bytes",
     [](TickDraft& draft, const SeriesCell& cell) {
       auto& bytes = draft.tier(cell).own_memory_bytes;
       bytes = bytes.value_or(0) + cell.value;
     }},
    {"tierwatch_tier_memory_limit_bytes",
     [](TickDraft& draft, const SeriesCell& cell) { draft.memory(cell).limit_bytes = cell.value; }},
    {"tierwatch_tier_memory_limit_used_bytes",
     [](TickDraft& draft, const SeriesCell& cell) { draft.memory(cell).used_bytes = cell.value; }},
    {"tierwatch_tier_data_size_bytes",
     [](TickDraft& draft, const SeriesCell& cell) { draft.space(cell).size_bytes = cell.value; }},
    {"tierwatch_tier_data_left_bytes",
     [](TickDraft& draft, const SeriesCell& cell) { draft.space(cell).left_bytes = cell.value; }},
    {"tierwatch_listener_queue_length",
     [](TickDraft& draft, const SeriesCell& cell) {
       ListenerFacts& listener = draft.listener(cell);
       listener.queue_mean = cell.value;
       listener.queue_peak = std::max(listener.queue_peak, cell.value);
     }},
    {"tierwatch_listener_queue_limit",
     [](TickDraft& draft, const SeriesCell& cell) { draft.listener(cell).limit = cell.value; }},
    {"tierwatch_listener_half_open_connections",
     [](TickDraft& draft, const SeriesCell& cell) { draft.listener(cell).half_open = cell.value; }},
    {"tierwatch_listener_dropped_connections_total",
     [](TickDraft& draft, const SeriesCell& cell) { draft.listener(cell).drops = cell.more; }},
    {"tierwatch_listener_queued_seconds_total",
     [](TickDraft& draft, const SeriesCell& cell) { draft.queue_times(cell).queued = cell.more; }},
    {"tierwatch_listener_full_seconds_total",
     [](TickDraft& draft, const SeriesCell& cell) { draft.queue_times(cell).full = cell.more; }},
    {"tierwatch_listener_observed_seconds_total",
     [](TickDraft& draft, const SeriesCell& cell) {
       draft.queue_times(cell).observed = cell.more;
     }},
};

std::string listener_name(const SeriesCell& cell) {
  const std::string& network = cell.label("network");
  return cell.label("address") + (network.empty() ? "" : " in " + network);
}

template <typename Part>
Part& made(std::optional<Part>& part) {
  return part ? *part : part.emplace();
}

}  // namespace

TierFacts& TickDraft::tier(const SeriesCell& cell) {
  const std::string& name = cell.label("tier");
  if (TierFacts* known = tier_named(tick_.facts, name)) return *known;
  TierFacts& fresh = tick_.facts.tiers.emplace_back();
  fresh.name = name;
  return fresh;
}

ListenerFacts& TickDraft::listener(const SeriesCell& cell) {
  auto& all = made(tier(cell).listeners);
  const std::string name = listener_name(cell);
  const auto found = std::ranges::find(all, name, &ListenerFacts::name);
  if (found != all.end()) return *found;
  ListenerFacts& fresh = all.emplace_back();
  fresh.name = name;
  return fresh;
}

TickDraft::QueueTimes& TickDraft::queue_times(const SeriesCell& cell) {
  listener(cell);
  return queue_times_[{cell.label("tier"), listener_name(cell)}];
}

BackendFacts& TickDraft::backends(const SeriesCell& cell) { return made(tier(cell).backends); }
MemoryFacts& TickDraft::memory(const SeriesCell& cell) { return made(tier(cell).memory); }
SpaceFacts& TickDraft::space(const SeriesCell& cell) { return made(tier(cell).space); }

/// What needs several series.
void TickDraft::finish(TierFacts& tier) {
  // Only pools of workers tell these; that each fills one core at most is part of the capacity.
  if (tier.workers) tier.serving = RoleKind::kSyncWorker;
  tier.single_core_processes = tier.workers.has_value();
  const auto connections = connections_.find(tier.name);
  if (connections != connections_.end() && connections->second.limit > 0) {
    if (tier.backends)
      tier.backends->usable_connections = connections->second.limit;
    else
      tier.connection_table = connections->second;
  }
  if (!tier.listeners) return;
  std::erase_if(*tier.listeners, [&](const ListenerFacts& listener) {
    return queue_times_[{tier.name, listener.name}].observed.value_or(0) <= 0;
  });
  for (ListenerFacts& listener : *tier.listeners) {
    const QueueTimes& times = queue_times_[{tier.name, listener.name}];
    listener.queued_ratio = std::min(1.0, times.queued.value_or(0) / *times.observed);
    listener.full_ratio = std::min(1.0, times.full.value_or(0) / *times.observed);
  }
}

HostTick TickDraft::take() {
  for (TierFacts& tier : tick_.facts.tiers) finish(tier);
  // A bottleneck is a series once begun: the state says whether it is one now.
  if (tick_.state != VerdictState::kSaturated) tick_.named.reset();
  return std::move(tick_);
}

SeriesUse use_of(std::string_view metric) {
  const auto found = std::ranges::find(kUses, metric, &Use::metric);
  return found == std::end(kUses) ? nullptr : found->use;
}

std::string scraped_names() {
  std::string names = std::string(kSnapshotTime) + "|tierwatch_address_info";
  for (const Use& one : kUses) names += "|" + std::string(one.metric);
  return names;
}

}  // namespace tierwatch
