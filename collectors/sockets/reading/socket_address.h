// SPDX-License-Identifier: MIT
//
// Addresses of sockets as values: an IP address and port in one form for both families, and the
// names people know them by.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "collectors/socket_reading.h"

namespace tierwatch {

/// A network namespace: our own, or one that NetworkBook has numbered.
using NetworkId = std::uint32_t;
inline constexpr NetworkId kOwnNetwork = 0;
inline constexpr NetworkId kUnwatchedNetwork = ~NetworkId{0};

/// IPv4 addresses are held mapped (::ffff:a.b.c.d), so that both ends of a connection compare equal
/// whichever family their sockets have.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  /// From the kernel's network-order words: one for IPv4, four for IPv6.
  static IpAddress v4(std::uint32_t network_order);
  static IpAddress v6(const void* sixteen_bytes);

  bool is_v4() const;
  /// 0.0.0.0 or ::
  bool is_any() const;
  /// 127.0.0.0/8 or ::1
  bool is_loopback() const;
  auto operator<=>(const IpAddress&) const = default;
};

inline std::size_t hash_of(const IpAddress& address) {
  std::uint64_t words[2];
  std::memcpy(words, address.bytes.data(), sizeof words);
  return (words[0] * 31 + words[1]) * 0x9e3779b97f4a7c15u >> 16;
}

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;  ///< host order
  auto operator<=>(const Endpoint&) const = default;
};

/// "127.0.0.1:80"; "[::1]:80"; a mapped address in an IPv6 socket reads "[::ffff:1.2.3.4]:80".
std::string to_string(const Endpoint& endpoint, SocketFamily family);

/// Of "127.0.0.1" or "::1"; absent for names and anything else.
std::optional<IpAddress> parse_ip_address(std::string_view text);

/// For people: mapped addresses as IPv4, whatever the family.
std::string to_string(const Endpoint& endpoint);

/// A UNIX socket's name as unix(7) tools write it: the path without its NUL; abstract names with
/// '@' for each NUL; empty when unnamed.
std::string_view unix_name(std::string_view sun_path, std::string& buffer);

}  // namespace tierwatch
