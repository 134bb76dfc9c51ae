// SPDX-License-Identifier: MIT
//
// `tierwatch verdict`: the sentence and what stands behind it, for people and scripts, from a
// running daemon or from some seconds of looking itself.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>

#include "daemon/feeds/top_feed.h"
#include "daemon/sources/feed_source.h"

namespace tierwatch {

struct VerdictOptions : SourceOptions {
  bool json = false;
  bool watch = false;  ///< a line whenever it changes, until interrupted
  /// How long to wait until it is known; absent: as long as that takes when sampling here, not at
  /// all when a daemon has been watching.
  std::optional<std::chrono::milliseconds> wait;
};

/// Exit statuses that scripts decide on; 1 and 2 are those of all commands.
inline constexpr int kNothingFull = 0, kTierFull = 3, kNotEnoughData = 4;

/// What the command needs of the world around it.
struct VerdictSurroundings {
  TopFeed& feed;
  std::function<nanoseconds()> now;              ///< CLOCK_MONOTONIC
  std::function<bool(nanoseconds)> sleep_until;  ///< false: interrupted
  std::ostream& out;
  std::ostream& errors;  ///< for trouble on the way
};

/// Asks the feed until the verdict is known, time is up or somebody interrupts; returns the exit
/// status. Throws std::runtime_error when the feed gives nothing at all.
int follow_verdict(const VerdictOptions& options, const VerdictSurroundings& surroundings);

/// The same on this machine. Throws ConfigError, too.
int run_verdict(const VerdictOptions& options, std::ostream& out, std::ostream& errors);

}  // namespace tierwatch
