// SPDX-License-Identifier: MIT
//
// The tiers of a snapshot as a look inside them needs them: which may be looked into, their
// processes, and where their connections lead. Pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "analysis/snapshot.h"

namespace tierwatch {

std::optional<std::size_t> tier_called(const Snapshot& snapshot, const std::string& name);

/// Processes of a tier, those with most work first. They live as long as the snapshot.
std::vector<const ProcessSample*> processes_of(const Snapshot& snapshot, std::size_t tier);

std::vector<ProcessId> ids_of(const std::vector<const ProcessSample*>& processes);

/// Whether its processes may run Python, for all that is known of its server.
bool may_be_python(const TierSample& tier);

/// The tiers that may run Python, those that use most CPU first.
std::vector<std::size_t> likely_python(const Snapshot& snapshot);

/// The tiers that may be looked into, whatever is in them, best first: the one that the verdict
/// names, then those that use most CPU. The load generator is none.
std::vector<std::size_t> likely_inside(const Snapshot& snapshot);

/// The tiers that listen where `peers` lead.
std::map<std::string, std::string> tiers_of_peers(const std::set<std::string>& peers,
                                                  const Snapshot& snapshot);

/// At most `most`: those that were looked at and are still there, then the first of the others, so
/// that they are not others each time.
std::vector<const ProcessSample*> steady_choice(const std::vector<const ProcessSample*>& processes,
                                                const std::set<ProcessId>& before,
                                                std::size_t most);

}  // namespace tierwatch
