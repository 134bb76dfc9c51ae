// SPDX-License-Identifier: MIT
#include "analysis/hosts/peer_places.h"

#include <arpa/inet.h>

#include <algorithm>
#include <set>

namespace tierwatch {
namespace {

constexpr std::string_view kMapped = "::ffff:";

bool is_any(const std::string& host) { return host == "0.0.0.0" || host == "::" || host == "*"; }

/// A number that other machines can ask for: names are not looked up.
bool is_reachable(const std::string& host) {
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return !is_any(host) && !host.starts_with("127.");
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && !is_any(host) && host != "::1";
}

}  // namespace

std::optional<HostAndPort> split_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == text.size()) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (port.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.starts_with(kMapped) && host.find('.') != std::string_view::npos)
    host.remove_prefix(kMapped.size());
  if (host.empty()) return std::nullopt;
  return HostAndPort{std::string(host), std::string(port)};
}

PeerPlaces::PeerPlaces(const WatchedHosts& all) : all_(all) {
  for (std::size_t i = 0; i < all.hosts.size(); ++i) {
    const WatchedHost& host = all.hosts[i];
    for (const std::string& address : host.addresses) add(address, i);
    if (const auto scraped = split_address(host.instance)) add(scraped->host, i);
    for (const ServedAddress& served : host.served)
      if (const auto at = split_address(served.address); at && served.network.empty())
        add(at->host, i);
  }
}

void PeerPlaces::add(const std::string& address, std::size_t host) {
  if (!is_reachable(address)) return;
  const auto [known, fresh] = owners_.try_emplace(address, host);
  if (!fresh && known->second != host) known->second.reset();
}

bool PeerPlaces::hides(std::size_t host) const {
  return std::ranges::none_of(owners_, [&](const auto& owner) { return owner.second == host; });
}

/// The one with the very address, else with all addresses of that port, else with the port in some
/// container, unless there are two of them.
std::string PeerPlaces::tier_at(std::size_t host, const HostAndPort& address) const {
  std::set<std::string> exact, any, inside;
  for (const ServedAddress& served : all_.hosts[host].served) {
    const auto at = split_address(served.address);
    if (!at || at->port != address.port) continue;
    const bool own = served.network.empty();
    (own && at->host == address.host ? exact
     : own && is_any(at->host)       ? any
                                     : inside)
        .insert(served.tier);
  }
  for (const auto& tiers : {exact, any, inside})
    if (!tiers.empty()) return tiers.size() == 1 ? *tiers.begin() : "";
  return "";
}

std::optional<HostPlace> PeerPlaces::find(std::string_view peer) const {
  const auto address = split_address(peer);
  if (!address) return std::nullopt;
  const auto owner = owners_.find(address->host);
  if (owner == owners_.end() || !owner->second) return std::nullopt;
  return HostPlace{*owner->second, tier_at(*owner->second, *address)};
}

}  // namespace tierwatch
