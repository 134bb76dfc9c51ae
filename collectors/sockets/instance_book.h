// SPDX-License-Identifier: MIT
//
// Which of several servers of one tier a socket belongs to, by what it shows without privilege: the
// network namespace it is in, the user and the cgroup it was made under.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "collectors/process_reading.h"
#include "collectors/sockets/reading/socket_address.h"

namespace tierwatch {

/// What every socket shows of who made it.
struct SocketOrigin {
  NetworkId network = kOwnNetwork;
  std::optional<uid_t> uid;
  std::uint64_t cgroup_id = 0;  ///< 0: not known
};

/// Not thread-safe.
class InstanceBook {
 public:
  /// `networks`: of each process. `cgroup_ids`: of v2 cgroups, by path.
  void learn(std::span<const ProcessReading> processes, std::span<const NetworkId> networks,
             const std::map<std::string, std::uint64_t>& cgroup_ids);

  /// One server, or at least its user.
  struct Which {
    pid_t instance = 0;         ///< Membership::instance; 0: several can be meant
    std::optional<uid_t> user;  ///< of the first process of all that can be meant
  };

  /// Whose listener it is. Who made it is the first process of its server, or root was: then it is
  /// a server that has a process of root, if there is one.
  Which of_listener(std::uint16_t tier, const SocketOrigin& origin) const;

  /// Whose client it is: any process of its server may have made it. Nothing follows from root's
  /// uid.
  Which of_client(std::uint16_t tier, const SocketOrigin& origin) const;

  std::optional<uid_t> user_of(pid_t instance) const;

 private:
  struct Server {
    std::optional<uid_t> user;  ///< of its first process
    std::set<uid_t> users;
    std::set<std::uint64_t> cgroups;
  };
  std::vector<pid_t> possible(std::uint16_t tier, const SocketOrigin& origin) const;
  Which one_of(const std::vector<pid_t>& possible) const;

  std::map<pid_t, Server> servers_;  ///< by Membership::instance
  /// Those of a tier with a process in a namespace, ascending.
  std::map<std::pair<std::uint16_t, NetworkId>, std::vector<pid_t>> living_;
};

}  // namespace tierwatch
