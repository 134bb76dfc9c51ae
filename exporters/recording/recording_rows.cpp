// SPDX-License-Identifier: MIT
//
// A snapshot taken apart into the rows of a recording.
#include <algorithm>

#include "analysis/runs/run_settings.h"
#include "analysis/runs/server_changes.h"
#include "exporters/recording/recording_rows.h"

namespace tierwatch {
namespace {

std::optional<std::string> tier_name(const Snapshot& snapshot, std::optional<std::size_t> index) {
  if (!index || *index >= snapshot.tiers.size()) return std::nullopt;
  return snapshot.tiers[*index].name;
}

HostExtras host_extras(const HostSample& host) {
  HostExtras extras;
  extras.cpu = host.cpu;
  extras.load1 = host.reading.load1;
  if (const auto& memory = host.reading.memory) {
    extras.cached_bytes = memory->cached_bytes;
    if (memory->swap_total_bytes >= memory->swap_free_bytes)
      extras.swap_used_bytes = memory->swap_total_bytes - memory->swap_free_bytes;
  }
  extras.open_files = host.reading.open_files;
  extras.max_files = host.reading.max_files;
  extras.listen_overflows = host.reading.listen_overflows;
  extras.listen_drops = host.reading.listen_drops;
  return extras;
}

VerdictColumns verdict_columns(const Verdict& verdict) {
  VerdictColumns columns;
  columns.state = verdict.state;
  if (const auto named = verdict.named()) {
    columns.tier = named->tier;
    columns.resource = named->resource;
  }
  columns.since_seconds = verdict.since_seconds;
  columns.confidence = verdict.confidence;
  columns.sentence = verdict.sentence;
  return columns;
}

TierExtras tier_extras(const TierSample& tier) {
  TierExtras extras;
  extras.threads = tier.sums.threads;
  extras.open_fds = tier.sums.open_fds;
  if (const auto& memory = tier.sums.memory) {
    extras.resident_bytes = memory->resident_bytes;
    extras.anonymous_bytes = memory->anonymous_bytes;
    extras.swap_bytes = memory->swap_bytes;
  }
  if (const auto& rates = tier.rates) {
    extras.user_cores = rates->user_cores;
    extras.system_cores = rates->system_cores;
    extras.major_faults_per_second = rates->major_faults_per_second;
    extras.read_bytes_per_second = rates->read_bytes_per_second;
    extras.written_bytes_per_second = rates->written_bytes_per_second;
  }
  return extras;
}

template <typename Row, typename Facts>
void append(std::vector<Row>& rows, const std::vector<Facts>& facts) {
  for (const Facts& one : facts) {
    Row& row = rows.emplace_back();
    row.position = static_cast<std::int64_t>(rows.size()) - 1;
    row.facts = one;
  }
}
template <typename Row, typename Facts>
void append(std::vector<Row>& rows, const std::optional<std::vector<Facts>>& facts,
            const std::string& tier) {
  if (!facts) return;
  const std::size_t first = rows.size();
  append(rows, *facts);
  for (std::size_t i = first; i < rows.size(); ++i) rows[i].tier = tier;
}

void add_tier(RecordedTick& out, const Snapshot& snapshot, std::size_t index) {
  const TierFacts& facts = snapshot.facts.tiers[index];
  TierRow& row = out.tiers.emplace_back();
  row.position = static_cast<std::int64_t>(index);
  row.facts = facts;
  if (index < snapshot.tiers.size()) row.extras = tier_extras(snapshot.tiers[index]);
  append(out.listeners, facts.listeners, facts.name);
  append(out.waits, facts.waits, facts.name);
  append(out.peers, facts.peers, facts.name);
}

void add_in_service(std::vector<ListenerRow>& rows, const std::vector<ListenerSample>& listeners) {
  for (ListenerRow& row : rows) {
    const auto found = std::ranges::find_if(listeners, [&row](const ListenerSample& listener) {
      return full_address(listener.reading) == row.facts.name;
    });
    if (found != listeners.end()) row.in_service = found->reading.in_service;
  }
}

void add_edges(RecordedTick& out, const Snapshot& snapshot) {
  for (const EdgeReading& edge : snapshot.edges) {
    EdgeRow& row = out.edges.emplace_back();
    row.position = static_cast<std::int64_t>(out.edges.size()) - 1;
    if (edge.from) row.from_tier = tier_name(snapshot, edge.from->tier);
    if (edge.to) row.to_tier = tier_name(snapshot, *edge.to);
    row.peer = edge.peer;
    row.connections = edge.connections;
  }
}

HotProcessRow process_row(const ProcessSample& process, const TierSample& tier) {
  const ProcessReading& reading = process.reading;
  HotProcessRow row{.tier = tier.name, .pid = reading.id.pid, .state = reading.state};
  if (reading.member->role < tier.roles.size()) row.role = tier.roles[reading.member->role].name;
  row.cpu_cores = process.cpu_cores.value_or(0);
  row.run_delay_cores = process.run_delay_cores;
  row.hottest_thread_cores = process.hottest_thread_cores;
  row.threads = reading.thread_count;
  if (reading.memory) row.resident_bytes = reading.memory->resident_bytes;
  row.open_fds = reading.open_fds;
  row.fd_limit = reading.fd_limit;
  return row;
}

/// Only those that used the CPU: a row says "hot", not "there".
std::vector<const ProcessSample*> hottest_of(const Snapshot& snapshot, std::size_t tier) {
  std::vector<const ProcessSample*> all;
  for (const ProcessSample& process : snapshot.processes)
    if (process.reading.member && process.reading.member->tier == tier &&
        process.cpu_cores.value_or(0) > 0)
      all.push_back(&process);
  const auto hotter = [](const ProcessSample* a, const ProcessSample* b) {
    return *a->cpu_cores > *b->cpu_cores;
  };
  const auto kept = std::min(all.size(), kHottestProcesses);
  std::ranges::partial_sort(all, all.begin() + static_cast<std::ptrdiff_t>(kept), hotter);
  all.resize(kept);
  return all;
}

void add_processes(RecordedTick& out, const Snapshot& snapshot) {
  for (std::size_t tier = 0; tier < snapshot.tiers.size(); ++tier) {
    for (const ProcessSample* process : hottest_of(snapshot, tier)) {
      out.processes.push_back(process_row(*process, snapshot.tiers[tier]));
      out.processes.back().position = static_cast<std::int64_t>(out.processes.size()) - 1;
      const ProcessReading& reading = process->reading;
      out.titles.push_back({.pid = reading.id.pid,
                            .started = reading.id.started,
                            .comm = reading.comm,
                            .text = reading.title.substr(0, kTitleBytes)});
    }
  }
}

void add_evidence(RecordedTick& out, const Verdict& verdict) {
  const auto add = [&out](const char* kind, const std::string& text) {
    out.evidence.push_back(
        {.position = static_cast<std::int64_t>(out.evidence.size()), .kind = kind, .text = text});
  };
  for (const std::string& line : verdict.evidence) add("evidence", line);
  for (const std::string& line : verdict.relief) add("relief", line);
  for (const std::string& line : verdict.blind_spots) add("blind_spot", line);
  for (const VerdictCandidate& candidate : verdict.candidates)
    add("why_not", candidate.what.tier + " " + std::string(to_string(candidate.what.resource)) +
                       ": " + candidate.why_not);
}

template <typename Row, typename Facts>
void put_back_into(std::optional<std::vector<Facts>> TierFacts::*list, Row row, JudgeInput& facts) {
  TierFacts* tier = tier_named(facts, row.tier);
  if (tier && tier->*list) (tier->*list)->push_back(std::move(row.facts));
}

std::vector<SettingRow> settings_of(const Snapshot& snapshot) {
  std::vector<SettingRow> rows;
  const auto add = [&](std::vector<RunSetting> settings) {
    for (RunSetting& setting : settings)
      rows.push_back({.tier = std::move(setting.tier),
                      .name = std::move(setting.name),
                      .value = setting.value});
  };
  add(run_settings(snapshot.facts));
  add(server_things(snapshot));
  return rows;
}

}  // namespace

RecordedTick recorded_tick(const Snapshot& snapshot) {
  RecordedTick out;
  out.tick.at = snapshot.at;
  out.tick.seconds = snapshot.facts.seconds;
  out.tick.host = snapshot.facts.host;
  out.tick.extras = host_extras(snapshot.host);
  out.tick.load = snapshot.facts.load;
  out.tick.verdict = verdict_columns(snapshot.verdict);
  append(out.foreign, snapshot.facts.host.foreign);
  append(out.disks, snapshot.facts.host.disks);
  append(out.links, snapshot.facts.host.links);
  for (std::size_t i = 0; i < snapshot.facts.tiers.size(); ++i) add_tier(out, snapshot, i);
  add_in_service(out.listeners, snapshot.listeners);
  add_edges(out, snapshot);
  add_processes(out, snapshot);
  add_evidence(out, snapshot.verdict);
  out.settings = settings_of(snapshot);
  return out;
}

void put_back(TierRow row, JudgeInput& facts) { facts.tiers.push_back(std::move(row.facts)); }
void put_back(ListenerRow row, JudgeInput& facts) {
  put_back_into(&TierFacts::listeners, std::move(row), facts);
}
void put_back(WaitRow row, JudgeInput& facts) {
  put_back_into(&TierFacts::waits, std::move(row), facts);
}
void put_back(PeerRow row, JudgeInput& facts) {
  put_back_into(&TierFacts::peers, std::move(row), facts);
}
void put_back(ForeignRow row, JudgeInput& facts) {
  facts.host.foreign.push_back(std::move(row.facts));
}
void put_back(DiskRow row, JudgeInput& facts) { facts.host.disks.push_back(std::move(row.facts)); }
void put_back(LinkRow row, JudgeInput& facts) { facts.host.links.push_back(std::move(row.facts)); }

}  // namespace tierwatch
