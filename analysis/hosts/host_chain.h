// SPDX-License-Identifier: MIT
//
// One moment of several hosts: what each daemon named, followed over the network to where the
// requests are in the end.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "analysis/hosts/peer_places.h"

namespace tierwatch {

/// What is full and limits, of all hosts.
struct FullPlace {
  HostPlace place;
  Resource resource = Resource::kCpu;
  double requests = 0;             ///< it has in hand, or at least wait for it
  std::vector<HostPlace> waiters;  ///< whose requests wait for it, most of them
  bool operator==(const FullPlace&) const = default;
};

/// Where most of the requests of a tier wait: the first in `HostTick::awaited` with half of them or
/// more. Absent where they do not wait elsewhere.
struct Awaited {
  const AwaitedPeer* peer = nullptr;
  std::optional<double> share;  ///< absent: how many the tier has taken on is not known
};
std::optional<Awaited> mostly_awaited(const HostTick& tick, const std::string& tier);

/// Those with most requests in hand first. `ticks`: one for each host, null where nothing is known.
/// A host that waits for another one's full tier is no place of its own. Pure.
std::vector<FullPlace> full_places(std::span<const HostTick* const> ticks,
                                   const PeerPlaces& places);

}  // namespace tierwatch
