// SPDX-License-Identifier: MIT
#include "collectors/sockets/networks/network_addresses.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <string>

#include "collectors/text/text_scan.h"

namespace tierwatch {

std::vector<IpAddress> parse_fib_trie(std::string_view text) {
  std::set<IpAddress> found;
  std::string_view leaf;
  while (!text.empty()) {
    std::string_view line = trim_blanks(take_until(text, '\n'));
    if (line.starts_with("|-- ")) leaf = line.substr(4);
    if (!line.starts_with("/32 host LOCAL")) continue;
    in_addr address{};
    if (inet_pton(AF_INET, std::string(leaf).c_str(), &address) == 1)
      found.insert(IpAddress::v4(address.s_addr));
  }
  return {found.begin(), found.end()};
}

std::vector<IpAddress> parse_if_inet6(std::string_view text) {
  constexpr std::size_t kDigits = 32;
  std::vector<IpAddress> found;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    const std::string_view digits = take_field(line);
    IpAddress address;
    bool good = digits.size() == kDigits;
    for (std::size_t i = 0; good && i < address.bytes.size(); ++i) {
      const auto byte = to_number<std::uint8_t>(digits.substr(2 * i, 2), 16);
      good = byte.has_value();
      address.bytes[i] = byte.value_or(0);
    }
    if (good) found.push_back(address);
  }
  return found;
}

void NetworkAddresses::add(NetworkId network, const IpAddress& address) {
  if (address.is_any() || !own_.emplace(network, address).second) return;
  if (!address.is_loopback()) by_address_[address].push_back(network);
}

bool NetworkAddresses::has(NetworkId network, const IpAddress& address) const {
  return own_.contains({network, address});
}

std::optional<NetworkId> NetworkAddresses::leads_to(NetworkId network,
                                                    const IpAddress& address) const {
  if (has(network, address)) return network;
  const auto others = by_address_.find(address);
  if (others == by_address_.end() || others->second.size() != 1) return std::nullopt;
  return others->second.front();
}

}  // namespace tierwatch
