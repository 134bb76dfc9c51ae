// SPDX-License-Identifier: MIT
#include "exporters/prometheus/process_slots.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <vector>

namespace tierwatch {

void ProcessSlots::update(const Snapshot& snapshot) {
  std::map<std::pair<Place, ProcessId>, unsigned> slots;
  std::map<Place, std::set<unsigned>> taken;
  std::vector<std::pair<Place, ProcessId>> fresh;
  for (const ProcessSample& process : snapshot.processes) {
    const auto& member = process.reading.member;
    if (!member) continue;
    const std::pair key(Place(member->tier, member->role), process.reading.id);
    const auto known = slots_.find(key);
    if (known == slots_.end()) {
      fresh.push_back(key);
    } else {
      slots.insert(*known);
      taken[key.first].insert(known->second);
    }
  }
  std::ranges::sort(fresh, {}, [](const auto& key) {
    return std::tuple(key.first, key.second.started, key.second.pid);
  });
  for (const auto& key : fresh) {
    std::set<unsigned>& used = taken[key.first];
    unsigned slot = 0;
    for (const unsigned other : used) slot += other == slot;
    used.insert(slot);
    slots.emplace(key, slot);
  }
  slots_ = std::move(slots);
}

unsigned ProcessSlots::slot_of(const ProcessReading& process) const {
  const Place place(process.member->tier, process.member->role);
  return slots_.at({place, process.id});
}

}  // namespace tierwatch
