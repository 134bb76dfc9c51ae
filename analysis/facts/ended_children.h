// SPDX-License-Identifier: MIT
//
// CPU of children that a process has waited for, between two snapshots: who forks for each client
// shows there what its children did that came and went unseen.
#pragma once

#include <optional>
#include <vector>

#include "analysis/snapshot.h"

namespace tierwatch {

/// Not thread-safe; remembers the counters of the snapshot before.
class EndedChildren {
 public:
  /// `processes` are sorted by pid, as those of a snapshot are.
  void look(const std::vector<ProcessSample>& processes, nanoseconds interval);

  /// Cores over the last interval. Absent of a process that was not there before.
  std::optional<double> cores_of(const ProcessId& process) const;

 private:
  struct Seen {
    ProcessId id;
    nanoseconds total{};
    std::optional<double> cores;
  };
  std::vector<Seen> seen_;    ///< sorted
  std::vector<Seen> before_;  ///< kept for its memory
};

}  // namespace tierwatch
