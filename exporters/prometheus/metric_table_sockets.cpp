// SPDX-License-Identifier: MIT
#include <algorithm>
#include <charconv>
#include <map>

#include "collectors/host/host_addresses.h"
#include "collectors/seconds.h"
#include "exporters/prometheus/metric_sources.h"
#include "exporters/prometheus/metric_table_parts.h"

namespace tierwatch {
namespace {

/// More than any server has; who listens on many random ports must not fill a Prometheus.
constexpr std::size_t kMostListenersOfATier = 32;
constexpr std::size_t kMostPeersOfATier = 8;
constexpr std::size_t kMostAwaitedOfATier = 4;
constexpr std::size_t kMostAddresses = 8;  ///< of this machine
/// From here on the kernel gives out ports of clients (ip_local_port_range), and no client's
/// address may become a label.
constexpr unsigned kFirstClientPort = 32768;
constexpr const char* kOtherPeers = "other";

/// One sample per listener of a tier, labels tier, family, address and network.
template <typename Value>
MetricSource per_listener(Value value) {
  return of_snapshot_by(
      {"tier", "family", "address", "network"}, [value](const Snapshot& snapshot) {
        LabelledValues values;
        std::map<std::uint16_t, std::size_t> told;
        for (const ListenerSample& listener : snapshot.listeners) {
          const auto& owner = listener.reading.owner;
          if (!owner || owner->tier >= snapshot.tiers.size()) continue;
          if (++told[owner->tier] > kMostListenersOfATier) continue;
          if (const MetricValue known = value(listener))
            values.emplace(std::vector{snapshot.tiers[owner->tier].name,
                                       std::string(to_string(listener.reading.family)),
                                       label_text(listener.reading.address),
                                       label_text(listener.reading.network)},
                           *known);
        }
        return values;
      });
}

template <typename Field>
MetricSource listener_field(Field ListenerReading::*field) {
  return per_listener(
      [field](const ListenerSample& listener) { return metric_value(listener.reading.*field); });
}

bool may_be_a_client(std::string_view peer) {
  const auto colon = peer.rfind(':');
  if (colon == std::string_view::npos) return false;  // the path of a UNIX socket
  unsigned port = 0;
  std::from_chars(peer.data() + colon + 1, peer.data() + peer.size(), port);
  return port >= kFirstClientPort;
}

/// The tier's peers that are no tier, most connections first and the rest as one.
void add_outsiders(const std::string& tier, const std::map<std::string, double>& outsiders,
                   LabelledValues& values) {
  std::vector<std::pair<double, std::string>> ranked;
  for (const auto& [peer, connections] : outsiders) ranked.emplace_back(-connections, peer);
  std::ranges::sort(ranked);
  std::size_t named = 0;
  for (const auto& [connections, peer] : ranked) {
    const bool folded = may_be_a_client(peer) || named == kMostPeersOfATier;
    if (!folded) ++named;
    values[{tier, std::string(kExternalTier), folded ? kOtherPeers : label_text(peer)}] -=
        connections;
  }
}

LabelledValues edges(const Snapshot& snapshot) {
  const auto known = [&](std::uint16_t tier) { return tier < snapshot.tiers.size(); };
  LabelledValues values;
  std::map<std::string, std::map<std::string, double>> outsiders;  // by client tier, by peer
  for (const EdgeReading& edge : snapshot.edges) {
    if (!edge.from || !known(edge.from->tier)) continue;
    const std::string& tier = snapshot.tiers[edge.from->tier].name;
    const auto connections = static_cast<double>(edge.connections);
    if (!edge.to)
      outsiders[tier][edge.peer] += connections;
    else if (known(*edge.to))
      values[{tier, snapshot.tiers[*edge.to].name, ""}] += connections;
  }
  for (const auto& [tier, peers] : outsiders) add_outsiders(tier, peers, values);
  return values;
}

/// Of the edges that are told one by one: the mean of `value` over their connections.
template <typename Value>
LabelledValues of_edges(const Snapshot& snapshot, Value value) {
  std::map<std::vector<std::string>, std::pair<double, double>> sums;  // weighted, connections
  const LabelledValues told = edges(snapshot);
  for (const EdgeReading& edge : snapshot.edges) {
    const auto here = value(edge);
    if (!here || !edge.from || edge.from->tier >= snapshot.tiers.size()) continue;
    if (edge.to && *edge.to >= snapshot.tiers.size()) continue;
    std::vector<std::string> labels{
        snapshot.tiers[edge.from->tier].name,
        edge.to ? snapshot.tiers[*edge.to].name : std::string(kExternalTier),
        edge.to ? "" : label_text(edge.peer)};
    if (!told.contains(labels)) continue;  // with others
    auto& [sum, connections] = sums[std::move(labels)];
    sum += *here * static_cast<double>(edge.connections);
    connections += static_cast<double>(edge.connections);
  }
  LabelledValues values;
  for (const auto& [labels, sum] : sums)
    if (sum.second > 0) values.emplace(labels, sum.first / sum.second);
  return values;
}

/// Requests of a tier that wait for a peer elsewhere, by peer: those in hand, where its connections
/// tell; else of its busy workers the share that waits.
std::map<std::string, double> awaited_elsewhere(const Snapshot& snapshot, const TierFacts& tier) {
  std::map<std::string, double> awaited;
  bool known = false;
  for (const TierTime& time : snapshot.verdict.in_flight) {
    if (time.tier != tier.name) continue;
    known = true;
    for (const TimeSpent& part : time.spent)
      if (part.on == Spent::kPeer && !part.watched) awaited[part.peer] += part.requests;
  }
  if (known || !tier.waits || !tier.busy_workers) return awaited;
  for (const WaitFacts& wait : *tier.waits)
    if (wait.kind == WaitFacts::For::kExternal)
      awaited[wait.peer] += wait.share * *tier.busy_workers;
  return awaited;
}

LabelledValues waiting(const Snapshot& snapshot) {
  LabelledValues values;
  for_each_tier(snapshot, [&](const std::string& name, const TierFacts& tier) {
    std::vector<std::pair<double, std::string>> ranked;
    for (const auto& [peer, requests] : awaited_elsewhere(snapshot, tier))
      if (!may_be_a_client(peer)) ranked.emplace_back(-requests, peer);
    std::ranges::sort(ranked);
    if (ranked.size() > kMostAwaitedOfATier) ranked.resize(kMostAwaitedOfATier);
    for (const auto& [requests, peer] : ranked) values[{name, label_text(peer)}] = 0 - requests;
  });
  return values;
}

/// Asked for at each scrape: who is told by OTLP gets them, too.
MetricSource own_addresses() {
  return {{"address"},
          [](const MetricInput& input, std::vector<MetricSample>& samples) {
            if (!input.own_process) return;
            for (std::string& address : host_addresses(kMostAddresses))
              samples.push_back({{std::move(address)}, 1});
          },
          true};
}

LabelledValues round_trips(const Snapshot& snapshot) {
  return of_edges(snapshot, [](const EdgeReading& edge) {
    return edge.round_trip ? std::optional(seconds_of(*edge.round_trip)) : std::nullopt;
  });
}

LabelledValues resent_ratios(const Snapshot& snapshot) {
  return of_edges(snapshot, [](const EdgeReading& edge) -> std::optional<double> {
    if (!edge.segments_resent || edge.segments_sent.value_or(0) == 0) return std::nullopt;
    return static_cast<double>(*edge.segments_resent) / static_cast<double>(*edge.segments_sent);
  });
}

}  // namespace

MetricRows listener_rows() {
  return {
      {"tierwatch_listener_queue_length", kGauge, "",
       "Connections that wait to be accepted in the latest sample.",
       listener_field(&ListenerReading::queue_length)},
      {"tierwatch_listener_queue_limit", kGauge, "",
       "Length at which the accept queue is full: the server's backlog, cut at net.core.somaxconn.",
       listener_field(&ListenerReading::queue_limit)},
      {"tierwatch_listener_queue_peak_length", kGauge, "",
       "Longest accept queue that was seen between the latest two samples.",
       listener_field(&ListenerReading::queue_peak), kDetail},
      {"tierwatch_listener_queue_connection_seconds_total", kCounter, "seconds",
       "Time spent in the accept queue, summed over connections: its rate is the mean length.",
       listener_field(&ListenerReading::queue_seconds), kDetail},
      {"tierwatch_listener_queued_seconds_total", kCounter, "seconds",
       "Time in which at least one connection waited to be accepted.",
       listener_field(&ListenerReading::queued_time)},
      {"tierwatch_listener_full_seconds_total", kCounter, "seconds",
       "Time in which the accept queue was over its limit, so that new connections were refused.",
       listener_field(&ListenerReading::full_time)},
      {"tierwatch_listener_observed_seconds_total", kCounter, "seconds",
       "Time for which the accept queue was watched: what the other times are shares of.",
       listener_field(&ListenerReading::observed)},
      {"tierwatch_listener_dropped_connections_total", kCounter, "",
       "Connection attempts the socket dropped; TCP only, the kernel counts none for Unix sockets.",
       listener_field(&ListenerReading::drops)},
      {"tierwatch_listener_connections_in_service", kGauge, "",
       "Connections accepted and not yet closed in the latest sample.",
       listener_field(&ListenerReading::in_service), kDetail},
      {"tierwatch_listener_half_open_connections", kGauge, "",
       "Half-open connections in the latest sample: the SYN backlog, whose limit is that of the "
       "accept queue.",
       listener_field(&ListenerReading::half_open)},
      {"tierwatch_listener_sending_connections", kGauge, "",
       "Connections of remote clients with data that wait to be sent, in the latest sample.",
       listener_field(&ListenerReading::sending), kDetail},
  };
}

MetricRows edge_rows() {
  return {
      {"tierwatch_edge_connections", kGauge, "",
       "Connections that the tier has opened to another tier, or to an external peer, in the "
       "latest sample; peers beyond the 8 largest, and those on ports from 32768 on, are summed as "
       "other.",
       of_snapshot_by({"tier", "to", "peer"}, edges)},
      {"tierwatch_edge_waiting_requests", kGauge, "",
       "Requests of the tier that wait for the answer of a peer that is no tier of this machine, "
       "mean "
       "over the verdict's window, of the four peers that most wait for; what waits for other "
       "tiers here is part of tierwatch_tier_in_flight_requests.",
       of_snapshot_by({"tier", "peer"}, waiting)},
      {"tierwatch_address_info", kGauge, "",
       "Always 1: the addresses that other machines know this one by, eight at most; without "
       "loopback and link-local ones. The peers of other machines' tiers are found by them.",
       own_addresses()},
      {"tierwatch_edge_round_trip_seconds", kGauge, "seconds",
       "Time to the peer and back, as the kernel smoothes it, mean over these connections in the "
       "latest sample; TCP only.",
       of_snapshot_by({"tier", "to", "peer"}, round_trips), kDetail},
      {"tierwatch_edge_resent_ratio", kGauge, "ratio",
       "Of the segments that these connections have sent since they began, the share that was "
       "sent again.",
       of_snapshot_by({"tier", "to", "peer"}, resent_ratios), kDetail}};
}

}  // namespace tierwatch
