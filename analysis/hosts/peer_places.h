// SPDX-License-Identifier: MIT
//
// Whose an address is that a tier of one host speaks to.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "analysis/hosts/watched_hosts.h"

namespace tierwatch {

/// A tier of a host.
struct HostPlace {
  std::size_t host = 0;  ///< index
  std::string tier;      ///< empty: the host is known, who listens there is not
  auto operator<=>(const HostPlace&) const = default;
};

/// Address and port of "10.0.0.9:5432" and "[2001:db8::9]:5432"; an IPv4 address that is mapped
/// into IPv6 is the IPv4 one. Absent for anything else.
struct HostAndPort {
  std::string host, port;
};
std::optional<HostAndPort> split_address(std::string_view text);

/// Pure, once it is made. An address that several hosts have (a bridge of containers has the same
/// on each) is nobody's.
class PeerPlaces {
 public:
  explicit PeerPlaces(const WatchedHosts& all);

  /// Absent where no watched host, or more than one, has the address.
  std::optional<HostPlace> find(std::string_view peer) const;
  /// No address of the host is known by which others could reach it.
  bool hides(std::size_t host) const;

 private:
  void add(const std::string& address, std::size_t host);
  std::string tier_at(std::size_t host, const HostAndPort& address) const;

  const WatchedHosts& all_;
  std::map<std::string, std::optional<std::size_t>> owners_;  ///< absent: several
};

}  // namespace tierwatch
