// SPDX-License-Identifier: MIT
//
// What a recording holds, looked at from afar: its span and its gaps, the stretches of load in it,
// and who was full how often. Plain data, for `tierwatch history`.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/load/tier_activity.h"
#include "analysis/runs/run_findings.h"

namespace tierwatch {

/// One program that wrote: a daemon between start and stop, or one `record`.
struct HistorySession {
  std::chrono::system_clock::time_point begin{};
  std::optional<std::chrono::system_clock::time_point> end;  ///< absent: still writing, or killed
  std::string program, version, hostname;
  double interval_seconds = 0;
};

/// Where a recording lacks something, or its clock was set.
struct HistoryGap {
  std::chrono::system_clock::time_point at{};  ///< of the first tick after it
  std::string kind;                            ///< "not recorded", "restarted", "clock stepped"
  double seconds = 0;
};

/// A run that `record` wrote.
struct HistoryRun {
  std::string name, command;
  std::chrono::system_clock::time_point begin{};
  std::optional<std::chrono::system_clock::time_point> end;
  std::optional<std::int64_t> exit_status;
};

/// A stretch in which the tiers had much more to do than they mostly have: a run, perhaps.
struct LoadStretch {
  std::chrono::system_clock::time_point begin{}, end{};
  double mean_cores = 0, peak_cores = 0;  ///< of all tiers; of the busiest two seconds
  std::optional<TierResource> named{};    ///< what was full for the longest time in it
  double named_seconds = 0;
  double seconds() const;
};

/// The same thing was full, with pauses of half a minute at most.
struct VerdictEpisode {
  std::chrono::system_clock::time_point begin{}, end{};
  TierResource what;
  double full_seconds = 0;  ///< without the pauses
};

struct EpisodeSum {
  TierResource what;
  std::size_t times = 0;
  double full_seconds = 0;
  std::chrono::system_clock::time_point last{};
};

struct HistoryOverview {
  std::string file;
  std::string option;            ///< that names it to `report`; empty: not needed
  std::uint64_t size_bytes = 0;  ///< with what SQLite keeps beside it
  std::optional<std::chrono::system_clock::time_point> oldest, newest;  ///< absent: no tick at all
  std::size_t ticks = 0;
  std::uint64_t dropped_ticks = 0;
  double covered_seconds = 0;  ///< by ticks
  std::vector<HistorySession> sessions;
  bool grows = false;     ///< it was written to a moment ago
  bool windowed = false;  ///< only a part of it was asked for
  std::vector<HistoryGap> gaps;
  std::vector<HistoryRun> runs;
  std::vector<LoadStretch> stretches;
  std::vector<VerdictEpisode> episodes;
  std::vector<EpisodeSum> sums;  ///< of episodes, longest first
  std::vector<RunMark> marks;
};

/// Stretches of at least ten seconds in which the tiers used three times as much CPU as in the
/// tenth of the time in which they used least, and a tenth of a core more; lulls of half a minute
/// belong to them. In order of time; without `named`. Pure, linear but for one sort.
std::vector<LoadStretch> find_load_stretches(std::span<const TierActivity> activity);

/// Takes the verdict of each tick in order of time; holds no more than the episodes.
class EpisodeTally {
 public:
  void add(const VerdictSpan& tick);
  std::vector<VerdictEpisode> take() { return std::move(episodes_); }

 private:
  std::vector<VerdictEpisode> episodes_;
};

/// Longest first.
std::vector<EpisodeSum> sums_of(std::span<const VerdictEpisode> episodes);

/// Sets what was full for the longest time in each stretch. Both in order of time.
void name_stretches(std::span<const VerdictEpisode> episodes, std::vector<LoadStretch>& stretches);

}  // namespace tierwatch
