// SPDX-License-Identifier: MIT
//
// Readings in, snapshots out: rates between two readings, totals per tier and role that never fall,
// and the CPU time of children that were born and died between two ticks.
#pragma once

#include <map>
#include <unordered_map>
#include <vector>

#include "analysis/snapshot.h"

namespace tierwatch {

/// Not thread-safe. Memory is bounded by the number of living processes plus tiers × roles.
class SnapshotBuilder {
 public:
  explicit SnapshotBuilder(const TierRules& rules);

  /// The next snapshot. `reading.at.monotonic` must not be before the previous one's; when it is
  /// equal, rates are absent. Costs about one microsecond per process.
  Snapshot build(Reading reading);

  /// New rules after a reload: tiers and roles that keep their name keep their totals; others start
  /// at zero.
  void set_rules(const TierRules& rules);
};

}  // namespace tierwatch
