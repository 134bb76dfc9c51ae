// SPDX-License-Identifier: MIT
//
// How many connections each client has to each place, and on how many of them it waits.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "collectors/sockets/reading/listener_index.h"
#include "collectors/sockets/reading/sock_diag.h"
#include "collectors/sockets/socket_owners.h"

namespace tierwatch {

/// Where a connection leads: a local listener, or an address elsewhere.
struct Target {
  std::uint32_t listener = ListenerIndex::kNone;
  Endpoint remote;  ///< when there is no listener
  bool operator==(const Target&) const = default;
};

/// Who began a connection.
struct Client {
  std::optional<std::uint16_t> tier;
  pid_t instance = 0;
  std::optional<uid_t> user;  ///< of its server, or of the socket where that is one of several
  const UserTiers* one_of = nullptr;
  bool local = false;
  auto operator<=>(const Client&) const = default;
};

/// Why the client's end of a connection is silent.
enum class Wait : std::uint8_t { kUntold, kNothing, kRequest, kBackground };

/// Not thread-safe; one for each list of connections.
class EdgeCounts {
 public:
  struct Count {
    std::uint64_t connections = 0, background = 0;
    std::optional<std::uint64_t> awaiting = 0;      ///< absent: not told of all
    OwnerSource source = OwnerSource::kDescriptor;  ///< the weakest of all
    std::optional<Endpoint> from_elsewhere;   ///< the address that another namespace knows it by
    std::int64_t told = 0;                    ///< of how many connections the rest is known
    std::chrono::microseconds round_trips{};  ///< sum
    std::uint64_t segments_sent = 0, segments_resent = 0;
  };
  using Key = std::uint64_t;  ///< of a client and a target

  /// Counts one connection; gives the target's number. `tcp`: how it looks from the end that is
  /// listed; `elsewhere`: what the client calls it, if that is in another namespace.
  std::uint32_t add(const Client& client, const Target& target, OwnerSource source, Wait wait,
                    const TcpConnection* tcp = nullptr, const Endpoint* elsewhere = nullptr);

  const std::unordered_map<Key, Count>& all() const { return counts_; }
  const Client& client_of(Key key) const { return clients_[key & 0xffffffff]; }
  const Target& target_of(Key key) const { return targets_[key >> 32]; }
  const Target& target(std::uint32_t number) const { return targets_[number]; }

 private:
  struct HashTarget {
    std::size_t operator()(const Target& target) const;
  };
  std::pair<std::uint32_t, Count*> number_of(const Client& client, const Target& target);

  std::unordered_map<Target, std::uint32_t, HashTarget> target_ids_;
  std::vector<Target> targets_;
  std::vector<Client> clients_;
  std::unordered_map<Key, Count> counts_;  ///< by target << 32 | client
  // What was asked last:
  Client last_client_;
  Target last_target_;
  std::uint32_t last_id_ = 0;
  Count* last_count_ = nullptr;
};

}  // namespace tierwatch
