// SPDX-License-Identifier: MIT
//
// Whose clients the titles of processes name: of Postgres, "postgres: shop shop 127.0.0.1(45678)
// idle". Tells without privilege to which server a listener belongs when several run under its
// user.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "collectors/rules/tier_rules.h"
#include "collectors/servers/server_traits.h"
#include "collectors/sockets/networks/network_book.h"
#include "collectors/sockets/reading/listener_book.h"

namespace tierwatch {

/// Anybody can write a title: what it says holds for listeners of the same user only. Not
/// thread-safe.
class TitleClients {
 public:
  /// `networks`: of each process.
  void learn(std::span<const ProcessReading> processes, std::span<const NetworkId> networks,
             const TierRules& rules);

  /// No title names a client.
  bool empty() const { return clients_.empty(); }

  /// Whose the listener is that accepted a connection of `client`. Absent when no title of a
  /// process of its user names that client.
  std::optional<SocketOwner> owner_of(const Listener& listener, const Endpoint& client) const;

  /// The same of a listener that was told before, as long as that server lives.
  std::optional<SocketOwner> remembered(const Listener& listener) const;
  void remember(const Listener& listener);

 private:
  using Client = std::tuple<NetworkId, uid_t, Endpoint>;
  using Place = std::tuple<NetworkId, uid_t, Endpoint>;  ///< of a listener
  using ClientInTitle = decltype(ServerTraits::client_in_title);
  /// What a process was called when that was last looked through.
  struct Title {
    std::string text;
    ClientInTitle read_by = nullptr;
    std::optional<Endpoint> client;
    bool there = false;
  };

  const std::optional<Endpoint>& client_in(const ProcessReading& process, ClientInTitle client_of);

  std::map<Client, SocketOwner> clients_;
  std::map<Place, SocketOwner> told_;
  std::unordered_map<pid_t, Title> titles_;
};

}  // namespace tierwatch
