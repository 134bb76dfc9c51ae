// SPDX-License-Identifier: MIT
#include "collectors/sockets/connection_tally.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

namespace tierwatch {

namespace {

struct HashEndpoint {
  std::size_t operator()(const IpAddress& address) const {
    std::uint64_t words[2];
    std::memcpy(words, address.bytes.data(), sizeof words);
    return (words[0] * 31 + words[1]) * 0x9e3779b97f4a7c15u >> 16;
  }
  std::size_t operator()(const Endpoint& endpoint) const {
    return (*this)(endpoint.address) * 65537 + endpoint.port;
  }
};

constexpr std::uint32_t kNone = ~0u;

/// Finds listeners by what a connection tells of its ends.
class ListenerIndex {
 public:
  explicit ListenerIndex(std::span<const Listener> listeners) : listeners_(listeners) {
    for (std::uint32_t i = 0; i < listeners.size(); ++i) {
      if (listeners[i].reading.family == SocketFamily::kUnix)
        by_name_.try_emplace(listeners[i].reading.address, i);
      else
        by_port_.emplace_back(listeners[i].local.port, i);
    }
    std::sort(by_port_.begin(), by_port_.end());
  }

  /// The listener that a socket of `family` with this local end was accepted from.
  std::uint32_t of_accepted(const Endpoint& local, SocketFamily family) const {
    return best(local, [&](const Listener& listener) {
      if (listener.reading.family != family) return 0;
      return listener.local.address == local.address ? 2 : int{listener.local.address.is_any()};
    });
  }

  /// The listener that a connection to this address of our own leads to. An IPv6 wildcard takes
  /// IPv4 as well, after IPv4's own (ipv6(7), IPV6_V6ONLY off).
  std::uint32_t of_target(const Endpoint& remote) const {
    return best(remote, [&](const Listener& listener) {
      if (listener.local.address == remote.address) return 3;
      if (!listener.local.address.is_any()) return 0;
      return listener.local.address.is_v4() == remote.address.is_v4() ? 2
             : remote.address.is_v4()                                 ? 1
                                                                      : 0;
    });
  }

  std::uint32_t of_name(std::string_view name) const {
    const auto found = name.empty() ? by_name_.end() : by_name_.find(name);
    return found == by_name_.end() ? kNone : found->second;
  }

 private:
  template <typename Rank>
  std::uint32_t best(const Endpoint& end, Rank rank) const {
    std::uint32_t found = kNone;
    int best_rank = 0;
    for (auto entry = std::lower_bound(by_port_.begin(), by_port_.end(),
                                       std::pair(end.port, std::uint32_t{0}));
         entry != by_port_.end() && entry->first == end.port; ++entry) {
      const int this_rank = rank(listeners_[entry->second]);
      if (this_rank > best_rank) {
        best_rank = this_rank;
        found = entry->second;
      }
    }
    return found;
  }

  std::span<const Listener> listeners_;
  std::vector<std::pair<std::uint16_t, std::uint32_t>> by_port_;
  std::unordered_map<std::string_view, std::uint32_t> by_name_;
};

/// Where a connection leads: a local listener, or an address elsewhere.
struct Target {
  std::uint32_t listener = kNone;
  Endpoint remote;  ///< when listener is kNone
  bool operator==(const Target&) const = default;
};
struct HashTarget {
  std::size_t operator()(const Target& target) const {
    return target.listener != kNone ? target.listener : HashEndpoint{}(target.remote);
  }
};

/// Who began a connection.
struct Client {
  std::optional<std::uint16_t> tier;
  const UserTiers* one_of = nullptr;
  bool local = false;
  auto operator<=>(const Client&) const = default;
};

struct Count {
  std::uint64_t connections = 0;
  std::optional<std::uint64_t> awaiting = 0;      ///< absent: not told of all
  OwnerSource source = OwnerSource::kDescriptor;  ///< the weakest of all
};

class Tally {
 public:
  Tally(std::span<Listener> listeners, const ConnectionTable& table, const SocketOwners& owners)
      : listeners_(listeners),
        table_(table),
        owners_(owners),
        index_(listeners),
        processes_(owners.links().processes().size()) {}

  SocketReading run() {
    for (const TcpConnection& connection : table_.tcp) add_local_address(connection);
    for (const TcpConnection& connection : table_.tcp) add_tcp(connection);
    add_unix();
    SocketReading reading;
    reading.connections = table_.tcp.size() + table_.unix_sockets.size();
    write_edges(reading);
    write_processes(reading);
    return reading;
  }

 private:
  struct ProcessTally {
    std::uint64_t serving = 0;
    std::vector<std::pair<std::uint32_t, std::uint64_t>> targets;  ///< target, connections
  };

  void add_local_address(const TcpConnection& connection) {
    if (connection.local.address == last_local_) return;
    last_local_ = connection.local.address;
    local_addresses_.insert(last_local_);
  }

  bool is_local(const IpAddress& address) const { return local_addresses_.contains(address); }

  void add_tcp(const TcpConnection& connection) {
    if (connection.inode == 0) return;  // waits in an accept queue, which is measured there
    const std::uint32_t server = index_.of_accepted(connection.local, connection.family);
    if (server != kNone) {
      serve(server, connection.inode);
      // A local client is counted at its own end.
      if (!is_local(connection.remote.address)) count({}, {.listener = server}, {}, {});
      return;
    }
    Target target{.remote = connection.remote};
    if (is_local(connection.remote.address)) target.listener = index_.of_target(connection.remote);
    if (target.listener != kNone) target.remote = {};
    add_client(connection.inode, connection.uid, connection.cgroup_id, target,
               connection.awaits_answer);
  }

  /// Accepted sockets name their listener; their clients are found by the peer's inode.
  void add_unix() {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> clients;  // inode, listener
    for (const UnixConnection& connection : table_.unix_sockets) {
      const std::uint32_t server = index_.of_name(table_.name_of(connection));
      if (server == kNone) continue;
      serve(server, connection.inode);
      if (connection.peer_inode != 0) clients.emplace_back(connection.peer_inode, server);
    }
    std::sort(clients.begin(), clients.end());
    for (const UnixConnection& connection : table_.unix_sockets) {
      const auto client = std::lower_bound(clients.begin(), clients.end(),
                                           std::pair(connection.inode, std::uint32_t{0}));
      if (client != clients.end() && client->first == connection.inode)
        add_client(connection.inode, connection.uid, 0, {.listener = client->second}, {});
    }
  }

  void serve(std::uint32_t server, std::uint64_t inode) {
    if (auto& in_service = listeners_[server].reading.in_service) ++*in_service;
    for (const auto& holder : owners_.links().holders(inode)) ++processes_[holder.process].serving;
  }

  void add_client(std::uint64_t inode, std::optional<uid_t> uid, std::uint64_t cgroup_id,
                  const Target& target, std::optional<bool> awaits) {
    const auto server = tier_of(target);
    const ClientTier client = owners_.of_client(inode, uid, cgroup_id, server);
    if (!client.owner && client.one_of == nullptr && !server) return;  // between strangers
    Client who{.one_of = client.one_of, .local = true};
    if (client.owner) who.tier = client.owner->tier;
    const std::uint32_t id =
        count(who, target, client.owner ? client.owner->source : OwnerSource::kUser, awaits);
    for (const auto& holder : owners_.links().holders(inode))
      count_for(processes_[holder.process], id);
  }

  static void count_for(ProcessTally& process, std::uint32_t target) {
    for (auto& [known, connections] : process.targets)
      if (known == target) {
        ++connections;
        return;
      }
    if (process.targets.size() < kMostOutsidePeers) process.targets.emplace_back(target, 1);
  }

  std::optional<std::uint16_t> tier_of(const Target& target) const {
    if (target.listener == kNone || !listeners_[target.listener].reading.owner) return std::nullopt;
    return listeners_[target.listener].reading.owner->tier;
  }

  std::string name_of(const Target& target) const {
    return target.listener != kNone ? listeners_[target.listener].reading.address
                                    : to_string(target.remote);
  }

  /// Counts one connection; gives the target's number.
  std::uint32_t count(const Client& client, const Target& target, OwnerSource source,
                      std::optional<bool> awaits) {
    const auto [entry, added] =
        target_ids_.try_emplace(target, static_cast<std::uint32_t>(targets_.size()));
    if (added) targets_.push_back(target);
    // Connections of one client come in runs (sockets made together hash apart, but tiers are few):
    // a search among a handful beats a hash.
    std::size_t known = 0;
    while (known < clients_.size() && clients_[known] != client) ++known;
    if (known == clients_.size()) clients_.push_back(client);
    Count& counted = counts_[static_cast<std::uint64_t>(entry->second) << 32 | known];
    ++counted.connections;
    if (!awaits)
      counted.awaiting.reset();
    else if (counted.awaiting)
      *counted.awaiting += *awaits;
    counted.source = std::max(counted.source, source);
    return entry->second;
  }

  EdgeReading edge_of(std::uint64_t key, const Count& counted) const {
    const Client& client = clients_[key & 0xffffffff];
    const Target& target = targets_[key >> 32];
    EdgeReading edge{.from_local = client.local,
                     .to = tier_of(target),
                     .peer = name_of(target),
                     .connections = counted.connections,
                     .awaiting = counted.awaiting};
    if (client.tier)
      edge.from = SocketOwner{*client.tier, counted.source};
    else if (client.one_of != nullptr)
      edge.from_one_of = client.one_of->tiers;
    return edge;
  }

  void write_edges(SocketReading& reading) const {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> outside;  // connections, key
    for (const auto& [key, counted] : counts_) {
      if (targets_[key >> 32].listener == kNone)
        outside.emplace_back(counted.connections, key);
      else
        reading.edges.push_back(edge_of(key, counted));
    }
    const std::size_t kept = std::min(outside.size(), kMostOutsidePeers);
    std::partial_sort(outside.begin(), outside.begin() + static_cast<std::ptrdiff_t>(kept),
                      outside.end(), std::greater<>());
    for (std::size_t i = 0; i < outside.size(); ++i) {
      if (i < kept)
        reading.edges.push_back(edge_of(outside[i].second, counts_.at(outside[i].second)));
      else
        reading.edges_left_out += outside[i].first;
    }
    const auto order = [](const EdgeReading& edge) {
      return std::tuple(edge.from, edge.to, ~edge.connections, std::string_view(edge.peer));
    };
    std::sort(reading.edges.begin(), reading.edges.end(),
              [&](const auto& left, const auto& right) { return order(left) < order(right); });
  }

  void write_processes(SocketReading& reading) const {
    for (std::size_t i = 0; i < processes_.size(); ++i) {
      const auto& process = owners_.links().processes()[i];
      auto& written = reading.processes.emplace_back(ProcessSocketsReading{
          .id = process.id, .tier = process.member.tier, .serving = processes_[i].serving});
      for (const auto& [target, connections] : processes_[i].targets)
        written.peers.push_back(
            {tier_of(targets_[target]), name_of(targets_[target]), connections});
      std::sort(written.peers.begin(), written.peers.end());
    }
  }

  std::span<Listener> listeners_;
  const ConnectionTable& table_;
  const SocketOwners& owners_;
  ListenerIndex index_;
  std::unordered_set<IpAddress, HashEndpoint> local_addresses_;
  IpAddress last_local_;
  std::unordered_map<Target, std::uint32_t, HashTarget> target_ids_;
  std::vector<Target> targets_;
  std::vector<Client> clients_;
  std::unordered_map<std::uint64_t, Count> counts_;  ///< by target << 32 | client
  std::vector<ProcessTally> processes_;
};

}  // namespace

SocketReading tally_connections(std::span<Listener> listeners, const ConnectionTable& table,
                                const SocketOwners& owners) {
  return Tally(listeners, table, owners).run();
}

}  // namespace tierwatch
