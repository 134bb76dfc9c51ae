// SPDX-License-Identifier: MIT
//
// Several servers of one tier, each started for itself: two Postgres clusters, the application
// servers of two sites, and whatever another user calls like a server. Each has limits, workers and
// clients of its own; those of different users are never summed.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "analysis/snapshot.h"

namespace tierwatch {

/// One server of a tier that has several, or all those of one user that cannot be told apart.
struct Instance {
  std::vector<pid_t> roots;   ///< Membership::instance, ascending
  std::string name;           ///< "gunicorn (shop.service)", "postgres (user mallory)"
  std::optional<uid_t> user;  ///< of its first process
  std::set<uid_t> users;      ///< of all its processes

  bool has(pid_t root) const;
  /// Whether a socket that belongs to `root`, or if that is 0 to some server of `owner`, is its.
  bool holds(pid_t root, std::optional<uid_t> owner) const;
};

/// Which tiers of a snapshot have several servers. Servers of one user are told apart only if all
/// of their sockets are: else their workers and queues would be mixed up. Servers of several users
/// always are: only a socket's own user can make it, root aside. The one that is no person's keeps
/// the name of its tier, whatever people start beside it.
class Instances {
 public:
  /// Both must outlive it; `sockets` are of the processes whose descriptors may be read.
  explicit Instances(const Snapshot& snapshot, std::span<const ProcessSocketsReading> sockets = {});

  bool any() const { return !by_tier_.empty(); }
  /// By user and root; empty for a tier that is judged as one.
  const std::vector<Instance>& of(std::uint16_t tier) const;
  /// Of the one that `root`, or if that is 0 `user`, stands for; the tier's own name where there is
  /// none.
  const std::string& name_of(std::uint16_t tier, pid_t root, std::optional<uid_t> user) const;
  /// Listeners of a tier with servers of several users that may be any of these.
  bool has_listeners_of_nobody(std::uint16_t tier) const;
  /// Called like a server of its tier, by another user than those that listen, and without any
  /// socket: no server. Processes that root, a service or a container started are none of these.
  bool is_impostor(const Membership& member) const;

 private:
  struct Server {
    pid_t root = 0;
    bool serves = false;
    std::optional<uid_t> user;
    std::set<uid_t> users;
    std::string cgroup;
  };
  using Servers = std::vector<Server>;

  Servers servers_of(std::uint16_t tier) const;
  std::vector<Instance> of_one_user(std::uint16_t tier, const Servers& servers) const;
  std::vector<Instance> of_several_users(std::uint16_t tier, const Servers& servers);
  bool sockets_are_known(std::uint16_t tier, const Instance& all) const;
  bool listens(std::uint16_t tier, const Server& server) const;
  bool may_have_sockets(std::uint16_t tier, const Server& server) const;
  bool is_seen_without_sockets(std::uint16_t tier, const Server& server) const;
  bool is_impostor(std::uint16_t tier, const Server& server, const Servers& all) const;
  std::vector<std::string> words_of(std::uint16_t tier, const std::vector<Instance>& some,
                                    bool always) const;
  std::string unit_of(pid_t root) const;
  std::string address_of(std::uint16_t tier, const Instance& one) const;
  std::string user_name(pid_t root) const;
  const ProcessSample* process(pid_t pid) const;

  const Snapshot& snapshot_;
  std::span<const ProcessSocketsReading> sockets_;
  std::map<std::uint16_t, std::vector<Instance>> by_tier_;
  std::set<std::pair<std::uint16_t, pid_t>> impostors_;  ///< tier, root
};

}  // namespace tierwatch
