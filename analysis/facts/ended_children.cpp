// SPDX-License-Identifier: MIT
#include "analysis/facts/ended_children.h"

#include <algorithm>
#include <utility>

#include "collectors/seconds.h"

namespace tierwatch {

void EndedChildren::look(const std::vector<ProcessSample>& processes, nanoseconds interval) {
  const double seconds = seconds_of(interval);
  std::swap(before_, seen_);
  seen_.clear();
  auto before = before_.begin();
  for (const ProcessSample& process : processes) {
    const ProcessReading& reading = process.reading;
    if (!reading.member) continue;
    Seen& seen = seen_.emplace_back(Seen{.id = reading.id});
    seen.total = reading.children_user_cpu + reading.children_system_cpu;
    while (before != before_.end() && before->id < reading.id) ++before;
    if (before == before_.end() || before->id != reading.id || seconds <= 0) continue;
    const nanoseconds ended = std::max(nanoseconds{}, seen.total - before->total);
    seen.cores = seconds_of(ended) / seconds;
  }
}

std::optional<double> EndedChildren::cores_of(const ProcessId& process) const {
  const auto found = std::ranges::lower_bound(seen_, process, {}, &Seen::id);
  return found == seen_.end() || found->id != process ? std::nullopt : found->cores;
}

}  // namespace tierwatch
