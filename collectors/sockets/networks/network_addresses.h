// SPDX-License-Identifier: MIT
//
// Which network namespace has which IP address: a connection to 10.0.0.2:5432 leads to the listener
// there, whichever namespace it comes from.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "collectors/sockets/reading/socket_address.h"

namespace tierwatch {

/// Own addresses in /proc/net/fib_trie: the lines "|-- ADDRESS" before one "/32 host LOCAL"
/// (net/ipv4/fib_trie.c), once each.
std::vector<IpAddress> parse_fib_trie(std::string_view text);

/// /proc/net/if_inet6: 32 digits in hexadecimal begin each line (net/ipv6/addrconf.c).
std::vector<IpAddress> parse_if_inet6(std::string_view text);

class NetworkAddresses {
 public:
  void add(NetworkId network, const IpAddress& address);

  bool has(NetworkId network, const IpAddress& address) const;

  /// The namespace that a connection from `network` to `address` leads to: its own, if that has the
  /// address, else the only one that has it. Absent when none is known to have it, and when several
  /// have (each rootless container is 10.0.2.100). A loopback address is that of its own namespace.
  std::optional<NetworkId> leads_to(NetworkId network, const IpAddress& address) const;

 private:
  struct Hash {
    std::size_t operator()(const IpAddress& address) const { return hash_of(address); }
    std::size_t operator()(const std::pair<NetworkId, IpAddress>& one) const {
      return hash_of(one.second) * 31 + one.first;
    }
  };
  std::unordered_set<std::pair<NetworkId, IpAddress>, Hash> own_;
  /// Without loopback addresses.
  std::unordered_map<IpAddress, std::vector<NetworkId>, Hash> by_address_;
};

}  // namespace tierwatch
