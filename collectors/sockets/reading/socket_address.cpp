// SPDX-License-Identifier: MIT
#include "collectors/sockets/reading/socket_address.h"

#include <arpa/inet.h>

#include <algorithm>

namespace tierwatch {

std::string_view to_string(SocketFamily family) {
  constexpr std::string_view kNames[] = {"tcp", "tcp6", "unix"};
  return kNames[static_cast<std::size_t>(family)];
}

std::string_view to_string(OwnerSource source) {
  constexpr std::string_view kNames[] = {"descriptor", "address",     "cgroup", "user",
                                         "network",    "elimination", "title"};
  return kNames[static_cast<std::size_t>(source)];
}

IpAddress IpAddress::v4(std::uint32_t network_order) {
  IpAddress address;
  address.bytes[10] = address.bytes[11] = 0xff;
  std::memcpy(&address.bytes[12], &network_order, 4);
  return address;
}

IpAddress IpAddress::v6(const void* sixteen_bytes) {
  IpAddress address;
  std::memcpy(address.bytes.data(), sixteen_bytes, address.bytes.size());
  return address;
}

std::optional<IpAddress> parse_ip_address(std::string_view text) {
  const std::string address(text);
  in_addr v4{};
  if (inet_pton(AF_INET, address.c_str(), &v4) == 1) return IpAddress::v4(v4.s_addr);
  in6_addr v6{};
  if (inet_pton(AF_INET6, address.c_str(), &v6) == 1) return IpAddress::v6(&v6);
  return std::nullopt;
}

bool IpAddress::is_v4() const {
  static constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(kMapped.begin(), kMapped.end(), bytes.begin());
}

bool IpAddress::is_any() const {
  const auto first = bytes.begin() + (is_v4() ? 12 : 0);
  return std::all_of(first, bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_loopback() const {
  static constexpr std::array<std::uint8_t, 16> kLoopback{0, 0, 0, 0, 0, 0, 0, 0,
                                                          0, 0, 0, 0, 0, 0, 0, 1};
  constexpr std::uint8_t kLoopbackNet = 127;
  return is_v4() ? bytes[12] == kLoopbackNet : bytes == kLoopback;
}

std::string full_address(const ListenerReading& listener) {
  return listener.network.empty() ? listener.address : listener.address + " in " + listener.network;
}

std::string to_string(const Endpoint& endpoint, SocketFamily family) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool v4 = family == SocketFamily::kTcp4;
  inet_ntop(v4 ? AF_INET : AF_INET6, endpoint.address.bytes.data() + (v4 ? 12 : 0), text.data(),
            text.size());
  const std::string port = std::to_string(endpoint.port);
  return v4 ? text.data() + (":" + port) : "[" + std::string(text.data()) + "]:" + port;
}

std::string to_string(const Endpoint& endpoint) {
  return to_string(endpoint, endpoint.address.is_v4() ? SocketFamily::kTcp4 : SocketFamily::kTcp6);
}

std::string_view unix_name(std::string_view sun_path, std::string& buffer) {
  if (sun_path.empty()) return {};
  if (sun_path.front() != '\0') return sun_path.substr(0, sun_path.find('\0'));
  buffer.assign(sun_path);
  std::replace(buffer.begin(), buffer.end(), '\0', '@');
  return buffer;
}

}  // namespace tierwatch
