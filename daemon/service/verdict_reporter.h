// SPDX-License-Identifier: MIT
//
// One log line whenever the verdict becomes another: not one per tick.
#pragma once

#include <optional>
#include <string>

#include "analysis/verdict.h"

namespace tierwatch {

/// Not thread-safe.
class VerdictReporter {
 public:
  /// The line to log for the verdict of this tick; absent when nothing changed. The first verdict
  /// is told only when something is full.
  std::optional<std::string> report(const Verdict& verdict);

 private:
  VerdictState state_ = VerdictState::kUnknown;
  std::optional<TierResource> named_;
  bool first_ = true;  ///< nothing is known to have been otherwise
};

}  // namespace tierwatch
