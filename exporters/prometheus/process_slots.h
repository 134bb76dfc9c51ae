// SPDX-License-Identifier: MIT
//
// Numbers for processes that their successors take over: a worker that is restarted goes on under
// the number of the one that ended, so that its series do too.
#pragma once

#include <map>
#include <utility>

#include "analysis/snapshot.h"

namespace tierwatch {

/// Not thread-safe.
class ProcessSlots {
 public:
  /// Frees the numbers of processes that are gone, then gives each new one of a tier the lowest
  /// that is free in its tier and role; older ones first.
  void update(const Snapshot& snapshot);

  /// From 0 on. The process must be one of a tier in the snapshot of the last update().
  unsigned slot_of(const ProcessReading& process) const;

 private:
  using Place = std::pair<std::uint16_t, std::uint16_t>;  ///< tier, role
  std::map<std::pair<Place, ProcessId>, unsigned> slots_;
};

}  // namespace tierwatch
