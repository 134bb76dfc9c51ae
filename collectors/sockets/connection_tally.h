// SPDX-License-Identifier: MIT
//
// Which connections are in service where, and which tier they join to which: one walk over all
// connections. Pure: values in, values out.
#pragma once

#include <span>
#include <vector>

#include "collectors/socket_reading.h"
#include "collectors/sockets/networks/network_addresses.h"
#include "collectors/sockets/networks/port_relay.h"
#include "collectors/sockets/reading/listener_book.h"
#include "collectors/sockets/reading/sock_diag.h"
#include "collectors/sockets/socket_owners.h"

namespace tierwatch {

/// Edges to addresses that are no local listener: at most this many, those with most connections;
/// and for each process.
inline constexpr std::size_t kMostOutsidePeers = 64;

/// What a walk over all connections stands on. All of it must outlive the walk.
struct TallyInput {
  std::span<const NetworkConnections> networks;
  NetworkAddresses addresses;  ///< as far as known; those of both ends' sockets are added
  std::span<const PortRelay> relays;
};

/// Adds to in_service of the listeners that have one (absent: their family could not be listed),
/// and gives edges, processes and `connections` of the result; the rest is left empty. A connection
/// is a server's when its own end is the address of a listener that is or was there, else a
/// client's. What comes through a relay counts for whoever listens behind it. Cost: about 0.2 µs
/// per connection.
SocketReading tally_connections(std::span<Listener> listeners, TallyInput input,
                                const SocketOwners& owners);

}  // namespace tierwatch
