// SPDX-License-Identifier: MIT
#include "collectors/sockets/networks/port_relay.h"

#include <string>

#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

constexpr std::size_t kMostRelays = 1024;
constexpr std::string_view kProgram = "docker-proxy";

/// The word after `name`, in a title whose blanks part words. Empty without.
std::string_view option_after(std::string_view title, std::string_view name) {
  for (auto word = take_field(title); !word.empty(); word = take_field(title))
    if (word == name) return take_field(title);
  return {};
}

std::optional<Endpoint> endpoint(std::string_view title, std::string_view address,
                                 std::string_view port) {
  const auto where = parse_ip_address(option_after(title, address));
  const auto number = to_number<std::uint16_t>(option_after(title, port));
  if (!where || !number || *number == 0) return std::nullopt;
  return Endpoint{*where, *number};
}

}  // namespace

std::optional<PortRelay> parse_relay(std::string_view title) {
  std::string_view program = title.substr(0, title.find(' '));
  program.remove_prefix(program.rfind('/') + 1);  // npos + 1 is 0
  if (program != kProgram || option_after(title, "-proto") != "tcp") return std::nullopt;
  const auto published = endpoint(title, "-host-ip", "-host-port");
  const auto target = endpoint(title, "-container-ip", "-container-port");
  if (!published || !target) return std::nullopt;
  return PortRelay{.published = *published, .target = *target};
}

std::vector<PortRelay> port_relays(std::span<const ProcessReading> processes,
                                   std::span<const NetworkId> networks) {
  std::vector<PortRelay> relays;
  for (std::size_t i = 0; i < processes.size() && relays.size() < kMostRelays; ++i) {
    const ProcessReading& process = processes[i];
    if (process.member || process.comm != kProgram) continue;
    auto relay = parse_relay(process.title);
    if (!relay || !process.uid) continue;
    relay->network = networks[i];
    relay->uid = *process.uid;
    relays.push_back(*relay);
  }
  return relays;
}

}  // namespace tierwatch
