// SPDX-License-Identifier: MIT
//
// Finds listeners by what a connection tells of its ends.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "collectors/sockets/reading/listener_book.h"

namespace tierwatch {

class ListenerIndex {
 public:
  static constexpr std::uint32_t kNone = ~0u;

  /// `listeners` must outlive it.
  explicit ListenerIndex(std::span<const Listener> listeners);

  /// The number of the listener in `network` that a socket of `family` with this local end was
  /// accepted from.
  std::uint32_t of_accepted(NetworkId network, const Endpoint& local, SocketFamily family) const;

  /// That a connection to this address of `network` leads to. An IPv6 wildcard takes IPv4 as well,
  /// after IPv4's own (ipv6(7), IPV6_V6ONLY off).
  std::uint32_t of_target(NetworkId network, const Endpoint& remote) const;

  /// UNIX. An accepted socket is in the namespace of its client (net/unix/af_unix.c,
  /// unix_stream_connect()); paths lead from one to another, so a name that is not of `network` is
  /// that of the only listener that has it.
  std::uint32_t of_name(NetworkId network, std::string_view name) const;

 private:
  template <typename Rank>
  std::uint32_t best(NetworkId network, const Endpoint& end, Rank rank) const;

  static constexpr std::uint32_t kSeveral = kNone - 1;
  std::span<const Listener> listeners_;
  std::vector<std::tuple<std::uint16_t, NetworkId, std::uint32_t>> by_port_;
  std::unordered_map<std::string_view, std::uint32_t> by_name_;  ///< in whatever namespace
};

}  // namespace tierwatch
