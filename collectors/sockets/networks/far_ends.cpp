// SPDX-License-Identifier: MIT
#include "collectors/sockets/networks/far_ends.h"

#include <algorithm>

namespace tierwatch {

void FarEnds::settle() {
  std::sort(servers_.begin(), servers_.end());
  std::sort(clients_.begin(), clients_.end());
}

bool FarEnds::is_here(const Endpoint& client) const {
  const auto found =
      std::lower_bound(clients_.begin(), clients_.end(), std::pair(client, Endpoint{}));
  return found != clients_.end() && found->first == client;
}

std::uint32_t FarEnds::server_of(const TcpConnection& client) const {
  std::uint32_t found = ListenerIndex::kNone;
  bool several = false;
  for (auto server = std::lower_bound(servers_.begin(), servers_.end(),
                                      std::tuple(client.local, Endpoint{}, std::uint32_t{0}));
       server != servers_.end() && std::get<0>(*server) == client.local; ++server) {
    const auto& [remote, local, listener] = *server;
    if (local == client.remote) return listener;
    if (std::binary_search(clients_.begin(), clients_.end(), std::pair(remote, local))) continue;
    several = several || found != ListenerIndex::kNone;
    found = listener;
  }
  return several ? ListenerIndex::kNone : found;
}

}  // namespace tierwatch
