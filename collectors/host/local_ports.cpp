// SPDX-License-Identifier: MIT
#include "collectors/host/local_ports.h"

#include <string>

#include "collectors/text/text_scan.h"

namespace tierwatch {

std::optional<std::uint64_t> parse_port_range(std::string_view text) {
  if (!is_whole(text)) return std::nullopt;
  const auto first = take_number<std::uint64_t>(text);
  const auto last = take_number<std::uint64_t>(text);
  if (!first || !last || *last < *first) return std::nullopt;
  return *last - *first + 1;
}

std::optional<std::uint64_t> parse_tcp_sockets(std::string_view text, std::string_view protocol) {
  if (!is_whole(text)) return std::nullopt;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    std::string_view name = take_field(line);
    if (!name.ends_with(':')) continue;
    name.remove_suffix(1);
    if (name != protocol) continue;
    std::uint64_t sockets = 0;
    for (auto what = take_field(line); !what.empty(); what = take_field(line)) {
      const auto count = take_number<std::uint64_t>(line);
      if (!count) return std::nullopt;
      if (what == "inuse" || what == "tw") sockets += *count;
    }
    return sockets;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> read_local_ports(const ProcFs& files) {
  std::string buffer;
  const FileText text = files.read("proc/sys/net/ipv4/ip_local_port_range", buffer);
  return text ? parse_port_range(text.text) : std::nullopt;
}

std::optional<std::uint64_t> read_tcp_sockets(const ProcFs& files) {
  std::string buffer;
  const FileText four = files.read("proc/net/sockstat", buffer);
  const auto sockets = four ? parse_tcp_sockets(four.text, "TCP") : std::nullopt;
  if (!sockets) return std::nullopt;
  const FileText six = files.read("proc/net/sockstat6", buffer);  // a kernel may do without IPv6
  return *sockets + (six ? parse_tcp_sockets(six.text, "TCP6").value_or(0) : 0);
}

}  // namespace tierwatch
