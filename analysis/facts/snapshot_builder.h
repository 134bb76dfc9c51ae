// SPDX-License-Identifier: MIT
//
// Readings in, snapshots out: rates between two readings, and per tier and role totals that never
// fall.
#pragma once

#include <map>
#include <string>

#include "analysis/facts/facts_builder.h"
#include "analysis/facts/listener_rates.h"
#include "analysis/facts/process_ledger.h"
#include "analysis/facts/process_rates.h"
#include "analysis/snapshot.h"

namespace tierwatch {

/// Not thread-safe. Memory is bounded by the number of living processes plus tiers × roles.
class SnapshotBuilder {
 public:
  /// `rules` are those by which the readings were matched; copied.
  explicit SnapshotBuilder(TierRules rules) : rules_(std::move(rules)) {}

  /// The next snapshot, complete but for `self` and the verdict. `reading.at.monotonic` never goes
  /// back; where it stands still, rates are absent. Costs about a microsecond per process.
  Snapshot build(Reading reading);

  /// New rules after a reload: tiers and roles that keep their names keep their totals; new ones
  /// start at zero, and the time before does not count for them.
  void set_rules(TierRules rules);

 private:
  /// Of which figures there are two points, of one process at least.
  struct Known {
    bool cpu = false, threads = false, io = false;
    bool alive = false;  ///< there is a process; of nobody the growth is known: none

    void add(const Known& other);
    std::optional<Rates> of(const std::optional<Rates>& rates) const;
  };
  struct RoleState {
    CounterTotals before;  ///< at the snapshot before
    CounterTotals totals;
    bool seen = false;  ///< has had a process
    Known known;        ///< of its growth since the snapshot before
  };
  struct TierState {
    std::map<std::string, RoleState> roles;
    bool fresh = true;  ///< not in any snapshot yet: no rates
  };

  std::vector<RoleState*> role_states(const TierRule& rule);
  void count(const Reading& reading, const std::vector<ProcessGrowth>& growth);
  std::vector<TierSample> tier_samples(std::vector<ProcessSample>& processes, nanoseconds elapsed);
  void add_sockets(SocketReading sockets, nanoseconds elapsed, Snapshot& snapshot,
                   FactSources& sources);
  TierSample tier_sample(std::size_t index, nanoseconds elapsed);
  RoleSample role_sample(const TierRule& tier, std::size_t index, TierState& state,
                         nanoseconds elapsed);

  TierRules rules_;
  ProcessLedger ledger_;
  std::map<std::string, TierState> tiers_;
  /// Where a tier of the rules stands in the snapshot being built; absent while it is not shown.
  std::vector<std::optional<std::uint16_t>> places_;
  ListenerRates listeners_;
  FactsBuilder facts_;
  std::optional<HostReading> previous_host_;
  std::optional<Instant> previous_;
  unsigned processors_ = 0;  ///< the last that could be read
  /// Processes of no tier: their last rates, as they are read less often.
  std::vector<OutsiderRate> outsiders_;
  std::uint64_t sequence_ = 0;
};

}  // namespace tierwatch
