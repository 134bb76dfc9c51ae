// SPDX-License-Identifier: MIT
#include "exporters/recording/recorded_snapshot.h"

#include <algorithm>

#include "analysis/judge/judge.h"
#include "analysis/judge/verdict_sentence.h"
#include "collectors/seconds.h"

namespace tierwatch {
namespace {

std::uint64_t whole(double figure) { return static_cast<std::uint64_t>(std::max(0.0, figure)); }

JudgeInput facts_of(const RecordedTick& tick) {
  JudgeInput facts{.seconds = tick.tick.seconds, .host = tick.tick.host, .load = tick.tick.load};
  const auto put_all_back = [&facts](const auto& rows) {
    for (const auto& row : rows) put_back(row, facts);
  };
  put_all_back(tick.foreign);
  put_all_back(tick.disks);
  put_all_back(tick.links);
  put_all_back(tick.tiers);
  put_all_back(tick.listeners);
  put_all_back(tick.waits);
  put_all_back(tick.peers);
  return facts;
}

HostSample host_of(const TickRow& row) {
  HostSample host;
  host.processors = static_cast<unsigned>(std::max(0.0, row.host.processors));
  host.cpu = row.extras.cpu;
  host.cpu_pressure_ratio = row.host.cpu_pressure_ratio;
  host.memory_pressure_ratio = row.host.memory_pressure_ratio;
  host.io_pressure_ratio = row.host.io_pressure_ratio;
  host.reading.load1 = row.extras.load1;
  host.reading.open_files = row.extras.open_files;
  host.reading.max_files = row.extras.max_files;
  host.reading.listen_overflows = row.extras.listen_overflows;
  host.reading.listen_drops = row.extras.listen_drops;
  if (row.host.memory_total_bytes && row.host.memory_available_bytes) {
    HostMemoryReading memory{.total_bytes = whole(*row.host.memory_total_bytes),
                             .available_bytes = whole(*row.host.memory_available_bytes)};
    memory.cached_bytes = row.extras.cached_bytes.value_or(0);
    // Free memory was not recorded; what is available is mostly that and the cache.
    memory.free_bytes =
        memory.available_bytes - std::min(memory.available_bytes, memory.cached_bytes);
    host.reading.memory = memory;
  }
  return host;
}

std::optional<Hottest> hottest_of(const std::optional<HottestFacts>& facts) {
  if (!facts) return std::nullopt;
  return Hottest{.process = {.pid = facts->pid}, .tid = facts->tid, .cores = facts->cores};
}

TierSample tier_of(const TierRow& row, bool seen) {
  const TierFacts& facts = row.facts;
  TierSample tier{.name = facts.name, .preset = facts.preset};
  tier.sums.processes = static_cast<std::uint32_t>(std::max(0.0, facts.processes));
  tier.sums.threads = static_cast<std::uint32_t>(row.extras.threads.value_or(0));
  tier.sums.open_fds = row.extras.open_fds;
  if (row.extras.resident_bytes)
    tier.sums.memory = MemoryReading{.resident_bytes = *row.extras.resident_bytes,
                                     .anonymous_bytes = row.extras.anonymous_bytes.value_or(0),
                                     .swap_bytes = row.extras.swap_bytes.value_or(0)};
  if (facts.cpu_cores)
    tier.rates = Rates{
        .cpu_cores = *facts.cpu_cores,
        .user_cores = row.extras.user_cores.value_or(0),
        .system_cores = row.extras.system_cores.value_or(0),
        .run_delay_cores = facts.run_delay_cores,
        .major_faults_per_second = row.extras.major_faults_per_second.value_or(0),
        .read_bytes_per_second = row.extras.read_bytes_per_second,
        .written_bytes_per_second = row.extras.written_bytes_per_second,
    };
  tier.hottest_process = hottest_of(facts.hottest_process);
  tier.hottest_thread = hottest_of(facts.hottest_thread);
  if (facts.worst_fds && facts.worst_fds->limit > 0)
    tier.worst_fds = WorstFds{.process = {.pid = facts.worst_fds->pid},
                              .open = whole(facts.worst_fds->open),
                              .limit = whole(facts.worst_fds->limit),
                              .ratio = facts.worst_fds->open / facts.worst_fds->limit};
  // Its roles are named by its processes; this one stands for those that were not recorded.
  tier.roles.push_back({.name = "", .kind = facts.serving, .ever_seen = seen});
  return tier;
}

std::optional<std::uint16_t> index_of(const std::vector<TierSample>& tiers,
                                      const std::string& name) {
  const auto found = std::ranges::find(tiers, name, &TierSample::name);
  if (found == tiers.end()) return std::nullopt;
  return static_cast<std::uint16_t>(found - tiers.begin());
}

std::uint16_t role_index(TierSample& tier, const std::string& name) {
  const auto found = std::ranges::find(tier.roles, name, &RoleSample::name);
  if (found != tier.roles.end()) return static_cast<std::uint16_t>(found - tier.roles.begin());
  tier.roles.push_back({.name = name, .ever_seen = true});
  return static_cast<std::uint16_t>(tier.roles.size() - 1);
}

ProcessSample process_of(const HotProcessRow& row, const TitleRow& title, Membership member) {
  ProcessSample process;
  process.reading.id = {.pid = row.pid, .started = title.started};
  process.reading.comm = title.comm;
  process.reading.title = title.text;
  process.reading.state = row.state;
  process.reading.thread_count = row.threads;
  process.reading.member = member;
  if (row.resident_bytes)
    process.reading.memory = MemoryReading{.resident_bytes = *row.resident_bytes};
  process.reading.open_fds = row.open_fds;
  process.reading.fd_limit = row.fd_limit;
  process.cpu_cores = row.cpu_cores;
  process.run_delay_cores = row.run_delay_cores;
  process.hottest_thread_cores = row.hottest_thread_cores;
  return process;
}

void add_processes(Snapshot& snapshot, const RecordedTick& tick) {
  for (std::size_t i = 0; i < tick.processes.size(); ++i) {
    const HotProcessRow& row = tick.processes[i];
    const auto tier = index_of(snapshot.tiers, row.tier);
    if (!tier) continue;
    const Membership member{*tier, role_index(snapshot.tiers[*tier], row.role)};
    snapshot.processes.push_back(
        process_of(row, i < tick.titles.size() ? tick.titles[i] : TitleRow{}, member));
  }
  std::ranges::sort(snapshot.processes, {},
                    [](const ProcessSample& process) { return process.reading.id.pid; });
}

void add_sockets(Snapshot& snapshot, const RecordedTick& tick) {
  for (const ListenerRow& row : tick.listeners) {
    ListenerSample& listener = snapshot.listeners.emplace_back();
    listener.reading.address = row.facts.name;
    listener.reading.sockets = 1;
    if (const auto tier = index_of(snapshot.tiers, row.tier))
      listener.reading.owner = SocketOwner{.tier = *tier, .source = OwnerSource::kAddress};
    listener.reading.queue_length = whole(row.facts.queue_mean + 0.5);
    listener.reading.queue_peak = whole(row.facts.queue_peak);
    if (row.facts.limit) listener.reading.queue_limit = whole(*row.facts.limit);
    listener.reading.in_service = row.in_service;
    listener.queue_mean = row.facts.queue_mean;
    listener.queued_ratio = row.facts.queued_ratio;
    listener.full_ratio = row.facts.full_ratio;
  }
  for (const EdgeRow& row : tick.edges) {
    EdgeReading& edge = snapshot.edges.emplace_back();
    if (const auto from = row.from_tier ? index_of(snapshot.tiers, *row.from_tier) : std::nullopt)
      edge.from = SocketOwner{.tier = *from, .source = OwnerSource::kAddress};
    if (row.to_tier) edge.to = index_of(snapshot.tiers, *row.to_tier);
    edge.peer = row.peer;
    edge.connections = row.connections;
  }
}

/// What was recorded with it is of the moment at which it changed: where the tick by itself comes
/// to the same, its own evidence is told, and always its own requests.
Verdict verdict_of(const RecordedTick& tick, const JudgeInput& facts) {
  const VerdictColumns& columns = tick.tick.verdict;
  Verdict verdict{.state = columns.state,
                  .tier = columns.tier.value_or(""),
                  .resource = columns.resource.value_or(Resource::kCpu),
                  .since_seconds = columns.since_seconds,
                  .confidence = columns.confidence,
                  .sentence = columns.sentence};
  Verdict anew = judge(facts);
  for (const EvidenceRow& row : tick.evidence) {
    if (row.kind == "evidence") verdict.evidence.push_back(row.text);
    if (row.kind == "relief") verdict.relief.push_back(row.text);
    if (row.kind == "blind_spot") verdict.blind_spots.push_back(row.text);
  }
  take_requests(verdict, anew);
  if (anew.state == verdict.state && anew.named() == verdict.named())
    verdict.evidence = std::move(anew.evidence);
  verdict.saturations = std::move(anew.saturations);
  return verdict;
}

}  // namespace

Snapshot snapshot_of(const RecordedTick& tick, RecordedSurroundings surroundings) {
  Snapshot snapshot;
  snapshot.sequence = static_cast<std::uint64_t>(tick.tick.tick);
  snapshot.at = tick.tick.at;
  snapshot.interval = duration_of(tick.tick.seconds);
  snapshot.hostname = std::move(surroundings.hostname);
  snapshot.notes = std::move(surroundings.notes);
  snapshot.host = host_of(tick.tick);
  for (const TierRow& row : tick.tiers)
    snapshot.tiers.push_back(tier_of(row, surroundings.seen_tiers.contains(row.facts.name)));
  snapshot.facts = facts_of(tick);
  add_processes(snapshot, tick);
  add_sockets(snapshot, tick);
  snapshot.verdict = verdict_of(tick, snapshot.facts);
  return snapshot;
}

}  // namespace tierwatch
