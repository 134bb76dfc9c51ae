// SPDX-License-Identifier: MIT
#include "analysis/facts/cgroup_facts.h"

#include <algorithm>
#include <set>

#include "collectors/cgroups/cgroup_collector.h"
#include "collectors/seconds.h"

namespace tierwatch {
namespace {

/// The tier that uses most, of those that share a limit; by name where equal.
template <typename Use>
bool uses_most(const std::vector<TierFacts>& tiers, const std::vector<std::string>& limits,
               std::size_t tier, Use use) {
  for (std::size_t i = 0; i < tiers.size(); ++i) {
    if (i == tier || limits[i] != limits[tier]) continue;
    const auto mine = std::pair(use(tiers[tier]), tiers[tier].name);
    if (mine < std::pair(use(tiers[i]), tiers[i].name)) return false;
  }
  return true;
}

std::optional<MemoryFacts> memory_facts(const std::vector<CgroupReading>& cgroups,
                                        const TierCgroups& where,
                                        const std::map<std::string, std::uint64_t>& hits_before,
                                        std::string& path) {
  std::optional<MemoryFacts> fullest;
  for (const std::uint32_t index : where.all) {
    const CgroupMemory* limit = nearest_memory_limit(cgroups[index]);
    const auto needed = limit ? needed_bytes(*limit) : std::nullopt;
    if (!needed || !limit->limit_bytes || *limit->limit_bytes == 0) continue;
    MemoryFacts facts{.used_bytes = static_cast<double>(*needed),
                      .limit_bytes = static_cast<double>(*limit->limit_bytes),
                      .limit_hits = {}};
    const auto before = hits_before.find(limit->cgroup);
    if (limit->limit_hits && before != hits_before.end() && before->second <= *limit->limit_hits)
      facts.limit_hits = static_cast<double>(*limit->limit_hits - before->second);
    if (fullest &&
        facts.used_bytes * fullest->limit_bytes <= fullest->used_bytes * facts.limit_bytes)
      continue;
    fullest = facts;
    path = limit->cgroup;
  }
  return fullest;
}

/// Where the next process or thread is refused first: by `fullest`, as far as is known, or here.
std::optional<LimitFacts> task_facts(const std::vector<CgroupReading>& cgroups,
                                     const TierCgroups& where, std::optional<LimitFacts> fullest) {
  for (const std::uint32_t index : where.all)
    for (const CgroupTasks& one : cgroups[index].tasks.value_or(std::vector<CgroupTasks>{})) {
      const LimitFacts facts{static_cast<double>(one.count), static_cast<double>(one.limit)};
      if (one.limit > 0 && (!fullest || facts.used * fullest->limit > fullest->used * facts.limit))
        fullest = facts;
    }
  return fullest;
}

/// Kills in the cgroups that its processes are in themselves: those above count other tiers' too.
std::optional<double> oom_kills(const std::vector<CgroupReading>& cgroups, const TierCgroups& where,
                                const std::map<std::string, std::uint64_t>& before,
                                std::string& paths) {
  std::optional<double> kills;
  std::set<std::string> counted;
  for (const std::uint32_t index : where.all) {
    const auto& memory = cgroups[index].memory;
    if (!memory || memory->empty() || !memory->front().oom_kills) continue;
    if (!counted.insert(memory->front().cgroup).second) continue;
    paths += memory->front().cgroup + "\n";
    const auto then = before.find(memory->front().cgroup);
    const std::uint64_t now = *memory->front().oom_kills;
    if (then == before.end() || now < then->second) continue;  // a cgroup made anew of its name
    kills = kills.value_or(0) + static_cast<double>(now - then->second);
  }
  return kills;
}

/// Absent where one of them is.
std::optional<double> sum_of(const std::optional<double>& a, const std::optional<double>& b) {
  return a && b ? std::optional(*a + *b) : std::nullopt;
}

/// Whether one of `indices` is a cgroup whose `limits` could not be read, or those above it.
template <typename Limits>
bool any_hidden(const std::vector<CgroupReading>& cgroups,
                const std::vector<std::uint32_t>& indices, Limits CgroupReading::*limits,
                bool CgroupReading::*above) {
  return std::ranges::any_of(indices, [&](std::uint32_t index) {
    return !(cgroups[index].*limits).has_value() || cgroups[index].*above;
  });
}

}  // namespace

QuotaFacts CgroupFacts::quota_facts(const CpuQuota& quota, double seconds) const {
  QuotaFacts facts{
      .cores = quota.cores, .used_cores = {}, .least_cores = {}, .throttled_ratio = {}};
  const auto found = before_.quotas.find(quota.cgroup);
  if (found == before_.quotas.end() || seconds <= 0) return facts;
  const CpuQuota& before = found->second;
  if (quota.usage && before.usage && *quota.usage >= *before.usage)
    facts.used_cores = seconds_of(*quota.usage - *before.usage) / seconds;
  if (quota.used_up && before.used_up && *quota.used_up >= *before.used_up)
    facts.least_cores = seconds_of(*quota.used_up - *before.used_up) / seconds;
  if (quota.periods && before.periods && quota.throttled_periods && before.throttled_periods &&
      *quota.periods >= *before.periods && *quota.throttled_periods >= *before.throttled_periods) {
    const auto periods = static_cast<double>(*quota.periods - *before.periods);
    const auto throttled =
        static_cast<double>(*quota.throttled_periods - *before.throttled_periods);
    facts.throttled_ratio = periods > 0 ? std::min(1.0, throttled / periods) : 0;
  }
  return facts;
}

/// On the way to the root, the quota that is nearest to used up, whoever uses it; the smallest
/// where that is not known. Null: none.
const CpuQuota* CgroupFacts::nearest_quota(const CgroupReading& cgroup, double seconds) const {
  const CpuQuota* nearest = tightest_quota(cgroup);
  if (!nearest) return nullptr;
  const auto fullness = [&](const CpuQuota& one) {
    const QuotaFacts facts = quota_facts(one, seconds);
    const double used = facts.used_cores.value_or(facts.least_cores.value_or(0));
    return facts.cores > 0 ? used / facts.cores : 0;
  };
  for (const CpuQuota& one : *cgroup.quotas)
    if (fullness(one) > fullness(*nearest)) nearest = &one;
  return nearest;
}

/// Of a tier in several limited cgroups (one container each), their sum; none when some of its
/// servers run without a limit.
std::optional<QuotaFacts> CgroupFacts::quota(const std::vector<CgroupReading>& cgroups,
                                             const TierCgroups& where, double seconds,
                                             std::string& path) const {
  if (!where.complete) return std::nullopt;
  std::optional<QuotaFacts> sum;
  std::set<std::string> counted;
  for (const std::uint32_t index : where.serving) {
    const CpuQuota* limit = nearest_quota(cgroups[index], seconds);
    if (!limit) return std::nullopt;
    if (!counted.insert(limit->cgroup).second) continue;
    path += limit->cgroup + "\n";
    const QuotaFacts facts = quota_facts(*limit, seconds);
    if (!sum) {
      sum = facts;
      continue;
    }
    sum->cores += facts.cores;
    sum->used_cores = sum_of(sum->used_cores, facts.used_cores);
    sum->least_cores = sum_of(sum->least_cores, facts.least_cores);
    sum->throttled_ratio = std::max(sum->throttled_ratio, facts.throttled_ratio);
  }
  return sum;
}

void CgroupFacts::fill(const std::vector<CgroupReading>& cgroups,
                       const std::vector<TierCgroups>& where, double seconds,
                       std::vector<TierFacts>& tiers) const {
  // What tiers are limited by, as text: equal where they share it.
  std::vector<std::string> quotas(tiers.size()), limits(tiers.size()), homes(tiers.size());
  for (std::size_t i = 0; i < tiers.size(); ++i) {
    tiers[i].quota = quota(cgroups, where[i], seconds, quotas[i]);
    if (!tiers[i].quota) quotas[i].clear();  // some of its servers are limited: it shares nothing
    tiers[i].quota_hidden = any_hidden(cgroups, where[i].serving, &CgroupReading::quotas,
                                       &CgroupReading::cpu_above_hidden);
    tiers[i].memory_limit_hidden = any_hidden(cgroups, where[i].all, &CgroupReading::memory,
                                              &CgroupReading::memory_above_hidden);
    tiers[i].memory = memory_facts(cgroups, where[i], before_.limit_hits, limits[i]);
    tiers[i].tasks = task_facts(cgroups, where[i], tiers[i].tasks);
    tiers[i].oom_kills = oom_kills(cgroups, where[i], before_.oom_kills, homes[i]);
  }
  for (std::size_t i = 0; i < tiers.size(); ++i) {
    const auto cpu = [](const TierFacts& tier) { return tier.cpu_cores.value_or(0); };
    const auto memory = [](const TierFacts& tier) { return tier.own_memory_bytes.value_or(0); };
    if (tiers[i].quota && !uses_most(tiers, quotas, i, cpu)) {
      tiers[i].quota->used_cores.reset();
      tiers[i].quota->least_cores.reset();
    }
    if (tiers[i].memory && !uses_most(tiers, limits, i, memory)) tiers[i].memory.reset();
    if (tiers[i].oom_kills && !uses_most(tiers, homes, i, memory)) tiers[i].oom_kills.reset();
  }
}

void CgroupFacts::remember(const std::vector<CgroupReading>& cgroups) {
  before_ = {};
  for (const CgroupReading& cgroup : cgroups) {
    for (const CgroupMemory& one : cgroup.memory.value_or(std::vector<CgroupMemory>{}))
      if (one.limit_hits) before_.limit_hits[one.cgroup] = *one.limit_hits;
    for (const CpuQuota& one : cgroup.quotas.value_or(std::vector<CpuQuota>{}))
      before_.quotas.insert_or_assign(one.cgroup, one);
    if (cgroup.memory && !cgroup.memory->empty() && cgroup.memory->front().oom_kills)
      before_.oom_kills[cgroup.memory->front().cgroup] = *cgroup.memory->front().oom_kills;
  }
}

}  // namespace tierwatch
