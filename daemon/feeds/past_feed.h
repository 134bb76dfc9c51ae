// SPDX-License-Identifier: MIT
//
// What was before, for a view that goes on: its own last minutes, and before them the daemon's
// history, where that can be read.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "daemon/feeds/snapshot_memory.h"
#include "daemon/feeds/top_feed.h"

namespace tierwatch {

/// A feed of the past: sample() gives what was moved to since the last call, with its hour around
/// it; the first one gives the last hour, and later ones the marks that were made since.
class PastFeed : public TopFeed {
 public:
  /// Where the next move begins: what is shown now. From any thread.
  virtual void begin_at(WallMoment shown) = 0;
};

/// `memory` must outlive it. `history`: a recording; absent: none is kept or asked for. Throws
/// nothing: one that cannot be read is said once somebody wants to go back that far.
std::unique_ptr<PastFeed> make_past_feed(const SnapshotMemory& memory,
                                         std::optional<std::filesystem::path> history);

}  // namespace tierwatch
