// SPDX-License-Identifier: MIT
#include "collectors/sockets/edge_counts.h"

#include <algorithm>

namespace tierwatch {

std::size_t EdgeCounts::HashTarget::operator()(const Target& target) const {
  return target.listener != ListenerIndex::kNone
             ? target.listener
             : hash_of(target.remote.address) * 65537 + target.remote.port;
}

std::uint32_t EdgeCounts::add(const Client& client, const Target& target, OwnerSource source,
                              Wait wait, const TcpConnection* tcp, const Endpoint* elsewhere) {
  const auto [id, known] = number_of(client, target);
  Count& counted = *known;
  ++counted.connections;
  counted.background += wait == Wait::kBackground;
  if (wait == Wait::kUntold)
    counted.awaiting.reset();
  else if (counted.awaiting)
    *counted.awaiting += wait == Wait::kRequest;
  if (tcp != nullptr && tcp->round_trip.count() > 0) {
    ++counted.told;
    counted.round_trips += tcp->round_trip;
    counted.segments_sent += tcp->segments_sent;
    counted.segments_resent += tcp->segments_resent;
  }
  counted.source = std::max(counted.source, source);
  if (elsewhere)
    counted.from_elsewhere = std::min(*elsewhere, counted.from_elsewhere.value_or(*elsewhere));
  return id;
}

/// The target's number, and the count of both. Connections of one client to one target come in
/// runs.
std::pair<std::uint32_t, EdgeCounts::Count*> EdgeCounts::number_of(const Client& client,
                                                                   const Target& target) {
  if (last_count_ && last_client_ == client && last_target_ == target)
    return {last_id_, last_count_};
  const auto [entry, added] =
      target_ids_.try_emplace(target, static_cast<std::uint32_t>(targets_.size()));
  if (added) targets_.push_back(target);
  // Clients are few: a search among a handful beats a hash.
  std::size_t known = 0;
  while (known < clients_.size() && clients_[known] != client) ++known;
  if (known == clients_.size()) clients_.push_back(client);
  last_client_ = client;
  last_target_ = target;
  last_id_ = entry->second;
  last_count_ = &counts_[static_cast<Key>(last_id_) << 32 | known];
  return {last_id_, last_count_};
}

}  // namespace tierwatch
