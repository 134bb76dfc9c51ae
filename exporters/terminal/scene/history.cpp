// SPDX-License-Identifier: MIT
#include "exporters/terminal/scene/history.h"

#include <algorithm>
#include <ranges>
#include <set>

#include "exporters/terminal/scene/tier_lines.h"

namespace tierwatch {
namespace {

std::optional<double> share_of(const std::optional<double>& used,
                               const std::optional<double>& all) {
  return used && all && *all > 0 ? std::optional(*used / *all) : std::nullopt;
}

std::optional<double> measured_of(const TierLine& line, SparkMeasure measure,
                                  const HostFacts& host) {
  switch (measure) {
    case SparkMeasure::kCpu:
      break;
    case SparkMeasure::kQueue:
      return line.queue ? share_of(line.queue->length, line.queue->limit) : std::nullopt;
    case SparkMeasure::kBusy:
      return share_of(line.busy_workers, line.workers);
    case SparkMeasure::kMemory:
      return line.memory_ratio ? line.memory_ratio
                               : share_of(line.resident_bytes, host.memory_total_bytes);
    case SparkMeasure::kFds:
      return line.fd_ratio;
  }
  return std::nullopt;
}

std::optional<double> measured_of(const ProcessSample& process, SparkMeasure measure) {
  const ProcessReading& reading = process.reading;
  if (measure == SparkMeasure::kCpu) return process.cpu_cores;
  if (measure == SparkMeasure::kMemory && reading.memory)
    return static_cast<double>(reading.memory->resident_bytes);
  if (measure == SparkMeasure::kFds && reading.open_fds && reading.fd_limit.value_or(0) > 0)
    return static_cast<double>(*reading.open_fds) / static_cast<double>(*reading.fd_limit);
  return std::nullopt;
}

SparkMeasure measure_of(std::size_t number) { return static_cast<SparkMeasure>(number); }

}  // namespace

std::string_view to_string(SparkMeasure measure) {
  constexpr std::string_view kNames[] = {"cpu", "queue", "busy", "memory", "fds"};
  return kNames[static_cast<std::size_t>(measure)];
}

void History::add(const Snapshot& snapshot) {
  const std::int64_t now = snapshot.at.monotonic / kPiece;
  if (now < last_) {
    tiers_.clear();
    processes_.clear();
  }
  last_ = now;
  const std::int64_t since = (snapshot.at.monotonic - snapshot.interval) / kPiece + 1;
  const std::int64_t first =
      std::clamp<std::int64_t>(since, now - static_cast<std::int64_t>(kPieces) + 1, now);
  add_tiers(snapshot, first);
  add_processes(snapshot, first);
}

void History::add_tiers(const Snapshot& snapshot, std::int64_t first) {
  for (std::size_t i = 0; i < snapshot.tiers.size(); ++i) {
    const TierCpu cpu = tier_cpu(snapshot, i);
    if (cpu.ratio) add_one(tiers_[{snapshot.tiers[i].name, SparkMeasure::kCpu}], first, *cpu.ratio);
  }
  for (const TierLine& line : tier_lines(snapshot))
    for (std::size_t i = 0; i < kSparkMeasures; ++i) {
      const auto ratio = measured_of(line, measure_of(i), snapshot.facts.host);
      if (ratio) add_one(tiers_[{line.name, measure_of(i)}], first, *ratio);
    }
}

void History::add_processes(const Snapshot& snapshot, std::int64_t first) {
  std::set<ProcessId> living;
  for (const ProcessSample& process : snapshot.processes) {
    if (!process.reading.member || living.size() == kMostProcesses) continue;
    living.insert(process.reading.id);
    for (std::size_t i = 0; i < kSparkMeasures; ++i)
      if (const auto value = measured_of(process, measure_of(i)))
        add_one(processes_[{process.reading.id, measure_of(i)}], first, *value);
  }
  std::erase_if(processes_, [&](const auto& one) { return !living.contains(one.first.first); });
}

void History::rewind(const Snapshot& snapshot) {
  const std::int64_t now = snapshot.at.monotonic / kPiece;
  if (now > last_) return;
  last_ = now;
  const auto forget = [now](auto& all) {
    for (Pieces& pieces : std::views::values(all))
      while (!pieces.empty() && pieces.back().number >= now) pieces.pop_back();
  };
  forget(tiers_);
  forget(processes_);
}

void History::add_one(Pieces& pieces, std::int64_t first, double ratio) const {
  if (!pieces.empty() && pieces.back().number == last_) {
    pieces.back().ratio = std::max(pieces.back().ratio, ratio);
    return;
  }
  if (!pieces.empty()) first = std::max(first, pieces.back().number + 1);
  for (std::int64_t number = first; number <= last_; ++number) pieces.push_back({number, ratio});
  while (pieces.size() > kPieces) pieces.pop_front();
}

std::vector<std::optional<double>> History::tail_of(const Pieces* pieces,
                                                    std::size_t wanted) const {
  std::vector<std::optional<double>> tail(std::min(wanted, kPieces));
  if (!pieces) return tail;
  const auto count = static_cast<std::int64_t>(tail.size());
  for (const Piece& piece : *pieces) {
    const std::int64_t at = piece.number - last_ + count - 1;
    if (at >= 0 && at < count) tail[static_cast<std::size_t>(at)] = piece.ratio;
  }
  return tail;
}

std::vector<std::optional<double>> History::of(const std::string& tier, std::size_t pieces,
                                               SparkMeasure measure) const {
  const auto found = tiers_.find({tier, measure});
  return tail_of(found == tiers_.end() ? nullptr : &found->second, pieces);
}

std::vector<std::optional<double>> History::of(const ProcessId& process, std::size_t pieces,
                                               SparkMeasure measure) const {
  const auto found = processes_.find({process, measure});
  auto tail = tail_of(found == processes_.end() ? nullptr : &found->second, pieces);
  if (measure != SparkMeasure::kMemory) return tail;
  const auto most = std::ranges::max_element(tail);
  const double highest = most == tail.end() ? 0 : most->value_or(0);
  for (auto& one : tail)
    if (one && highest > 0) one = *one / highest;
  return tail;
}

}  // namespace tierwatch
