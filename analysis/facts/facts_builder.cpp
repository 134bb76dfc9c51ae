// SPDX-License-Identifier: MIT
#include "analysis/facts/facts_builder.h"

#include <algorithm>
#include <map>
#include <string>

#include "analysis/facts/instances.h"
#include "analysis/facts/tier_facts.h"
#include "collectors/seconds.h"

namespace tierwatch {
namespace {

constexpr std::size_t kForeignPrograms = 5;
constexpr std::size_t kUnownedListeners = 4;
constexpr double kWorthMentioning = 0.02;  ///< cores
constexpr double kNearItsSpeed = 0.9;      ///< of a link: no shaper holds it back

std::optional<double> rise(const std::optional<std::uint64_t>& before,
                           const std::optional<std::uint64_t>& now) {
  if (!before || !now || *now < *before) return std::nullopt;
  return static_cast<double>(*now - *before);
}

/// Absent: it is of a tier.
std::optional<std::string> foreign_name(const ProcessReading& process, const Instances& instances) {
  if (!process.member) return process.comm;
  if (!instances.is_impostor(*process.member)) return std::nullopt;
  return process.comm + " (user " + process.user + ")";
}

std::vector<ForeignProgram> foreign_programs(const std::vector<ProcessSample>& processes,
                                             const Instances& instances) {
  struct Processes {
    const ProcessSample* hottest = nullptr;
    double cores = 0;
  };
  std::map<std::string, Processes> by_name;
  for (const ProcessSample& process : processes) {
    if (process.cpu_cores.value_or(0) <= 0) continue;
    const auto name = foreign_name(process.reading, instances);
    if (!name) continue;
    auto& [hottest, cores] = by_name[*name];
    cores += *process.cpu_cores;
    if (!hottest || *process.cpu_cores > *hottest->cpu_cores) hottest = &process;
  }
  std::vector<ForeignProgram> all;
  for (const auto& [name, of_it] : by_name)
    if (of_it.cores >= kWorthMentioning)
      all.push_back({of_it.hottest->reading.id.pid, name, of_it.cores});
  std::ranges::stable_sort(all, std::ranges::greater{}, &ForeignProgram::cores);
  if (all.size() > kForeignPrograms) all.resize(kForeignPrograms);
  return all;
}

std::map<uid_t, double> threads_of_users(const std::vector<ProcessSample>& processes) {
  std::map<uid_t, double> threads;
  for (const ProcessSample& process : processes)
    if (process.reading.uid) threads[*process.reading.uid] += process.reading.thread_count;
  return threads;
}

/// Absent while one of its counters is.
std::optional<ReclaimFacts> reclaim_facts(const HostReading& before, const HostReading& now,
                                          nanoseconds elapsed) {
  const auto per_second = [&](const char* name,
                              std::optional<std::uint64_t> HostReading::*counter) {
    const auto pages = rise(before.*counter, now.*counter);
    return pages && !now.restarted.contains(name) && elapsed > nanoseconds{}
               ? std::optional(*pages / seconds_of(elapsed))
               : std::nullopt;
  };
  const auto direct = per_second("direct reclaim", &HostReading::direct_scanned_pages);
  const auto background = per_second("background reclaim", &HostReading::background_scanned_pages);
  const auto refaults = per_second("refaults", &HostReading::refaulted_pages);
  if (!direct || !background || !refaults) return std::nullopt;
  // A kernel without swap counts none.
  const auto swap_ins = per_second("swap in", &HostReading::swap_in_pages);
  return ReclaimFacts{*direct, *background, *refaults + swap_ins.value_or(0)};
}

std::vector<DiskFacts> disk_facts(const HostReading& before, const HostReading& now,
                                  nanoseconds elapsed) {
  std::vector<DiskFacts> disks;
  for (const DiskReading& disk : now.disks) {
    const auto then = std::ranges::find(before.disks, disk.name, &DiskReading::name);
    if (then == before.disks.end() || elapsed <= nanoseconds{}) continue;
    if (now.restarted.contains("disk " + disk.name)) continue;
    if (disk.busy < then->busy || disk.queued < then->queued) continue;  // its counter wrapped
    disks.push_back(
        {.name = disk.name,
         .busy_ratio = std::min(1.0, seconds_of(disk.busy - then->busy) / seconds_of(elapsed)),
         .queue = seconds_of(disk.queued - then->queued) / seconds_of(elapsed)});
  }
  return disks;
}

/// While packets wait for a link it sends as fast as it can, whatever its speed or a shaper's is:
/// what it has sent.
void add_queues_of_links(const HostReading& before, const HostReading& now, nanoseconds elapsed,
                         std::vector<LinkFacts>& links) {
  if (elapsed <= nanoseconds{}) return;
  for (const LinkQueueReading& queue : now.link_queues) {
    const auto then = std::ranges::find(before.link_queues, queue.name, &LinkQueueReading::name);
    if (then == before.link_queues.end() || queue.sent_bytes < then->sent_bytes) continue;
    auto link = std::ranges::find(links, queue.name, &LinkFacts::name);
    if (link == links.end()) link = links.insert(links.end(), {.name = queue.name});
    const bool waits = queue.packets > 0;
    if (link->bits_per_second > 0 && (!waits || link->sent_ratio >= kNearItsSpeed)) continue;
    link->bits_per_second =
        static_cast<double>(queue.sent_bytes - then->sent_bytes) * 8 / seconds_of(elapsed);
    link->sent_ratio = waits ? 1 : 0;
  }
}

std::vector<LinkFacts> link_facts(const HostReading& before, const HostReading& now,
                                  nanoseconds elapsed) {
  std::vector<LinkFacts> links;
  for (const LinkReading& link : now.links) {
    const auto then = std::ranges::find(before.links, link.name, &LinkReading::name);
    if (then == before.links.end() || elapsed <= nanoseconds{}) continue;
    if (now.restarted.contains("link " + link.name)) continue;
    const double speed = static_cast<double>(link.bits_per_second);
    const auto ratio = [&](std::uint64_t from, std::uint64_t to) {
      return static_cast<double>(to - from) * 8 / seconds_of(elapsed) / speed;
    };
    links.push_back({.name = link.name,
                     .bits_per_second = speed,
                     .sent_ratio = ratio(then->sent_bytes, link.sent_bytes),
                     .received_ratio = ratio(then->received_bytes, link.received_bytes)});
  }
  add_queues_of_links(before, now, elapsed, links);
  return links;
}

std::optional<LimitFacts> tracked_connections(const HostReading& host) {
  if (!host.tracked_connections || !host.max_tracked_connections) return std::nullopt;
  return LimitFacts{.used = static_cast<double>(*host.tracked_connections),
                    .limit = static_cast<double>(*host.max_tracked_connections)};
}

/// Of no tier as far as is known, with somebody in their queues.
std::vector<ListenerFacts> unowned_listeners(const std::vector<ListenerSample>& listeners) {
  std::vector<ListenerFacts> all;
  for (const ListenerSample& listener : listeners) {
    const ListenerReading& reading = listener.reading;
    if (reading.owner || listener.queued_ratio.value_or(0) <= 0) continue;
    all.push_back({.name = full_address(reading),
                   .queue_mean = listener.queue_mean.value_or(0),
                   .queued_ratio = *listener.queued_ratio,
                   .full_ratio = listener.full_ratio.value_or(0),
                   .queue_peak = static_cast<double>(reading.queue_peak),
                   .limit = {},
                   .drops = {}});
  }
  std::ranges::stable_sort(all, std::ranges::greater{}, &ListenerFacts::queued_ratio);
  if (all.size() > kUnownedListeners) all.resize(kUnownedListeners);
  return all;
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

const ProcessSocketsReading* FactSources::sockets_of(const ProcessId& id) const {
  const auto found = std::ranges::lower_bound(process_sockets, id, {}, &ProcessSocketsReading::id);
  return found != process_sockets.end() && found->id == id ? &*found : nullptr;
}

HostFacts FactsBuilder::host_facts(const Snapshot& snapshot, const Instances& instances) {
  const HostSample& host = snapshot.host;
  HostFacts facts{.processors = static_cast<double>(host.processors),
                  .busy_cores = {},
                  .steal_cores = {},
                  .cpu_pressure_ratio = host.cpu_pressure_ratio,
                  .memory_pressure_ratio = host.memory_pressure_ratio,
                  .io_pressure_ratio = host.io_pressure_ratio,
                  .memory_total_bytes = {},
                  .memory_available_bytes = {},
                  .reclaim = {},
                  .oom_kills = {},
                  .syn_drops = {},
                  .failed_connects = {},
                  .foreign = foreign_programs(snapshot.processes, instances),
                  .disks = {},
                  .links = {},
                  .local_ports = {},
                  .tracked_connections = tracked_connections(host.reading),
                  .unowned_listeners = unowned_listeners(snapshot.listeners)};
  if (host.cpu) {
    facts.busy_cores = host.cpu->busy();
    facts.steal_cores = host.cpu->steal;
  }
  if (const auto& memory = host.reading.memory) {
    facts.memory_total_bytes = static_cast<double>(memory->total_bytes);
    facts.memory_available_bytes = static_cast<double>(memory->available_bytes);
  }
  if (host_before_) {
    if (!host.reading.restarted.contains("oom kills"))
      facts.oom_kills = rise(host_before_->oom_kills, host.reading.oom_kills);
    if (!host.reading.restarted.contains("syn drops"))
      facts.syn_drops = rise(host_before_->syn_drops, host.reading.syn_drops);
    if (!host.reading.restarted.contains("failed connects"))
      facts.failed_connects = rise(host_before_->failed_connects, host.reading.failed_connects);
    facts.reclaim = reclaim_facts(*host_before_, host.reading, snapshot.interval);
    facts.links = link_facts(*host_before_, host.reading, snapshot.interval);
    facts.disks = disk_facts(*host_before_, host.reading, snapshot.interval);
  }
  host_before_ = host.reading;
  return facts;
}

JudgeInput FactsBuilder::build(const Snapshot& snapshot, const FactSources& sources) {
  const HostReading& host = snapshot.host.reading;
  const auto drops = host_before_ && !host.restarted.contains("listen drops")
                         ? rise(host_before_->listen_drops, host.listen_drops)
                         : std::nullopt;
  const Instances instances(snapshot, sources.process_sockets);
  JudgeInput input{.seconds = seconds_of(snapshot.interval),
                   .host = host_facts(snapshot, instances),
                   .tiers = {},
                   .load = {}};
  input.host.local_ports = local_ports(snapshot, sources);
  main_threads_.look(snapshot.processes);
  ended_children_.look(snapshot.processes, snapshot.interval);
  const RememberedProcesses memory{main_threads_, ended_children_, drops,
                                   threads_of_users(snapshot.processes)};
  std::vector<TierFactsBuilder> whole, split;
  for (std::size_t i = 0; i < snapshot.tiers.size(); ++i) {
    whole.emplace_back(snapshot, sources, memory, i);
    const auto& servers = instances.of(static_cast<std::uint16_t>(i));
    for (const Instance& one : servers)
      split.emplace_back(snapshot, sources, memory, i, instances, one);
    if (servers.empty()) split.emplace_back(snapshot, sources, memory, i, instances);
  }
  const auto build_all = [&](const std::vector<TierFactsBuilder>& builders) {
    std::vector<TierFacts> facts;
    std::vector<TierCgroups> cgroups;
    for (const TierFactsBuilder& one : builders) {
      cgroups.push_back(one.cgroups());
      facts.push_back(one.build());
    }
    cgroups_.fill(sources.cgroups, cgroups, input.seconds, facts);
    return facts;
  };
  input.tiers = build_all(whole);
  if (instances.any()) input.instances = build_all(split);
  cgroups_.remember(sources.cgroups);
  return input;
}

}  // namespace tierwatch
