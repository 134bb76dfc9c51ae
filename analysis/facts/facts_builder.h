// SPDX-License-Identifier: MIT
//
// From what was read to what the judge stands on: one JudgeInput per snapshot. Here it is settled
// which role serves, which cgroup limits a tier, whose a listener is.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/facts/cgroup_facts.h"
#include "analysis/facts/ended_children.h"
#include "analysis/facts/main_threads.h"
#include "analysis/snapshot.h"

namespace tierwatch {

/// What a snapshot does not hold and facts need.
struct FactSources {
  std::vector<const TierRule*> rules;  ///< of each of Snapshot::tiers
  std::vector<CgroupReading> cgroups;
  std::vector<ServerSettingsReading> settings;  ///< by index in Snapshot::tiers
  std::vector<DataSpaceReading> data_space;     ///< likewise
  std::optional<std::uint64_t> somaxconn, local_ports, tcp_sockets;  ///< as in Reading
  bool sockets_known = false;  ///< the snapshot's listeners and edges were read
  /// Of processes whose sockets may be told apart, sorted by id.
  std::vector<ProcessSocketsReading> process_sockets;

  /// Those of one process; null where they may not be told apart.
  const ProcessSocketsReading* sockets_of(const ProcessId& id) const;
};

class Instances;

/// Not thread-safe; remembers the counters of host and cgroups, and which threads serve.
class FactsBuilder {
 public:
  /// The facts of the interval that ends with `snapshot` (complete but for facts and verdict).
  JudgeInput build(const Snapshot& snapshot, const FactSources& sources);

 private:
  HostFacts host_facts(const Snapshot& snapshot, const Instances& instances);

  std::optional<HostReading> host_before_;
  CgroupFacts cgroups_;
  MainThreads main_threads_;
  EndedChildren ended_children_;
};

}  // namespace tierwatch
