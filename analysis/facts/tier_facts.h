// SPDX-License-Identifier: MIT
//
// The facts of one tier out of one snapshot; what control groups tell is added by CgroupFacts.
#pragma once

#include <map>
#include <vector>

#include "analysis/facts/facts_builder.h"
#include "analysis/facts/main_threads.h"
#include "collectors/servers/server_traits.h"

namespace tierwatch {

class TierFactsBuilder {
 public:
  /// Looks at Snapshot::tiers[index]. The references must outlive it.
  TierFactsBuilder(const Snapshot& snapshot, const FactSources& sources,
                   const MainThreads& main_threads, std::size_t index);

  TierFacts build() const;

  TierCgroups cgroups() const;

 private:
  bool serves(const ProcessSample& process) const;
  void add_processes(TierFacts& facts) const;
  void add_hottest(TierFacts& facts) const;
  void add_affinity(TierFacts& facts) const;
  void add_routers(TierFacts& facts) const;
  void add_pool(TierFacts& facts) const;
  void add_instances(TierFacts& facts) const;
  void add_listeners(TierFacts& facts) const;
  std::optional<double> busy_workers() const;
  void add_peers(TierFacts& facts) const;
  void add_waits(TierFacts& facts) const;
  bool is_client_of(const EdgeReading& edge) const;
  std::optional<double> connections() const;
  void add_client_limits(TierFacts& facts) const;

  // tier_facts_servers.cpp
  struct ServerValue {
    pid_t server = 0;
    double value = 0;
  };
  std::optional<std::vector<ServerValue>> settings(
      std::optional<std::uint64_t> ServerSettingsReading::*which) const;
  std::optional<double> most_workers() const;
  std::optional<double> connections_by_backlog() const;
  std::optional<double> usable_connections(const std::map<pid_t, double>& backends) const;
  void add_backends(TierFacts& facts) const;
  std::optional<double> connections_of(const ProcessSample& process) const;
  void add_connection_table(TierFacts& facts) const;

  const Snapshot& snapshot_;
  const FactSources& sources_;
  const MainThreads& main_threads_;
  std::size_t index_;
  const TierSample& tier_;
  const TierRule& rule_;
  const ServerTraits& traits_;
  std::optional<std::size_t> role_;               ///< the one that serves, in TierSample::roles
  std::vector<const ProcessSample*> processes_;   ///< of the tier, zombies left out
  std::vector<const ListenerSample*> listeners_;  ///< of the tier
};

}  // namespace tierwatch
