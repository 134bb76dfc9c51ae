// SPDX-License-Identifier: MIT
//
// Programs that stand between a published port and its container and only pass bytes on: who
// connects to them waits for whoever listens behind.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "collectors/process_reading.h"
#include "collectors/sockets/reading/socket_address.h"

namespace tierwatch {

struct PortRelay {
  Endpoint published;  ///< where it listens; 0.0.0.0 or :: for any address
  Endpoint target;     ///< where it connects to
  NetworkId network = kOwnNetwork;
  uid_t uid = 0;  ///< under which it runs: its word counts for sockets of this user only
  bool operator==(const PortRelay&) const = default;
};

/// What Docker's docker-proxy says on its command line: "-proto tcp -host-ip 0.0.0.0 -host-port
/// 8080 -container-ip 172.17.0.2 -container-port 80". Absent when it is another program or
/// protocol.
std::optional<PortRelay> parse_relay(std::string_view title);

/// Of all processes. Anybody may call a program so; the first 1024 count.
std::vector<PortRelay> port_relays(std::span<const ProcessReading> processes,
                                   std::span<const NetworkId> networks);

}  // namespace tierwatch
