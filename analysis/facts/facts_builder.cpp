// SPDX-License-Identifier: MIT
#include "analysis/facts/facts_builder.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "analysis/facts/tier_facts.h"

namespace tierwatch {
namespace {

constexpr std::size_t kForeignPrograms = 5;
constexpr double kWorthMentioning = 0.02;  ///< cores

double seconds(nanoseconds time) { return std::chrono::duration<double>(time).count(); }

std::optional<double> rise(const std::optional<std::uint64_t>& before,
                           const std::optional<std::uint64_t>& now) {
  if (!before || !now || *now < *before) return std::nullopt;
  return static_cast<double>(*now - *before);
}

std::vector<ForeignProgram> foreign_programs(const std::vector<ProcessSample>& processes) {
  struct Processes {
    const ProcessSample* hottest = nullptr;
    double cores = 0;
  };
  std::map<std::string_view, Processes> by_name;
  for (const ProcessSample& process : processes) {
    if (process.reading.member || process.cpu_cores.value_or(0) <= 0) continue;
    auto& [hottest, cores] = by_name[process.reading.comm];
    cores += *process.cpu_cores;
    if (!hottest || *process.cpu_cores > *hottest->cpu_cores) hottest = &process;
  }
  std::vector<ForeignProgram> all;
  for (const auto& [name, of_it] : by_name)
    if (of_it.cores >= kWorthMentioning)
      all.push_back({of_it.hottest->reading.id.pid, std::string(name), of_it.cores});
  std::ranges::stable_sort(all, std::ranges::greater{}, &ForeignProgram::cores);
  if (all.size() > kForeignPrograms) all.resize(kForeignPrograms);
  return all;
}

std::vector<DiskFacts> disk_facts(const std::vector<DiskReading>& before,
                                  const std::vector<DiskReading>& now, nanoseconds elapsed) {
  std::vector<DiskFacts> disks;
  for (const DiskReading& disk : now) {
    const auto then = std::ranges::find(before, disk.name, &DiskReading::name);
    if (then == before.end() || elapsed <= nanoseconds{}) continue;
    if (disk.busy < then->busy || disk.queued < then->queued) continue;  // its counter wrapped
    disks.push_back(
        {.name = disk.name,
         .busy_ratio = std::min(1.0, seconds(disk.busy - then->busy) / seconds(elapsed)),
         .queue = seconds(disk.queued - then->queued) / seconds(elapsed)});
  }
  return disks;
}

/// Only where a tier opens connections over TCP: nobody else's ports are of interest.
std::optional<LimitFacts> local_ports(const Snapshot& snapshot, const FactSources& sources) {
  if (!sources.local_ports || !sources.tcp_sockets) return std::nullopt;
  const bool leaves = std::ranges::any_of(snapshot.edges, [](const EdgeReading& edge) {
    return (edge.from || !edge.from_one_of.empty()) && !edge.peer.starts_with('/') &&
           !edge.peer.starts_with('@');
  });
  if (!leaves) return std::nullopt;
  return LimitFacts{.used = static_cast<double>(*sources.tcp_sockets),
                    .limit = static_cast<double>(*sources.local_ports)};
}

}  // namespace

HostFacts FactsBuilder::host_facts(const Snapshot& snapshot) {
  const HostSample& host = snapshot.host;
  HostFacts facts{.processors = static_cast<double>(host.processors),
                  .busy_cores = {},
                  .steal_cores = {},
                  .cpu_pressure_ratio = host.cpu_pressure_ratio,
                  .memory_pressure_ratio = host.memory_pressure_ratio,
                  .io_pressure_ratio = host.io_pressure_ratio,
                  .memory_total_bytes = {},
                  .memory_available_bytes = {},
                  .oom_kills = {},
                  .foreign = foreign_programs(snapshot.processes),
                  .disks = {},
                  .local_ports = {}};
  if (host.cpu) {
    facts.busy_cores = host.cpu->busy();
    facts.steal_cores = host.cpu->steal;
  }
  if (const auto& memory = host.reading.memory) {
    facts.memory_total_bytes = static_cast<double>(memory->total_bytes);
    facts.memory_available_bytes = static_cast<double>(memory->available_bytes);
  }
  if (host_before_) {
    facts.oom_kills = rise(host_before_->oom_kills, host.reading.oom_kills);
    facts.disks = disk_facts(host_before_->disks, host.reading.disks, snapshot.interval);
  }
  host_before_ = host.reading;
  return facts;
}

void FactsBuilder::bound_drops(std::optional<double> host_drops, std::vector<TierFacts>& tiers) {
  if (!host_drops) return;
  for (TierFacts& tier : tiers) {
    if (!tier.listeners) continue;
    for (ListenerFacts& listener : *tier.listeners)
      if (listener.drops) listener.drops = std::min(*listener.drops, *host_drops);
  }
}

JudgeInput FactsBuilder::build(const Snapshot& snapshot, const FactSources& sources) {
  const auto drops = host_before_
                         ? rise(host_before_->listen_drops, snapshot.host.reading.listen_drops)
                         : std::nullopt;
  JudgeInput input{
      .seconds = seconds(snapshot.interval), .host = host_facts(snapshot), .tiers = {}, .load = {}};
  input.host.local_ports = local_ports(snapshot, sources);
  std::vector<TierCgroups> cgroups;
  main_threads_.look(snapshot.processes);
  for (std::size_t i = 0; i < snapshot.tiers.size(); ++i) {
    TierFactsBuilder tier(snapshot, sources, main_threads_, i);
    cgroups.push_back(tier.cgroups());
    input.tiers.push_back(tier.build());
  }
  bound_drops(drops, input.tiers);
  cgroups_.fill(sources.cgroups, cgroups, input.seconds, input.tiers);
  return input;
}

}  // namespace tierwatch
