// SPDX-License-Identifier: MIT
//
// Verdicts over time as stretches, and people's notes beside them: for the live page, the strip of
// the terminal view, and the reader of recordings.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>

#include "analysis/snapshot.h"

namespace tierwatch {

/// A stretch of time with one verdict.
struct VerdictStretch {
  std::chrono::system_clock::time_point begin{}, end{};
  VerdictState state = VerdictState::kUnknown;
  std::optional<TierResource> named;  ///< while something is full
  bool operator==(const VerdictStretch&) const = default;
};

/// A person's note, with the time it was made at.
struct TimedNote {
  std::chrono::system_clock::time_point at{};
  std::string text;
  bool operator==(const TimedNote&) const = default;
};

/// The interval of a snapshot.
VerdictStretch stretch_of(const Snapshot& snapshot);

/// Adds a tick, whose interval ended at `at`, to spans in the order of time: to the last one when
/// it goes on there.
void add_verdict_tick(std::deque<VerdictStretch>& spans, const VerdictStretch& tick);

}  // namespace tierwatch
