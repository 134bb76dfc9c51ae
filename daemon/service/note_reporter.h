// SPDX-License-Identifier: MIT
//
// Says on the log what cannot be seen: each kind of note once, and again when it comes back after a
// while; never anew because a number in it changed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "collectors/reading.h"

namespace tierwatch {

class NoteReporter {
 public:
  /// Those of this tick's notes that are to be logged.
  std::vector<std::string> report(const std::vector<std::string>& notes, nanoseconds now);

  /// A kind that was absent for longer is said again.
  static constexpr nanoseconds kQuiet = std::chrono::minutes(10);

 private:
  std::map<std::string, nanoseconds> last_seen_;  ///< by kind
};

}  // namespace tierwatch
