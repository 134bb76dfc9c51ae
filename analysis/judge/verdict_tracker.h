// SPDX-License-Identifier: MIT
//
// From ticks to a verdict that lasts: keeps a window of facts, names something only when it held
// over the window, still holds now and was found twice, and counts how long what was full.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "analysis/judge_input.h"
#include "analysis/thresholds.h"
#include "analysis/verdict.h"

namespace tierwatch {

/// How long something must last.
struct SustainOptions {
  double window_seconds = 5;     ///< at least one tick, however long that is
  double confirm_seconds = 0.5;  ///< between the first and the last of two equal findings
  double newest_seconds = 1;     ///< the end of the window, which must agree
  double hot_share = 0.7;        ///< of the window's ticks must each be hot: two seconds are not
};

/// Not thread-safe. Has no clock: time is what the samples say they took.
class VerdictTracker {
 public:
  explicit VerdictTracker(ThresholdTable thresholds = {}, SustainOptions sustain = {});

  /// Takes the facts of one tick and returns the verdict now in force. Samples must follow each
  /// other without a gap; one without a length changes nothing, one of more than a minute (the
  /// machine slept) begins anew: nothing is known. A tier that is watched no more is not named.
  /// Cost: two to four judgements, some 100 µs.
  const Verdict& add(JudgeInput sample);

  /// The verdict in force; `unknown` until the first window is full and was judged twice.
  const Verdict& current() const { return said_; }

  /// Verdicts that became another (state, tier or resource) since start. Never falls.
  std::uint64_t changes() const { return changes_; }

  /// Seconds for which each resource of each tier was hot, tick by tick, since start: short bursts
  /// that are no verdict are in here. Never falls; only what was hot once has an entry.
  const std::map<TierResource, double>& saturated_seconds() const { return saturated_seconds_; }

  /// Judges by other thresholds from the next sample on; the window and all counts stay.
  void set_thresholds(ThresholdTable thresholds) { thresholds_ = std::move(thresholds); }

 private:
  struct Sample {
    JudgeInput facts;
    HotSet hot;  ///< in this tick alone
  };

  const Verdict& say();
  void begin();
  bool tells_of_strangers() const;
  void leave_strangers();
  void count(const JudgeInput& facts);
  void keep(JudgeInput facts);
  void remember_kills(const JudgeInput& facts);
  void tell_kills(Verdict& found) const;
  double window_seconds() const;
  JudgeInput mean_of_newest(double seconds) const;
  Verdict judge_window();
  std::optional<Verdict> agreed(const Verdict& found) const;
  void decide(Verdict found, double seconds);
  void adopt(Verdict found);
  double hot_share(const TierResource& what) const;
  double lasted(const Verdict& verdict) const;

  ThresholdTable thresholds_;
  SustainOptions sustain_;
  std::deque<Sample> window_;
  HotSet tick_hot_, window_hot_;
  std::map<std::string, double> since_kill_;  ///< by tier, seconds; none of long ago
  Verdict current_;                           ///< names servers
  Verdict said_;                              ///< the same, names tiers
  std::optional<Verdict> next_;               ///< found once, not yet confirmed
  double next_seconds_ = 0;                   ///< since it was first found
  std::uint64_t changes_ = 0;
  std::map<TierResource, double> saturated_seconds_;
};

}  // namespace tierwatch
