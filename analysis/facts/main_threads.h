// SPDX-License-Identifier: MIT
//
// Whether a process with several threads does its work in the main one, as an event loop with a few
// helpers does (gevent looks up names in ten of them), or in the others, as a pool does.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "analysis/snapshot.h"

namespace tierwatch {

/// Not thread-safe. Remembers each process for as long as it lives: one that has all its threads
/// wait for something does too little work to tell, and is what it was before.
class MainThreads {
 public:
  /// Takes the tiers' processes of one tick.
  void look(const std::vector<ProcessSample>& processes);

  /// Absent for processes of one thread, and while there has been no tick with enough work.
  std::optional<bool> do_the_work(const ProcessId& process) const;

 private:
  std::map<ProcessId, bool> told_;
};

}  // namespace tierwatch
