// SPDX-License-Identifier: MIT
#include "tests/churn/sockets.h"

#include <algorithm>
#include <set>

#include "collectors/seconds.h"

namespace tierwatch {
namespace {

constexpr nanoseconds kForgotten = std::chrono::minutes(10);  // as ListenerReading promises

const char* address_of(const std::string& tier) {
  if (tier == "nginx") return "0.0.0.0:80";
  if (tier == "uwsgi") return "/run/uwsgi/app.sock";
  return tier == "postgres" ? "127.0.0.1:5432" : "127.0.0.1:6379";
}

std::uint16_t port_of(const std::string& tier) {
  if (tier == "uwsgi") return 0;
  return tier == "nginx" ? 80 : tier == "postgres" ? 5432 : 6379;
}

}  // namespace

std::optional<SocketOwner> ChurnSockets::owner_of(const ChurnServer& server) {
  if (!server.index || dice_.once_in(30)) return std::nullopt;
  if (privileged_)
    return SocketOwner{
        .tier = *server.index, .source = OwnerSource::kDescriptor, .instance = server.root};
  return SocketOwner{.tier = *server.index, .source = OwnerSource::kUser, .user = server.user};
}

/// What the kernel's counters and our sub-samples would have come to.
ListenerReading ChurnSockets::look(Address& address, const ChurnServer& server,
                                   nanoseconds elapsed) {
  ListenerReading& reading = address.reading;
  const bool tcp = port_of(server.tier) != 0;
  if (address.closed_for >= kForgotten) reading = {};
  reading.family = tcp ? SocketFamily::kTcp4 : SocketFamily::kUnix;
  reading.address = address_of(server.tier);
  reading.port = port_of(server.tier);
  reading.sockets = 1;
  reading.uid = server.user;
  reading.owner = owner_of(server);
  reading.queue_length = dice_.once_in(3) ? dice_.upto(130) : 0;
  reading.queue_limit.reset();
  if (!dice_.once_in(20)) reading.queue_limit = 128;
  if (tcp) reading.drops = reading.drops.value_or(0) + dice_.upto(2);
  if (!dice_.once_in(10)) {
    const nanoseconds queued = dice_.time(elapsed), full = dice_.time(queued);
    reading.observed += elapsed;
    reading.queued_time += queued;
    reading.full_time += full;
    reading.queue_seconds += seconds_of(queued) * static_cast<double>(dice_.upto(128));
    ++reading.samples;
  }
  reading.queue_peak = reading.queue_length + dice_.upto(9);
  reading.in_service.reset();
  reading.owed.reset();
  reading.unread.reset();
  if (!dice_.once_in(20)) reading.in_service = dice_.upto(60);
  if (tcp && reading.in_service) reading.owed = dice_.upto(*reading.in_service + 1);
  if (reading.in_service) reading.unread = dice_.upto(*reading.in_service + 1);
  return reading;
}

EdgeReading ChurnSockets::edge(const ChurnServer* from, const ChurnServer& to) {
  EdgeReading edge{.from_local = from != nullptr, .to = to.index, .peer = address_of(to.tier)};
  if (from) edge.from = owner_of(*from);
  if (from && !edge.from) edge.from_user = from->user;
  if (privileged_) edge.to_instance = to.root;
  edge.connections = 1 + dice_.upto(60);
  if (port_of(to.tier) == 0) return edge;
  edge.awaiting = dice_.upto(edge.connections + 1);
  edge.background = dice_.upto(edge.connections - *edge.awaiting + 1);
  edge.round_trip = dice_.time(std::chrono::milliseconds(90));
  edge.segments_sent = dice_.upto(9000);
  edge.segments_resent = dice_.upto(*edge.segments_sent + 1);
  return edge;
}

std::vector<ProcessSocketsReading> ChurnSockets::holders(
    const std::vector<ProcessReading>& processes) {
  std::vector<ProcessSocketsReading> all;
  for (const ProcessReading& process : processes)
    if (privileged_ && process.member && process.state != 'Z' && !dice_.once_in(20))
      all.push_back(
          {.id = process.id, .tier = process.member->tier, .serving = dice_.upto(4), .peers = {}});
  return all;
}

SocketReading ChurnSockets::read(const std::vector<ChurnServer>& servers,
                                 const std::vector<ProcessReading>& processes,
                                 nanoseconds elapsed) {
  SocketReading sockets;
  std::set<std::string> open;
  const ChurnServer* before = nullptr;
  for (const ChurnServer& server : servers) {
    const bool second = before && before->tier == server.tier;
    if (!second) {
      Address& address = addresses_[server.tier];
      sockets.listeners.push_back(look(address, server, elapsed));
      address.closed_for = {};
      open.insert(server.tier);
    }
    if (second || !dice_.once_in(10)) sockets.edges.push_back(edge(before, server));
    sockets.connections += 2;
    before = &server;
  }
  for (auto& [tier, address] : addresses_)
    if (!open.contains(tier)) address.closed_for += elapsed;
  const auto key = [](const ListenerReading& one) { return std::pair(one.family, one.address); };
  std::ranges::sort(sockets.listeners, {}, key);
  sockets.processes = holders(processes);
  return sockets;
}

}  // namespace tierwatch
