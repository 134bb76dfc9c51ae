// SPDX-License-Identifier: MIT
//
// A snapshot put together again from the rows of a recording, for views of the past. What was not
// recorded (processes that used no CPU, single processors, users) is absent.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "analysis/snapshot.h"
#include "exporters/recording/recording_rows.h"

namespace tierwatch {

struct RecordedSurroundings {
  std::string hostname;
  std::vector<std::string> notes;    ///< of the session
  std::set<std::string> seen_tiers;  ///< that had a process up to this tick
};

/// The way back from recorded_tick(). How full each resource was is judged anew, by this tick alone
/// and the thresholds of the defaults; the verdict is the recorded one, with the requests in flight
/// and the evidence of this tick. Pure.
Snapshot snapshot_of(const RecordedTick& tick, RecordedSurroundings surroundings);

}  // namespace tierwatch
