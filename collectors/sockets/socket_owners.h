// SPDX-License-Identifier: MIT
//
// Whose a socket is: by descriptor links where they may be read, else by what every socket tells of
// itself without privilege: its address, the cgroup it was made in, its uid, its network namespace.
// Users and addresses are those of its namespace: two containers may both have a www-data and a
// port 80.
#pragma once

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "collectors/parse/proc_fs.h"
#include "collectors/rules/listen_pattern.h"
#include "collectors/rules/tier_rules.h"
#include "collectors/sockets/instance_book.h"
#include "collectors/sockets/networks/network_book.h"
#include "collectors/sockets/reading/descriptor_links.h"
#include "collectors/sockets/reading/listener_book.h"
#include "collectors/sockets/title_clients.h"

namespace tierwatch {

/// The tiers that run under one uid.
struct UserTiers {
  std::vector<std::uint16_t> tiers;  ///< ascending
  /// Of these, who may have made a listening socket under it: no workers that their master, of
  /// another uid, started with the sockets that it had made (nginx' of www-data). Ascending.
  std::vector<std::uint16_t> makers;
  bool others = false;  ///< processes of no tier run under it, too
};

/// A client's tier, or those it may be.
struct ClientTier {
  std::optional<SocketOwner> owner;
  const UserTiers* one_of = nullptr;  ///< null when known, or when no tier runs under its uid
};

class SocketOwners {
 public:
  /// `files` must outlive it.
  SocketOwners(const ProcFs& files, TierRules rules);

  void set_rules(TierRules rules);

  /// Learns from the processes of this tick. All pointers given before are void.
  void update(nanoseconds now, std::span<const ProcessReading> processes,
              const NetworkBook& networks);

  /// By descriptor, by a title that was seen to name a client, else in the order of OwnerSource. An
  /// address counts for a tier that has processes there, unless the
  /// socket's uid is neither root's (who binds and then drops privileges) nor one of theirs.
  /// Where several tiers name it (nginx and haproxy: tcp:80), cgroup or uid decide, else the first.
  /// Sockets of root are nobody's by uid. Workers of a master of another uid make no listeners.
  std::optional<SocketOwner> of_listener(const Listener& listener) const;

  /// Who the client socket of a connection to a server of tier `server` is. Where several tiers run
  /// under its uid (www-data), and one of them is the server, it is taken to be the other. Nothing
  /// follows from root's uid.
  ClientTier of_client(std::uint64_t inode, const SocketOrigin& origin,
                       std::optional<std::uint16_t> server) const;

  const DescriptorLinks& links() const { return links_; }
  const TitleClients& titles() const { return titles_; }
  /// What a walk over the connections told of listeners by titles holds from now on.
  void remember(const Listener& listener) { titles_.remember(listener); }

 private:
  using User = std::pair<NetworkId, uid_t>;
  std::optional<SocketOwner> tier_of_listener(const Listener& listener) const;
  ClientTier tier_of_client(std::uint64_t inode, const SocketOrigin& origin,
                            std::optional<std::uint16_t> server) const;
  std::optional<SocketOwner> by_descriptor(std::uint64_t inode) const;
  /// Live tiers whose `listen` names the address.
  std::vector<std::uint16_t> claimants(const Listener& listener) const;
  std::optional<SocketOwner> by_cgroup(std::uint64_t cgroup_id) const;
  std::optional<SocketOwner> by_user(NetworkId network, std::optional<uid_t> uid) const;
  std::optional<SocketOwner> by_network(NetworkId network) const;
  bool listens_as(std::uint16_t tier, NetworkId network, uid_t uid) const;
  void learn_users(std::span<const ProcessReading> processes, const NetworkBook& networks);
  void learn_cgroups(nanoseconds now, std::span<const ProcessReading> processes,
                     const NetworkBook& networks);

  struct Cgroup {
    std::optional<std::uint64_t> id;
    nanoseconds asked{};
    std::vector<std::uint16_t> tiers;
  };

  const ProcFs& files_;
  TierRules rules_;
  std::vector<std::vector<ListenPattern>> patterns_;    ///< per tier
  std::map<NetworkId, std::vector<std::size_t>> live_;  ///< processes per tier
  std::map<User, UserTiers> users_;
  std::map<NetworkId, std::uint16_t> by_network_;     ///< where one tier alone lives
  std::map<std::string, Cgroup> cgroups_;             ///< by path
  std::map<std::uint64_t, std::uint16_t> by_cgroup_;  ///< cgroups in which one tier alone lives
  InstanceBook instances_;
  TitleClients titles_;
  DescriptorLinks links_;
};

}  // namespace tierwatch
