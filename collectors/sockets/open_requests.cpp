// SPDX-License-Identifier: MIT
#include "collectors/sockets/open_requests.h"

#include <algorithm>

namespace tierwatch {

void OpenRequests::add(std::uint32_t listener, const TcpConnection& connection, bool from_here) {
  if (owed_.size() <= listener) owed_.resize(listener + 1);
  Owed& owed = owed_[listener];
  owed.told = owed.told && connection.owes_answer != Owes::kUntold;
  owed.sending += connection.unsent && !from_here;
  owed.unsent += connection.unsent;
  if (connection.owes_answer == Owes::kNo || connection.owes_answer == Owes::kUntold) return;
  owed.oldest = std::max(owed.oldest, connection.heard_ago);
  const bool certain = connection.owes_answer == Owes::kYes;
  owed.count += certain;
  if (!from_here) return;
  (certain ? owing_ : ties_).emplace_back(connection.remote, listener);
  const bool asked_again = connection.heard_ago < connection.sent_ago;
  if (certain && !asked_again && !connection.unread && !connection.unsent)
    guessed_.emplace_back(connection.remote, listener);
}

void OpenRequests::add_queued(std::uint32_t listener, const TcpConnection& connection) {
  if (connection.unread) owing_.emplace_back(connection.remote, listener);
}

void OpenRequests::settle(std::span<Listener> listeners) {
  owed_.resize(listeners.size());
  std::sort(ties_.begin(), ties_.end());
  std::sort(owing_.begin(), owing_.end());
  std::sort(guessed_.begin(), guessed_.end());
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    ListenerReading& reading = listeners[i].reading;
    if (reading.family == SocketFamily::kUnix) {
      if (reading.owner) blind_[reading.owner->tier].insert(listeners[i].network);
      continue;
    }
    if (!owed_[i].told) untold_networks_.insert(listeners[i].network);
    if (reading.in_service && owed_[i].told) {
      reading.owed = owed_[i].count;
      reading.sending = owed_[i].sending;
      reading.unsent = owed_[i].unsent;
      reading.unread_by_clients = 0;
    }
    if (!reading.owner) {
      oldest_of_nobody_ = std::max(oldest_of_nobody_, owed_[i].oldest);
      continue;
    }
    if (!owed_[i].told) untold_.insert(reading.owner->tier);
    auto& oldest = by_tier_[reading.owner->tier];
    oldest = std::max(oldest, owed_[i].oldest);
  }
}

void OpenRequests::confirm(std::uint32_t listener, const Endpoint& from,
                           std::span<Listener> listeners) const {
  auto& owed = listeners[listener].reading.owed;
  if (owed && std::binary_search(ties_.begin(), ties_.end(), std::pair(from, listener))) ++*owed;
}

void OpenRequests::take_back(std::uint32_t listener, const Endpoint& from,
                             std::span<Listener> listeners) const {
  ListenerReading& reading = listeners[listener].reading;
  if (!reading.owed || !reading.unread_by_clients) return;
  ++*reading.unread_by_clients;
  const std::pair end(from, listener);
  if (*reading.owed > 0 && std::binary_search(guessed_.begin(), guessed_.end(), end))
    --*reading.owed;
}

bool OpenRequests::owes(std::uint32_t listener, const Endpoint& from) const {
  return std::binary_search(owing_.begin(), owing_.end(), std::pair(from, listener));
}

std::optional<std::chrono::milliseconds> OpenRequests::oldest_of(
    std::optional<std::uint16_t> tier, std::optional<std::uint16_t> asked) const {
  constexpr std::chrono::milliseconds kSlack{50};  // clock ticks, and requests that come in pieces
  if (!tier || untold_.contains(*tier)) return std::nullopt;
  if (const auto blind = blind_.find(*tier); blind != blind_.end()) {
    const auto is_told = [&](NetworkId network) { return !untold_networks_.contains(network); };
    if (!std::ranges::all_of(blind->second, is_told)) return std::nullopt;
    auto oldest = oldest_of_nobody_, anywhere = oldest_of_nobody_;
    for (const auto& [other, since] : by_tier_) {
      anywhere = std::max(anywhere, since);
      if (other != asked) oldest = std::max(oldest, since);
    }
    const bool others_tell = oldest.count() > 0;
    return (others_tell ? oldest : anywhere) + kSlack;
  }
  const auto own = by_tier_.find(*tier);
  if (own == by_tier_.end()) return std::nullopt;
  return own->second + kSlack;
}

}  // namespace tierwatch
