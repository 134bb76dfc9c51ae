// SPDX-License-Identifier: MIT
#include "exporters/terminal/scene/tier_lines.h"

#include <algorithm>

#include "analysis/judge/capacity.h"
#include "analysis/judge/saturation.h"
#include "analysis/thresholds.h"

namespace tierwatch {
namespace {

const TierFacts* facts_of(const Snapshot& snapshot, std::size_t tier) {
  const auto& facts = snapshot.facts.tiers;
  return tier < facts.size() && facts[tier].name == snapshot.tiers[tier].name ? &facts[tier]
                                                                              : nullptr;
}

/// Resources as a badge has room for them.
std::string_view short_name(Resource resource) {
  return resource == Resource::kConnections ? "slots" : to_string(resource);
}

bool ever_seen(const TierSample& tier) {
  return std::any_of(tier.roles.begin(), tier.roles.end(),
                     [](const RoleSample& role) { return role.ever_seen; });
}

void give_state(TierLine& line, TierState state, std::string_view word, Resource resource) {
  line.state = state;
  line.badge = std::string(word) + " " + std::string(short_name(resource));
}

/// The fullest thing that is known of a tier; null when nothing is.
const Saturation* fullest(const Verdict& verdict, const std::string& tier) {
  const Saturation* found = nullptr;
  for (const Saturation& one : verdict.saturations) {
    if (one.tier != tier) continue;
    const auto rank = [](const Saturation& s) {
      return std::pair(s.state, s.utilization_ratio.value_or(0));
    };
    if (!found || rank(one) > rank(*found)) found = &one;
  }
  return found;
}

void judge_line(TierLine& line, const Snapshot& snapshot) {
  const Verdict& verdict = snapshot.verdict;
  const auto joint = std::find_if(verdict.joint_with.begin(), verdict.joint_with.end(),
                                  [&](const TierResource& one) { return one.tier == line.name; });
  const Saturation* full = fullest(verdict, line.name);
  if (line.processes == 0) {
    const bool gone = ever_seen(snapshot.tiers[line.tier]);
    line.state = gone ? TierState::kGone : TierState::kNever;
    line.badge = gone ? "gone" : "not seen";
  } else if (verdict.state == VerdictState::kSaturated && verdict.tier == line.name) {
    give_state(line, TierState::kFull, "FULL", verdict.resource);
  } else if (verdict.state == VerdictState::kSaturated && joint != verdict.joint_with.end()) {
    give_state(line, TierState::kFull, "FULL", joint->resource);
  } else if (full && full->state == Heat::kHot) {
    give_state(line, TierState::kHot, "hot", full->resource);
  } else if (full && full->state == Heat::kWarm) {
    give_state(line, TierState::kWarm, "warm", full->resource);
  } else {
    const bool known = full != nullptr;
    line.state = known ? TierState::kCalm : TierState::kUnknown;
    line.badge = known ? "ok" : "?";
  }
}

/// Of all the tier's queues the fullest one. Without socket readings, the facts' mean.
std::optional<QueueLine> fullest_queue(const Snapshot& snapshot, std::size_t tier,
                                       const TierFacts* facts) {
  std::optional<QueueLine> found;
  const auto take = [&found](double length, std::optional<double> limit) {
    const auto ratio = [](const QueueLine& q) {
      return q.length / std::max(1.0, q.limit.value_or(128));
    };
    const QueueLine queue{length, limit};
    if (!found || ratio(queue) > ratio(*found)) found = queue;
  };
  for (const ListenerSample& listener : snapshot.listeners) {
    const ListenerReading& reading = listener.reading;
    if (!reading.owner || reading.owner->tier != tier || reading.sockets == 0) continue;
    std::optional<double> limit;
    if (reading.queue_limit) limit = static_cast<double>(*reading.queue_limit);
    take(static_cast<double>(reading.queue_length), limit);
  }
  if (!found && facts && facts->listeners) {
    for (const ListenerFacts& one : *facts->listeners) take(one.queue_mean, one.limit);
  }
  return found;
}

std::optional<double> connections(const Snapshot& snapshot, std::size_t tier) {
  std::optional<double> sum;
  for (const ListenerSample& listener : snapshot.listeners) {
    const ListenerReading& reading = listener.reading;
    if (!reading.owner || reading.owner->tier != tier || !reading.in_service) continue;
    sum = sum.value_or(0) + static_cast<double>(*reading.in_service);
  }
  return sum;
}

void add_memory(TierLine& line, const TierSample& tier, const TierFacts* facts) {
  if (tier.sums.memory) {
    line.resident_bytes = static_cast<double>(tier.sums.memory->resident_bytes);
    line.anonymous_bytes = static_cast<double>(tier.sums.memory->anonymous_bytes);
  }
  if (facts && facts->memory && facts->memory->limit_bytes > 0)
    line.memory_ratio = facts->memory->used_bytes / facts->memory->limit_bytes;
}

TierLine line_of(const Snapshot& snapshot, std::size_t index) {
  const TierSample& tier = snapshot.tiers[index];
  const TierFacts* facts = facts_of(snapshot, index);
  TierLine line{.tier = index, .name = tier.name, .processes = tier.sums.processes};
  judge_line(line, snapshot);
  if (line.processes == 0) return line;
  line.cpu = tier_cpu(snapshot, index);
  if (tier.hottest_thread) line.hottest_cores = tier.hottest_thread->cores;
  if (tier.hottest_process)
    line.hottest_cores = std::max(line.hottest_cores.value_or(0), tier.hottest_process->cores);
  if (tier.rates) line.run_delay_cores = tier.rates->run_delay_cores;
  if (facts) line.delayed = run_delay_ratio(*facts).value_or(0) >= Thresholds{}.run_delay;
  add_memory(line, tier, facts);
  if (tier.worst_fds) line.fd_ratio = tier.worst_fds->ratio;
  line.queue = fullest_queue(snapshot, index, facts);
  // A pool's alone: one thread of an event loop holds many, and Postgres makes a process for each.
  if (facts && facts->serving == RoleKind::kSyncWorker && !facts->workers_on_demand) {
    line.busy_workers = facts->busy_workers;
    line.workers = facts->workers;
  }
  line.connections = connections(snapshot, index);
  return line;
}

}  // namespace

TierCpu tier_cpu(const Snapshot& snapshot, std::size_t tier) {
  TierCpu cpu;
  const TierSample& sample = snapshot.tiers[tier];
  if (sample.rates) cpu.used_cores = sample.rates->cpu_cores;
  if (snapshot.host.processors > 0) cpu.capacity_cores = snapshot.host.processors;
  if (const TierFacts* facts = facts_of(snapshot, tier)) {
    for (const CapacityBound& bound : capacity_bounds(*facts, snapshot.facts.host)) {
      if (bound.of_a_part() || bound.cores <= 0) continue;
      cpu.capacity_cores = bound.cores;
      break;
    }
  }
  if (cpu.used_cores && cpu.capacity_cores && *cpu.capacity_cores > 0)
    cpu.ratio = *cpu.used_cores / *cpu.capacity_cores;
  return cpu;
}

std::vector<TierLine> tier_lines(const Snapshot& snapshot) {
  std::vector<TierLine> lines;
  for (std::size_t i = 0; i < snapshot.tiers.size(); ++i) lines.push_back(line_of(snapshot, i));
  return lines;
}

Ink ink_of(TierState state) {
  switch (state) {
    case TierState::kFull:
    case TierState::kGone:
      return Ink::kHot;
    case TierState::kHot:
    case TierState::kWarm:
      return Ink::kWarm;
    case TierState::kCalm:
      return Ink::kGood;
    case TierState::kNever:
    case TierState::kUnknown:
      break;
  }
  return Ink::kDim;
}

Ink ink_of_ratio(std::optional<double> ratio, double full) {
  if (!ratio) return Ink::kDim;
  if (*ratio >= full) return Ink::kHot;
  return *ratio >= full - Thresholds{}.warm_margin ? Ink::kWarm : Ink::kPlain;
}

}  // namespace tierwatch
