// SPDX-License-Identifier: MIT
//
// How many cores a tier can use, and what binds it: four uWSGI workers are full at four cores,
// whatever the host has.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/judge_input.h"
#include "analysis/resource.h"
#include "analysis/thresholds.h"

namespace tierwatch {

/// One thing that bounds the CPU a tier can use.
struct CapacityBound {
  enum class Kind {
    kHost,      ///< processors, less what other virtual machines took
    kAffinity,  ///< affinity or cpuset
    kQuota,     ///< CPU bandwidth of its cgroup
    kServers,   ///< its workers, one core each
    kHottest,   ///< a single event loop among several: it cannot share its work
    kRouter,    ///< a single event loop before the workers
    kInstance,  ///< the workers of one master among several
  };
  Kind kind = Kind::kHost;
  Resource resource = Resource::kCpu;  ///< what the tier is short of at this bound
  double cores = 0;
  std::optional<double> used_cores;  ///< of these cores; absent: not known
  /// "4 workers × 1", "quota 0.5 core", "pinned to 1 of 2 cores", "2 cores of the host".
  std::string words;

  /// What bounds one of its event loops, its router or one instance bounds not the whole tier.
  bool of_a_part() const {
    return kind == Kind::kHottest || kind == Kind::kRouter || kind == Kind::kInstance;
  }
  std::optional<double> ratio() const {
    if (!used_cores || cores <= 0) return std::nullopt;
    return *used_cores / cores;
  }
};

/// All bounds that hold, the least cores first, those of a part of the tier last; bounds wider than
/// the processors it may run on are left out (so one worker on one core is short of cores, not of
/// threads). Never empty on a host with a processor.
///
/// Servers bound a tier only where their number is the tier's own choice (a pool of workers, event
/// loops): one Postgres backend is not all that Postgres can do. A process seen to use clearly more
/// than one core has no lock that holds it to one. Pure.
std::vector<CapacityBound> capacity_bounds(const TierFacts& tier, const HostFacts& host,
                                           const Thresholds& thresholds = {});

/// The host is known to have processors to spare: fewer than `host_cpu` of them are busy.
bool cores_are_idle(const HostFacts& host, const Thresholds& thresholds);

}  // namespace tierwatch
