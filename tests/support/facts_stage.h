// SPDX-License-Identifier: MIT
//
// A snapshot, and what facts need beside it, put together a tier and a process at a time.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "analysis/facts/facts_builder.h"
#include "analysis/facts/tier_facts.h"

namespace tierwatch {

class FactsStage {
 public:
  FactsStage() {
    snapshot.interval = std::chrono::seconds(1);
    snapshot.host.processors = 4;
    snapshot.host.reading.cpu_numbers = {0, 1, 2, 3};
    sources.sockets_known = true;
    sources.somaxconn = 4096;
  }

  /// Adds a tier without processes and returns its index.
  std::uint16_t tier(std::string name, std::string preset, std::vector<RoleSample> roles) {
    snapshot.tiers.push_back({.name = name, .preset = preset, .roles = std::move(roles)});
    rules_.push_back({.name = std::move(name), .preset = std::move(preset)});
    sources.rules.push_back(&rules_.back());
    return static_cast<std::uint16_t>(snapshot.tiers.size() - 1);
  }

  /// Adds a living process of one thread. The reference holds until the next one is added.
  ProcessSample& process(std::uint16_t tier, std::uint16_t role, double cores = 0) {
    ProcessSample sample;
    sample.reading.id.pid = static_cast<pid_t>(100 + snapshot.processes.size());
    sample.reading.member = Membership{.tier = tier, .role = role};
    sample.reading.state = 'S';
    sample.reading.thread_count = 1;
    sample.cpu_cores = cores;
    sample.run_delay_cores = cores / 10;
    TierSample& of = snapshot.tiers[tier];
    for (GaugeSums* sums : {&of.sums, &of.roles[role].sums}) {
      ++sums->processes;
      ++sums->threads;
    }
    snapshot.processes.push_back(sample);
    return snapshot.processes.back();
  }

  /// Adds a listener of the tier whose queue was watched.
  ListenerReading& listener(std::uint16_t tier, std::string address) {
    ListenerSample sample;
    sample.reading.address = std::move(address);
    sample.reading.owner = SocketOwner{.tier = tier, .source = OwnerSource::kAddress};
    sample.queue_mean = sample.queued_ratio = sample.full_ratio = 0;
    snapshot.listeners.push_back(sample);
    return snapshot.listeners.back().reading;
  }

  EdgeReading& edge(std::optional<std::uint16_t> from, std::optional<std::uint16_t> to,
                    std::string peer, std::uint64_t connections) {
    EdgeReading edge{.to = to, .peer = std::move(peer), .connections = connections};
    if (from) edge.from = SocketOwner{.tier = *from, .source = OwnerSource::kDescriptor};
    snapshot.edges.push_back(edge);
    return snapshot.edges.back();
  }

  TierFacts facts(std::uint16_t tier) const {
    MainThreads main_threads;
    EndedChildren ended_children;
    main_threads.look(snapshot.processes);
    return TierFactsBuilder(snapshot, sources, {main_threads, ended_children}, tier).build();
  }

  TierCgroups cgroups(std::uint16_t tier) const {
    return TierFactsBuilder(snapshot, sources, {MainThreads(), EndedChildren()}, tier).cgroups();
  }

  TierRule& rule(std::uint16_t tier) { return rules_[tier]; }

  Snapshot snapshot;
  FactSources sources;

 private:
  std::deque<TierRule> rules_;  ///< stays where it is: sources point into it
};

inline RoleSample role(std::string name, RoleKind kind) {
  return {.name = std::move(name), .kind = kind};
}

inline std::vector<RoleSample> postgres_roles() {
  return {role("postmaster", RoleKind::kSupport), role("parallel-worker", RoleKind::kSyncWorker),
          role("backend", RoleKind::kSyncWorker)};
}

}  // namespace tierwatch
