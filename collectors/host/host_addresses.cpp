// SPDX-License-Identifier: MIT
#include "collectors/host/host_addresses.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <memory>

namespace tierwatch {
namespace {

/// Empty for what no other machine can ask for.
std::string address_text(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address->sa_family == AF_INET) {
    const in_addr& v4 = reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
    constexpr std::uint32_t kLinkLocal = 0xa9fe0000;  // 169.254.0.0/16, RFC 3927
    const bool local = (ntohl(v4.s_addr) & 0xffff0000) == kLinkLocal;
    return local || !inet_ntop(AF_INET, &v4, text, sizeof(text)) ? "" : text;
  }
  if (address->sa_family != AF_INET6) return "";
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  return IN6_IS_ADDR_LINKLOCAL(&v6) || !inet_ntop(AF_INET6, &v6, text, sizeof(text)) ? "" : text;
}

}  // namespace

std::vector<std::string> host_addresses(std::size_t most) {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> all(first, freeifaddrs);
  std::vector<std::string> addresses;
  for (const int family : {AF_INET, AF_INET6})
    for (const ifaddrs* one = first; one && addresses.size() < most; one = one->ifa_next) {
      const bool up = one->ifa_flags & IFF_UP, loopback = one->ifa_flags & IFF_LOOPBACK;
      if (!one->ifa_addr || one->ifa_addr->sa_family != family || !up || loopback) continue;
      std::string text = address_text(one->ifa_addr);
      if (!text.empty() && std::ranges::find(addresses, text) == addresses.end())
        addresses.push_back(std::move(text));
    }
  return addresses;
}

}  // namespace tierwatch
