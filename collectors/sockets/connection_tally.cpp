// SPDX-License-Identifier: MIT
#include "collectors/sockets/connection_tally.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "collectors/sockets/edge_counts.h"
#include "collectors/sockets/networks/far_ends.h"
#include "collectors/sockets/open_requests.h"
#include "collectors/sockets/reading/listener_index.h"

namespace tierwatch {

namespace {

constexpr std::uint32_t kNone = ListenerIndex::kNone;

class Tally {
 public:
  Tally(std::span<Listener> listeners, TallyInput input, const SocketOwners& owners)
      : listeners_(listeners),
        networks_(input.networks),
        relays_(input.relays),
        owners_(owners),
        index_(listeners),
        addresses_(std::move(input.addresses)),
        processes_(owners.links().processes().size()) {}

  SocketReading run() {
    learn_addresses();
    sort_ends();
    take_titles();
    follow_relays();
    for_each_connection([&](NetworkId network, const TcpConnection& connection,
                            std::uint32_t server) { add_server_end(network, connection, server); });
    requests_.settle(listeners_);
    for_each_connection(
        [&](NetworkId network, const TcpConnection& connection, std::uint32_t server) {
          if (server == kNone && connection.inode != 0) add_client_end(network, connection);
        });
    add_unix();
    add_half_open();
    SocketReading reading;
    for (const NetworkConnections& one : networks_)
      reading.connections += one.table->tcp.size() + one.table->unix_sockets.size();
    write_edges(reading);
    write_processes(reading);
    return reading;
  }

 private:
  struct ProcessTally {
    std::uint64_t serving = 0;
    std::vector<std::pair<std::uint32_t, std::uint64_t>> targets;  ///< target, connections
  };

  /// Calls `visit(network, connection, listener it was accepted from or kNone)`.
  template <typename Visit>
  void for_each_connection(Visit visit) const {
    auto server = servers_.begin();
    for (const NetworkConnections& one : networks_)
      for (const TcpConnection& connection : one.table->tcp)
        visit(one.network, connection, *server++);
  }

  void learn_addresses() {
    for (const NetworkConnections& one : networks_) {
      IpAddress last;
      for (const TcpConnection& connection : one.table->tcp) {
        if (connection.local.address == last) continue;
        last = connection.local.address;
        addresses_.add(one.network, last);
      }
    }
    if (networks_.size() < 2) return;
    for (const Listener& listener : listeners_)
      if (listener.listening && listener.reading.family != SocketFamily::kUnix)
        addresses_.add(listener.network, listener.local.address);
  }

  /// Asked for many connections to one address after another.
  bool is_own(NetworkId network, const IpAddress& address) {
    if (own_asked_ != std::pair(network, address)) {
      own_asked_ = {network, address};
      own_ = addresses_.has(network, address);
    }
    return own_;
  }

  /// Which ends are servers', and those of connections between namespaces.
  void sort_ends() {
    for (const NetworkConnections& one : networks_)
      for (const TcpConnection& connection : one.table->tcp) {
        servers_.push_back(index_.of_accepted(one.network, connection.local, connection.family));
        if (networks_.size() < 2 || is_own(one.network, connection.remote.address)) continue;
        if (servers_.back() == kNone)
          far_ends_.add_client(connection);
        else
          far_ends_.add_server(servers_.back(), connection);
      }
    far_ends_.settle();
  }

  /// Titles of the processes that serve them name clients: a surer word than an address or a user.
  void take_titles() {
    if (owners_.titles().empty()) return;
    for_each_connection([&](NetworkId, const TcpConnection& connection, std::uint32_t server) {
      if (server == kNone) return;
      auto& owner = listeners_[server].reading.owner;
      if (owner &&
          (owner->source == OwnerSource::kDescriptor || owner->source == OwnerSource::kTitle))
        return;
      if (const auto told = owners_.titles().owner_of(listeners_[server], connection.remote))
        owner = told;
    });
  }

  /// A relay's listener is told by its address and user; it stands for where it leads.
  void follow_relays() {
    for (const PortRelay& relay : relays_) {
      const auto family =
          relay.published.address.is_v4() ? SocketFamily::kTcp4 : SocketFamily::kTcp6;
      const std::uint32_t at = index_.of_accepted(relay.network, relay.published, family);
      if (at == kNone || listeners_[at].local.address != relay.published.address) continue;
      if (listeners_[at].reading.uid != relay.uid || listeners_[at].reading.owner) continue;
      Target target{.remote = relay.target};
      if (const auto where = addresses_.leads_to(relay.network, relay.target.address))
        target.listener = index_.of_target(*where, relay.target);
      if (target.listener == at) continue;
      if (target.listener != kNone) target.remote = {};
      relayed_.try_emplace(at, target);
    }
  }

  Target followed(const Target& target) const {
    const auto relay = relayed_.empty() ? relayed_.end() : relayed_.find(target.listener);
    return relay == relayed_.end() ? target : relay->second;
  }

  /// A relay's own connection: whoever came to it is counted instead.
  bool is_relays(NetworkId network, const TcpConnection& connection) const {
    return std::ranges::any_of(relays_, [&](const PortRelay& relay) {
      return relay.target == connection.remote && relay.network == network &&
             relay.uid == connection.uid;
    });
  }

  void add_server_end(NetworkId network, const TcpConnection& connection, std::uint32_t server) {
    // Without an inode it waits in an accept queue, which is measured there.
    if (server == kNone) return;
    if (connection.inode == 0) return requests_.add_queued(server, connection);
    serve(server, connection.inode, connection.unread);
    const bool here = is_own(network, connection.remote.address) ||
                      (networks_.size() > 1 && far_ends_.is_here(connection.remote));
    requests_.add(server, connection, here);
    // A client of this machine is counted at its own end.
    if (!here) counts_.add({}, followed({.listener = server}), {}, Wait::kUntold, &connection);
  }

  Target target_of(NetworkId network, const TcpConnection& connection) {
    Target target{.remote = connection.remote};
    const auto where = is_own(network, connection.remote.address)
                           ? network
                           : addresses_.leads_to(network, connection.remote.address);
    if (where) target.listener = index_.of_target(*where, connection.remote);
    if (target.listener == kNone) target.listener = far_ends_.server_of(connection);
    if (target.listener != kNone) target.remote = {};
    return target;
  }

  void add_client_end(NetworkId network, const TcpConnection& connection) {
    const Target target = target_of(network, connection);
    if (target.listener != kNone && connection.unread)
      requests_.take_back(target.listener, connection.local, listeners_);
    else if (target.listener != kNone && connection.awaits_answer.value_or(false))
      requests_.confirm(target.listener, connection.local, listeners_);
    add_client(connection.inode, {network, connection.uid, connection.cgroup_id}, target,
               &connection);
  }

  void add_half_open() {
    for (const NetworkConnections& one : networks_)
      for (const HalfOpenConnection& connection : one.table->half_open) {
        const std::uint32_t server =
            index_.of_accepted(one.network, connection.local, connection.family);
        if (server == kNone) continue;
        if (auto& half_open = listeners_[server].reading.half_open) ++*half_open;
      }
  }

  /// Accepted sockets name their listener; their clients are found by the peer's inode.
  void add_unix() {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> clients;  // inode, listener
    for (const auto& [network, table] : networks_)
      for (const UnixConnection& connection : table->unix_sockets) {
        const std::uint32_t server = index_.of_name(network, table->name_of(connection));
        if (server == kNone) continue;
        serve(server, connection.inode, connection.unread);
        if (connection.peer_inode != 0) clients.emplace_back(connection.peer_inode, server);
      }
    std::sort(clients.begin(), clients.end());
    for (const auto& [network, table] : networks_)
      for (const UnixConnection& connection : table->unix_sockets) {
        const auto client = std::lower_bound(clients.begin(), clients.end(),
                                             std::pair(connection.inode, std::uint32_t{0}));
        if (client != clients.end() && client->first == connection.inode)
          add_client(connection.inode, {network, connection.uid, 0}, {.listener = client->second},
                     nullptr);
      }
  }

  void serve(std::uint32_t server, std::uint64_t inode, std::optional<bool> is_unread) {
    ListenerReading& reading = listeners_[server].reading;
    if (reading.in_service) ++*reading.in_service;
    if (!is_unread)
      reading.unread.reset();
    else if (reading.unread)
      *reading.unread += *is_unread;
    for (const auto& holder : owners_.links().holders(inode)) ++processes_[holder.process].serving;
  }

  void add_client(std::uint64_t inode, const SocketOrigin& origin, const Target& direct,
                  const TcpConnection* tcp) {
    const Target target = followed(direct);
    const auto server = tier_of(target);
    const ClientTier client = owners_.of_client(inode, origin, server);
    if (!client.owner && client.one_of == nullptr &&
        (!server || (tcp && is_relays(origin.network, *tcp))))
      return;  // between strangers
    Client who{.one_of = client.one_of, .local = true};
    if (client.owner) {
      who.tier = client.owner->tier;
      who.instance = client.owner->instance;
      who.user = client.owner->user;
    } else if (client.one_of != nullptr) {
      who.user = origin.uid;
    }
    const bool far =
        tcp && target.listener != kNone && listeners_[target.listener].network != origin.network;
    const std::uint32_t id =
        counts_.add(who, target, client.owner ? client.owner->source : OwnerSource::kUser,
                    tcp ? wait_of(*tcp, direct, who.tier, server) : Wait::kUntold, tcp,
                    far ? &tcp->remote : nullptr);
    for (const auto& holder : owners_.links().holders(inode))
      count_for(processes_[holder.process], id);
  }

  /// Where the client's end cannot tell, the server's may.
  Wait wait_of(const TcpConnection& connection, const Target& target,
               std::optional<std::uint16_t> tier, std::optional<std::uint16_t> asked) const {
    if (!connection.awaits_answer) return Wait::kUntold;
    const bool settled = !connection.may_await || target.listener == kNone;
    if (!*connection.awaits_answer &&
        (settled || !requests_.owes(target.listener, connection.local)))
      return Wait::kNothing;
    const auto oldest = requests_.oldest_of(tier, asked);
    return oldest && connection.sent_ago > *oldest ? Wait::kBackground : Wait::kRequest;
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
    if (target.listener == kNone) return to_string(target.remote);
    const Listener& listener = listeners_[target.listener];
    const IpAddress& at = listener.local.address;  // of UNIX sockets ::
    return at.is_any() || at.is_loopback() ? full_address(listener.reading)
                                           : listener.reading.address;
  }

  EdgeReading edge_of(EdgeCounts::Key key, const EdgeCounts::Count& counted) const {
    const Client& client = counts_.client_of(key);
    const Target& target = counts_.target_of(key);
    EdgeReading edge{
        .from_local = client.local,
        .to = tier_of(target),
        .peer = counted.from_elsewhere ? to_string(*counted.from_elsewhere) : name_of(target),
        .connections = counted.connections,
        .awaiting = counted.awaiting,
        .background = {}};
    if (counted.awaiting) edge.background = counted.background;
    if (counted.told > 0) {
      edge.round_trip = counted.round_trips / counted.told;
      edge.segments_sent = counted.segments_sent;
      edge.segments_resent = counted.segments_resent;
    }
    if (edge.to) {
      edge.to_instance = listeners_[target.listener].reading.owner->instance;
      edge.to_user = listeners_[target.listener].reading.owner->user;
    }
    if (client.tier) {
      edge.from = SocketOwner{*client.tier, counted.source, client.instance, client.user};
    } else if (client.one_of != nullptr) {
      edge.from_one_of = client.one_of->tiers;
      edge.from_user = client.user;
    }
    return edge;
  }

  using Outside = std::vector<std::pair<std::uint64_t, std::uint64_t>>;  ///< connections, key

  /// Those with most connections first, after the first few of each user: nobody can crowd out
  /// others.
  void sort_for_all_users(Outside& outside) const {
    constexpr std::size_t kOfEach = 8;
    std::sort(outside.begin(), outside.end(), std::greater<>());
    std::map<std::optional<uid_t>, std::size_t> seen;
    std::stable_partition(outside.begin(), outside.end(), [&](const auto& entry) {
      return seen[counts_.client_of(entry.second).user]++ < kOfEach;
    });
  }

  void write_edges(SocketReading& reading) const {
    Outside outside;
    for (const auto& [key, counted] : counts_.all()) {
      if (counts_.target_of(key).listener == kNone)
        outside.emplace_back(counted.connections, key);
      else
        reading.edges.push_back(edge_of(key, counted));
    }
    const std::size_t kept = std::min(outside.size(), kMostOutsidePeers);
    sort_for_all_users(outside);
    for (std::size_t i = 0; i < kept; ++i)
      reading.edges.push_back(edge_of(outside[i].second, counts_.all().at(outside[i].second)));
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
            {tier_of(counts_.target(target)), name_of(counts_.target(target)), connections});
      std::sort(written.peers.begin(), written.peers.end());
    }
  }

  std::span<Listener> listeners_;
  std::span<const NetworkConnections> networks_;
  std::span<const PortRelay> relays_;
  const SocketOwners& owners_;
  ListenerIndex index_;
  NetworkAddresses addresses_;
  FarEnds far_ends_;
  std::vector<std::uint32_t> servers_;  ///< of each TCP connection, in order
  std::unordered_map<std::uint32_t, Target> relayed_;
  OpenRequests requests_;
  EdgeCounts counts_;
  std::vector<ProcessTally> processes_;
  // What was asked last:
  std::optional<std::pair<NetworkId, IpAddress>> own_asked_;
  bool own_ = false;
};

}  // namespace

SocketReading tally_connections(std::span<Listener> listeners, TallyInput input,
                                const SocketOwners& owners) {
  return Tally(listeners, std::move(input), owners).run();
}

}  // namespace tierwatch
