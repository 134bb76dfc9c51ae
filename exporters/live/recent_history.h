// SPDX-License-Identifier: MIT
//
// What the live page draws over time: the verdicts and marks of the last hours and the tiers of the
// last minutes. Bounded, whatever happens; each sample is written as JSON once, and copied to all
// who ask.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/snapshot.h"
#include "exporters/verdict_stretch.h"

namespace tierwatch {

/// Thread-safe.
class RecentHistory {
 public:
  static constexpr std::chrono::hours kSpan{6};
  static constexpr std::size_t kMostSpans = 2000, kMostNotes = 500, kLongestNote = 500;
  /// Of samples: ten minutes of them once a second.
  static constexpr std::size_t kMostTicks = 600, kMostTickBytes = 4u << 20;

  /// A sample, newer than those before.
  void add(const Snapshot& snapshot);
  void add(TimedNote note);
  /// What was before the first sample, from a recording, in the order of time. To be called once.
  void prepend(std::deque<VerdictStretch> spans, std::vector<TimedNote> notes);

  /// The document of /api/v1/recent (docs/api.md). `after`: only what is new or changed since the
  /// sample of that number; 0, or a number that has not come yet, means all. `problem`: why the
  /// newest sample is late. Samples are most of it: `ticks` says whether they are wanted.
  std::string json(std::uint64_t after, const std::optional<std::string>& problem = {},
                   bool ticks = true) const;

 private:
  struct Tick {
    std::uint64_t sequence = 0;
    std::string json;
  };
  struct Note {
    TimedNote is;
    std::uint64_t came = 0;
  };
  void forget_old(std::chrono::system_clock::time_point now);

  mutable std::mutex mutex_;  ///< guards all that follow
  std::deque<Tick> ticks_;
  std::size_t tick_bytes_ = 0;
  std::deque<VerdictStretch> spans_;
  std::deque<std::uint64_t> changed_;  ///< of each span: the sample since which it is as it is
  std::deque<Note> notes_;
  std::uint64_t newest_ = 0;
  std::chrono::system_clock::time_point first_at_{};
  std::string hostname_;
  nanoseconds interval_{};  ///< of the newest sample
};

}  // namespace tierwatch
