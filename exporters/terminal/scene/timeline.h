// SPDX-License-Identifier: MIT
//
// The verdicts of an hour and people's marks, for the strip under the first line.
#pragma once

#include <vector>

#include "exporters/verdict_stretch.h"

namespace tierwatch {

using WallMoment = std::chrono::system_clock::time_point;

/// Not thread-safe.
struct Timeline {
  static constexpr std::chrono::hours kLength{1};

  std::deque<VerdictStretch> spans;  ///< in the order of time
  std::vector<TimedNote> marks;      ///< the same
  bool operator==(const Timeline&) const = default;

  /// The newest snapshot; what is older than kLength before it is forgotten.
  void add(const Snapshot& snapshot);
  /// What somebody else has seen: of its verdicts only those before the first one here, of its
  /// marks those that are not here yet.
  void recall(Timeline older);
};

/// What a piece of time was like: its worst moment counts, so that nothing short is hidden.
enum class StripState : std::uint8_t { kNothing, kUnknown, kClear, kFull };

struct StripPiece {
  StripState state = StripState::kNothing;  ///< nothing: nobody watched
  bool mark = false;
};

/// The time from `begin` on, cut into so many pieces of equal length.
std::vector<StripPiece> strip_pieces(const Timeline& timeline, WallMoment begin,
                                     std::chrono::nanoseconds length, std::size_t pieces);

}  // namespace tierwatch
