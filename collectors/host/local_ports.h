// SPDX-License-Identifier: MIT
//
// Ports that connections may leave by, and how many TCP sockets there are that may hold them: of
// our own network namespace, as the kernel counts them. World-readable, and cheap however many
// there are.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "collectors/parse/proc_fs.h"

namespace tierwatch {

/// net.ipv4.ip_local_port_range: "32768\t60999" are 28232 ports.
std::optional<std::uint64_t> parse_port_range(std::string_view text);

/// Of /proc/net/sockstat or sockstat6 (`protocol` "TCP" or "TCP6"): sockets in use, orphans of
/// closed programs among them, and those in TIME-WAIT, which sockstat counts for both.
std::optional<std::uint64_t> parse_tcp_sockets(std::string_view text, std::string_view protocol);

std::optional<std::uint64_t> read_local_ports(const ProcFs& files);

/// Of IPv4 and IPv6 together.
std::optional<std::uint64_t> read_tcp_sockets(const ProcFs& files);

}  // namespace tierwatch
