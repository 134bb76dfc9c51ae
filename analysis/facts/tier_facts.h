// SPDX-License-Identifier: MIT
//
// The facts of one tier out of one snapshot; what control groups tell is added by CgroupFacts.
#pragma once

#include <map>
#include <vector>

#include "analysis/facts/facts_builder.h"
#include "analysis/facts/instances.h"
#include "analysis/facts/main_threads.h"
#include "collectors/servers/server_traits.h"

namespace tierwatch {

/// What is known of processes from the snapshots before.
struct RememberedProcesses {
  const MainThreads& main_threads;
  const EndedChildren& ended_children;
  /// Connections that our own network namespace lost in this interval (TcpExt ListenDrops): its
  /// listeners can have lost no more, but count handshakes that TCP_DEFER_ACCEPT puts off, too
  /// (tcp_minisocks.c). Those of other namespaces have been compared with theirs already.
  std::optional<double> host_drops;
  /// Threads of all processes of each user.
  std::map<uid_t, double> threads_of_users{};
};

class TierFactsBuilder {
 public:
  /// Looks at Snapshot::tiers[index]. The references must outlive it.
  TierFactsBuilder(const Snapshot& snapshot, const FactSources& sources, RememberedProcesses memory,
                   std::size_t index);

  /// Of one of its servers alone, calling others likewise.
  TierFactsBuilder(const Snapshot& snapshot, const FactSources& sources, RememberedProcesses memory,
                   std::size_t index, const Instances& all, const Instance& one);

  /// The whole tier, calling servers of others by their names in `all`.
  TierFactsBuilder(const Snapshot& snapshot, const FactSources& sources, RememberedProcesses memory,
                   std::size_t index, const Instances& all);

  TierFacts build() const;

  TierCgroups cgroups() const;

 private:
  TierFactsBuilder(const Snapshot& snapshot, const FactSources& sources, RememberedProcesses memory,
                   std::size_t index, const Instances* all, const Instance* one);
  bool serves(const ProcessSample& process) const;
  bool is_stopped() const;
  bool is_single() const;
  bool may_have_listeners() const;
  std::optional<double> most_at_work() const;
  bool is_here(pid_t pid) const;
  bool holds_two() const;
  std::string name_of_target(const EdgeReading& edge) const;
  void add_sums(TierFacts& facts) const;
  void add_sums_of_one(TierFacts& facts) const;
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
  bool asks(std::uint16_t client, std::uint16_t server) const;
  bool may_be_from(const EdgeReading& edge, std::uint16_t tier) const;
  bool may_be_of_another(const EdgeReading& edge) const;
  std::vector<WaitFacts> awaited(bool pool, bool certain) const;
  static bool has_router(const TierSample& tier);
  static void add_way(const EdgeReading& edge, PeerFacts& peer);
  std::optional<double> connections() const;
  std::optional<double> owed() const;
  std::optional<double> owed_by_unix() const;
  std::optional<double> of_tcp(std::optional<std::uint64_t> ListenerReading::*field) const;
  std::optional<double> all_unread() const;
  bool read_next() const;
  bool all_are_at_work() const;
  void add_client_limits(TierFacts& facts) const;

  // tier_facts_servers.cpp
  struct ServerValue {
    pid_t server = 0;
    double value = 0;
  };
  std::optional<std::vector<ServerValue>> settings(
      std::optional<std::uint64_t> ServerSettingsReading::*which) const;
  std::optional<double> most_workers() const;
  bool parks_connections() const;
  std::optional<double> connections_by_backlog() const;
  std::optional<double> usable_connections(const std::map<pid_t, double>& backends) const;
  std::optional<double> ended_cores() const;
  bool hides_overrides() const;
  void add_backends(TierFacts& facts) const;
  void add_data_memory(TierFacts& facts) const;
  void add_tasks(TierFacts& facts) const;
  void add_space(TierFacts& facts) const;
  std::optional<double> connections_of(const ProcessSample& process) const;
  void add_connection_table(TierFacts& facts) const;

  const Snapshot& snapshot_;
  const FactSources& sources_;
  RememberedProcesses memory_;
  std::size_t index_;
  const Instances* instances_ = nullptr;  ///< null: tiers are looked at whole
  const Instance* one_ = nullptr;         ///< the one that is looked at; null: all of the tier
  const TierSample& tier_;
  const TierRule& rule_;
  const ServerTraits& traits_;
  std::optional<std::size_t> role_;               ///< the one that serves, in TierSample::roles
  std::vector<const ProcessSample*> processes_;   ///< of the tier, zombies left out
  std::vector<const ListenerSample*> listeners_;  ///< of the tier
  bool listeners_known_ = true;                   ///< it may have no others
};

}  // namespace tierwatch
