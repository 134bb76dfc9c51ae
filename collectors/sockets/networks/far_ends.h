// SPDX-License-Identifier: MIT
//
// Both ends of connections that lead from one network namespace of this machine to another. Where a
// destination is rewritten on the way (iptables' DNAT of published ports, Kubernetes' services),
// the client's end names an address that nobody has; but the server's end still names the client.
#pragma once

#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "collectors/sockets/reading/listener_index.h"
#include "collectors/sockets/reading/sock_diag.h"

namespace tierwatch {

/// First all ends are added, then settle(), then it is asked.
class FarEnds {
 public:
  /// An accepted connection whose client is not in the server's namespace.
  void add_server(std::uint32_t listener, const TcpConnection& connection) {
    servers_.emplace_back(connection.remote, connection.local, listener);
  }
  /// A connection that was opened to an address outside of the client's namespace.
  void add_client(const TcpConnection& connection) {
    clients_.emplace_back(connection.local, connection.remote);
  }
  void settle();

  /// Whether a client with this end is on this machine.
  bool is_here(const Endpoint& client) const;

  /// The listener whose server's end belongs to this client's end: that which names both of its
  /// addresses, else the only one that names the client and belongs to no other connection of it.
  /// kNone where the source was rewritten, too (masquerading).
  std::uint32_t server_of(const TcpConnection& client) const;

 private:
  std::vector<std::tuple<Endpoint, Endpoint, std::uint32_t>> servers_;  ///< client, own, listener
  std::vector<std::pair<Endpoint, Endpoint>> clients_;                  ///< own, remote
};

}  // namespace tierwatch
