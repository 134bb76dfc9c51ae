// SPDX-License-Identifier: MIT
//
// What the collector keeps of one process from tick to tick.
#pragma once

#include "collectors/process/process_collector.h"

namespace tierwatch {

struct ProcessCollector::Tracked {
  ProcessReading reading;
  CandidateFacts facts;
  /// The tier whose rule takes it, before kinship is looked at.
  std::optional<MatchReason> by_rule;
  /// Of members only.
  std::unique_ptr<ThreadTimes> threads;
  DetailFiles files;
  nanoseconds refreshed{}, settled{};  ///< monotonic: when that was last done
  nanoseconds proportional_read{};
  nanoseconds cpu_at_title{};           ///< its CPU time when its title was last read
  std::optional<nanoseconds> run_time;  ///< when it was last asked
  bool moved_since_title = true;
  bool moved_since_settled = true;
  bool moved = true;       ///< ran since its last reading, as far as we know
  bool refreshing = true;  ///< to be read in this tick even if it did not run
  bool settling = true;    ///< everything about it is to be read in this tick
};

/// Ended: what it had is gone, its figures are final.
constexpr bool is_dead(char state) { return state == 'Z' || state == 'X'; }

}  // namespace tierwatch
