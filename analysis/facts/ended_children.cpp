// SPDX-License-Identifier: MIT
#include "analysis/facts/ended_children.h"

#include <algorithm>

#include "collectors/seconds.h"

namespace tierwatch {

void EndedChildren::look(const std::vector<ProcessSample>& processes, nanoseconds interval) {
  const double seconds = seconds_of(interval);
  std::map<ProcessId, Seen> now;
  for (const ProcessSample& process : processes) {
    const ProcessReading& reading = process.reading;
    if (!reading.member) continue;
    Seen& seen = now[reading.id];
    seen.total = reading.children_user_cpu + reading.children_system_cpu;
    const auto before = seen_.find(reading.id);
    if (before == seen_.end() || seconds <= 0) continue;
    const nanoseconds ended = std::max(nanoseconds{}, seen.total - before->second.total);
    seen.cores = seconds_of(ended) / seconds;
  }
  seen_ = std::move(now);
}

std::optional<double> EndedChildren::cores_of(const ProcessId& process) const {
  const auto found = seen_.find(process);
  return found == seen_.end() ? std::nullopt : found->second.cores;
}

}  // namespace tierwatch
