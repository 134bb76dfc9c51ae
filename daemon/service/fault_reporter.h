// SPDX-License-Identifier: MIT
//
// Says on the log what cannot be read: once when it begins, once when it has ended, never at each
// tick.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "collectors/reading.h"

namespace tierwatch {

class FaultReporter {
 public:
  /// Lines to log, given the counts of this tick: for each kind of fault that began (or came back
  /// after `kQuiet` without one). Gone processes are no fault and stay unsaid.
  std::vector<std::string> report(const FaultCounts& counts, nanoseconds now);

  static constexpr nanoseconds kQuiet = std::chrono::minutes(10);

 private:
  struct Seen {
    std::uint64_t count = 0;
    nanoseconds last{};
  };
  std::map<FaultCounts::key_type, Seen> seen_;
};

}  // namespace tierwatch
