// SPDX-License-Identifier: MIT
#include "analysis/judge/host_memory.h"

#include <algorithm>
#include <utility>

#include "analysis/judge/judge_constants.h"
#include "analysis/judge/saturation.h"

namespace tierwatch {
namespace {

/// Absent: the kernel does not tell.
std::optional<bool> makes_room(const HostFacts& host) {
  if (!host.reclaim) return std::nullopt;
  return host.reclaim->direct_pages_per_second > 0 || host.reclaim->background_pages_per_second > 0;
}

/// Pressure counts who waits at the limit of a cgroup, too: it is the host's while the kernel makes
/// room on the host.
bool somebody_waits(const HostFacts& host) {
  if (makes_room(host) == false) return false;
  if (host.memory_pressure_ratio) return *host.memory_pressure_ratio >= kMemoryPressed;
  return host.reclaim && host.reclaim->direct_pages_per_second > 0 &&
         host.reclaim->reread_pages_per_second >= kRereadsHurt;
}

/// What is dropped is wanted back at once, and whoever wants memory has to find it: however much is
/// said to be left, it does not do.
bool thrashes(const HostFacts& host) {
  return host.reclaim && host.reclaim->direct_pages_per_second > 0 &&
         host.reclaim->reread_pages_per_second >= kRereadsHurt &&
         host.memory_pressure_ratio.value_or(0) >= kMemoryPressed;
}

/// The tier that uses most of it; null when that is little of it.
const TierFacts* biggest_user(const JudgeInput& input, double used, double share) {
  const TierFacts* biggest = nullptr;
  const auto rank = [](const TierFacts& one) {
    return std::pair(one.own_memory_bytes.value_or(0), one.name);
  };
  for (const TierFacts& tier : input.tiers)
    if (tier.own_memory_bytes && (!biggest || rank(*biggest) < rank(tier))) biggest = &tier;
  return biggest && *biggest->own_memory_bytes >= share * used ? biggest : nullptr;
}

Heat heat_of(const HostFacts& host, double ratio, bool was_hot, const Thresholds& thresholds) {
  if (is_full(ratio, thresholds.host_memory, was_hot, thresholds)) {
    if (somebody_waits(host) || host.oom_kills.value_or(0) > 0) return Heat::kHot;
    return makes_room(host) == false ? Heat::kCalm : Heat::kWarm;
  }
  const bool near = ratio >= thresholds.host_memory - thresholds.warm_margin - kRounding;
  return near && thrashes(host) ? Heat::kHot : Heat::kCalm;
}

std::optional<Saturation> of_host(const JudgeInput& input, const ThresholdTable& thresholds,
                                  const HotSet& before) {
  const HostFacts& host = input.host;
  if (!host.memory_available_bytes || host.memory_total_bytes.value_or(0) <= 0) return std::nullopt;
  const double total = *host.memory_total_bytes, used = total - *host.memory_available_bytes;
  const TierFacts* biggest = biggest_user(input, used, thresholds.all.cpu_share);
  Saturation memory{.tier = biggest ? biggest->name : std::string(kOtherTier),
                    .resource = Resource::kMemory,
                    .rule = Rule::kCountableLimit,
                    .utilization_ratio = used / total,
                    .used = used,
                    .capacity = total,
                    .full_at = thresholds.all.host_memory,
                    .bound = "of the host"};
  const bool was_hot = before.contains({memory.tier, Resource::kMemory});
  memory.state = heat_of(host, used / total, was_hot, thresholds.all);
  if (memory.state == Heat::kCalm) return std::nullopt;
  memory.event = memory.state == Heat::kHot && host.oom_kills.value_or(0) > 0;
  return memory;
}

}  // namespace

void add_host_memory(const JudgeInput& input, const ThresholdTable& thresholds,
                     const HotSet& before, std::vector<Saturation>& found) {
  std::optional<Saturation> memory = of_host(input, thresholds, before);
  if (!memory) return;
  const auto same = std::ranges::find_if(found, [&](const Saturation& one) {
    return one.tier == memory->tier && one.resource == Resource::kMemory;
  });
  if (same == found.end())
    found.push_back(*std::move(memory));
  else if (same->state < memory->state)
    *same = *std::move(memory);
}

}  // namespace tierwatch
