// SPDX-License-Identifier: MIT
//
// What must be true of every snapshot, whatever happened to the machine.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "analysis/snapshot.h"

namespace tierwatch {

/// What the machine knows of the time between two readings.
struct ChurnTruth {
  nanoseconds budget{};  ///< processor time that there was
  nanoseconds late{};    ///< CPU of before that came to light only now
  nanoseconds slack{};   ///< how far sums may be off, for times are told in steps
  nanoseconds used_since_first{};
};

class ChurnChecks {
 public:
  /// All rules that `now` breaks, in words; the snapshots must follow each other.
  std::vector<std::string> look(const Snapshot& now, const ChurnTruth& truth);
  /// Before the first snapshot by these rules. Tiers that leave them take their totals with them.
  void rules_changed(const TierRules& rules);

 private:
  void say(bool holds, const std::string& what);
  void totals_rise(const Snapshot& now);
  void cpu_is_there(const Snapshot& now, const ChurnTruth& truth);
  void rates_have_two_points(const Snapshot& now);
  void absent_is_not_zero(const Snapshot& now);
  void shares_are_shares(const Snapshot& now);
  void verdict_is_of_tiers(const Snapshot& now);
  void keep(const Snapshot& now);

  std::vector<std::string> broken_;
  std::optional<Snapshot> before_;
  std::set<std::string> rules_;  ///< names of tiers that were watched at the snapshot before
  std::map<std::string, CounterTotals> first_;  ///< by tier: when it was first shown
  nanoseconds left_{};                          ///< counted by tiers that are no longer there
  std::set<std::string> new_rules_;             ///< names that were not there before
  std::map<std::string, double> gone_for_;      ///< seconds without a process, by tier
  nanoseconds used_at_first_{};
};

}  // namespace tierwatch
