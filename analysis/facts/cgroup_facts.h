// SPDX-License-Identifier: MIT
//
// What control groups let each tier use. Several tiers may live in one limited cgroup: then what
// fills it is laid at the door of the tier that uses most of it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/judge_input.h"
#include "collectors/reading.h"

namespace tierwatch {

/// The cgroups that processes of one tier are in, as indices of Reading::cgroups, sorted.
struct TierCgroups {
  std::vector<std::uint32_t> all;
  std::vector<std::uint32_t> serving;  ///< of the processes that serve
  bool complete = true;                ///< false: of a serving process it is not known
};

/// Not thread-safe; remembers the counters of the reading before.
class CgroupFacts {
 public:
  /// Fills quota, memory (and whether they are hidden), tasks and oom_kills of `tiers`; `where[i]`
  /// belongs to tiers[i], whose CPU and memory are filled in already.
  void fill(const std::vector<CgroupReading>& cgroups, const std::vector<TierCgroups>& where,
            double seconds, std::vector<TierFacts>& tiers) const;

  /// These are the counters that the next reading is compared with.
  void remember(const std::vector<CgroupReading>& cgroups);

 private:
  struct Counters {
    std::map<std::string, CpuQuota> quotas;           ///< by path
    std::map<std::string, std::uint64_t> oom_kills;   ///< by path
    std::map<std::string, std::uint64_t> limit_hits;  ///< by path
  };
  std::optional<QuotaFacts> quota(const std::vector<CgroupReading>& cgroups,
                                  const TierCgroups& where, double seconds,
                                  std::string& path) const;
  QuotaFacts quota_facts(const CpuQuota& quota, double seconds) const;
  const CpuQuota* nearest_quota(const CgroupReading& cgroup, double seconds) const;

  Counters before_;
};

}  // namespace tierwatch
