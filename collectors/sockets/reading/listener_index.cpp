// SPDX-License-Identifier: MIT
#include "collectors/sockets/reading/listener_index.h"

#include <algorithm>

namespace tierwatch {

ListenerIndex::ListenerIndex(std::span<const Listener> listeners) : listeners_(listeners) {
  for (std::uint32_t i = 0; i < listeners.size(); ++i) {
    if (listeners[i].reading.family != SocketFamily::kUnix) {
      by_port_.emplace_back(listeners[i].local.port, listeners[i].network, i);
      continue;
    }
    const auto [entry, added] = by_name_.try_emplace(listeners[i].reading.address, i);
    if (!added) entry->second = kSeveral;
  }
  std::sort(by_port_.begin(), by_port_.end());
}

std::uint32_t ListenerIndex::of_accepted(NetworkId network, const Endpoint& local,
                                         SocketFamily family) const {
  return best(network, local, [&](const Listener& listener) {
    if (listener.reading.family != family) return 0;
    return listener.local.address == local.address ? 2 : int{listener.local.address.is_any()};
  });
}

std::uint32_t ListenerIndex::of_target(NetworkId network, const Endpoint& remote) const {
  return best(network, remote, [&](const Listener& listener) {
    if (listener.local.address == remote.address) return 3;
    if (!listener.local.address.is_any()) return 0;
    return listener.local.address.is_v4() == remote.address.is_v4() ? 2
           : remote.address.is_v4()                                 ? 1
                                                                    : 0;
  });
}

std::uint32_t ListenerIndex::of_name(NetworkId network, std::string_view name) const {
  const auto found = name.empty() ? by_name_.end() : by_name_.find(name);
  if (found == by_name_.end()) return kNone;
  const bool path = name.front() != '@';
  if (found->second != kSeveral)
    return path || listeners_[found->second].network == network ? found->second : kNone;
  for (std::uint32_t i = 0; i < listeners_.size(); ++i)
    if (listeners_[i].network == network && listeners_[i].reading.address == name &&
        listeners_[i].reading.family == SocketFamily::kUnix)
      return i;
  return kNone;
}

template <typename Rank>
std::uint32_t ListenerIndex::best(NetworkId network, const Endpoint& end, Rank rank) const {
  std::uint32_t found = kNone;
  int best_rank = 0;
  for (auto entry = std::lower_bound(by_port_.begin(), by_port_.end(),
                                     std::tuple(end.port, network, std::uint32_t{0}));
       entry != by_port_.end() && std::get<0>(*entry) == end.port && std::get<1>(*entry) == network;
       ++entry) {
    const std::uint32_t listener = std::get<2>(*entry);
    const int this_rank = rank(listeners_[listener]);
    if (this_rank > best_rank) {
      best_rank = this_rank;
      found = listener;
    }
  }
  return found;
}

}  // namespace tierwatch
