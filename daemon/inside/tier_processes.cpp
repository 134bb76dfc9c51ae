// SPDX-License-Identifier: MIT
#include "daemon/inside/tier_processes.h"

#include <algorithm>

#include "analysis/runs/demand.h"
#include "collectors/servers/servers.h"

namespace tierwatch {
namespace {

double cores_of(const TierSample& tier) { return tier.rates ? tier.rates->cpu_cores : 0; }

bool may_be_inside(const TierSample& tier) {
  return tier.name != kGeneratorTier &&
         (may_be_python(tier) || traits_of(tier.preset).statements_in_memory);
}

/// With a process, most CPU first.
std::vector<std::size_t> tiers_that(const Snapshot& snapshot, bool (*may_be)(const TierSample&)) {
  std::vector<std::size_t> tiers;
  for (std::size_t i = 0; i < snapshot.tiers.size(); ++i)
    if (may_be(snapshot.tiers[i]) && snapshot.tiers[i].sums.processes > 0) tiers.push_back(i);
  std::ranges::stable_sort(tiers, std::ranges::greater{},
                           [&](std::size_t i) { return cores_of(snapshot.tiers[i]); });
  return tiers;
}

}  // namespace

bool may_be_python(const TierSample& tier) {
  return tier.preset.empty() || traits_of(tier.preset).interpreter_lock;
}

std::optional<std::size_t> tier_called(const Snapshot& snapshot, const std::string& name) {
  for (std::size_t i = 0; i < snapshot.tiers.size(); ++i)
    if (snapshot.tiers[i].name == name) return i;
  return std::nullopt;
}

std::vector<const ProcessSample*> processes_of(const Snapshot& snapshot, std::size_t tier) {
  std::vector<const ProcessSample*> found;
  for (const ProcessSample& process : snapshot.processes) {
    if (process.reading.member && process.reading.member->tier == tier) found.push_back(&process);
  }
  std::ranges::stable_sort(found, std::ranges::greater{}, [](const ProcessSample* process) {
    return process->cpu_cores.value_or(0);
  });
  return found;
}

std::vector<ProcessId> ids_of(const std::vector<const ProcessSample*>& processes) {
  std::vector<ProcessId> ids;
  for (const ProcessSample* process : processes) ids.push_back(process->reading.id);
  return ids;
}

std::vector<std::size_t> likely_python(const Snapshot& snapshot) {
  return tiers_that(snapshot, may_be_python);
}

std::vector<std::size_t> likely_inside(const Snapshot& snapshot) {
  std::vector<std::size_t> tiers = tiers_that(snapshot, may_be_inside);
  if (const auto named = snapshot.verdict.named())
    std::ranges::stable_partition(
        tiers, [&](std::size_t i) { return snapshot.tiers[i].name == named->tier; });
  return tiers;
}

std::map<std::string, std::string> tiers_of_peers(const std::set<std::string>& peers,
                                                  const Snapshot& snapshot) {
  std::map<std::string, std::string> tiers;
  for (const ListenerSample& listener : snapshot.listeners) {
    const ListenerReading& at = listener.reading;
    if (!at.owner || at.owner->tier >= snapshot.tiers.size() || !at.network.empty()) continue;
    const std::string& name = snapshot.tiers[at.owner->tier].name;
    tiers.emplace(at.address, name);
    const bool any = at.address.starts_with("0.0.0.0:") || at.address.starts_with("[::]:");
    const std::string port = ":" + std::to_string(at.port);
    for (const std::string& peer : peers) {
      const bool own = peer == "127.0.0.1" + port || peer == "[::1]" + port;
      if (any && own) tiers.emplace(peer, name);
    }
  }
  std::erase_if(tiers, [&](const auto& entry) { return !peers.contains(entry.first); });
  return tiers;
}

std::vector<const ProcessSample*> steady_choice(const std::vector<const ProcessSample*>& processes,
                                                const std::set<ProcessId>& before,
                                                std::size_t most) {
  std::vector<const ProcessSample*> chosen = processes;
  if (chosen.size() <= most) return chosen;
  std::ranges::stable_partition(
      chosen, [&](const ProcessSample* process) { return before.contains(process->reading.id); });
  chosen.resize(most);
  return chosen;
}

}  // namespace tierwatch
