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
#include <string>
#include <string_view>

#include "collectors/reading.h"

namespace tierwatch {

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
  auto operator<=>(const IpAddress&) const = default;
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;  ///< host order
  auto operator<=>(const Endpoint&) const = default;
};

/// "127.0.0.1:80"; "[::1]:80"; a mapped address in an IPv6 socket reads "[::ffff:1.2.3.4]:80".
std::string to_string(const Endpoint& endpoint, SocketFamily family);

/// For people: mapped addresses as IPv4, whatever the family.
std::string to_string(const Endpoint& endpoint);

/// A UNIX socket's name as unix(7) tools write it: the path without its NUL; abstract names with
/// '@' for each NUL; empty when unnamed.
std::string_view unix_name(std::string_view sun_path, std::string& buffer);

}  // namespace tierwatch
