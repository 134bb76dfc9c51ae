// SPDX-License-Identifier: MIT
//
// The requests that servers are at work on, and since when, as both ends of their TCP connections
// tell. Pure: values in, values out.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "collectors/sockets/reading/listener_book.h"
#include "collectors/sockets/reading/sock_diag.h"

namespace tierwatch {

/// Not thread-safe; one for each list of connections. First `add` all accepted ones, then `settle`,
/// then the clients' ends.
class OpenRequests {
 public:
  /// An accepted connection of listener number `listener`; `from_here`: its client is on this
  /// machine, and its end is listed as well.
  void add(std::uint32_t listener, const TcpConnection& connection, bool from_here);

  /// A connection of a client on this machine that the server has not accepted, and on which a
  /// question lies.
  void add_queued(std::uint32_t listener, const TcpConnection& connection);

  /// Writes `owed`, `sending` and `unsent` of listeners that have an `in_service`.
  void settle(std::span<Listener> listeners);

  /// The client at `from` waits for an answer: where the server's end could not tell, that decides.
  void confirm(std::uint32_t listener, const Endpoint& from, std::span<Listener> listeners) const;

  /// The client at `from` has not read an answer: unless its question certainly came later, that is
  /// the answer to it, and none is owed.
  void take_back(std::uint32_t listener, const Endpoint& from, std::span<Listener> listeners) const;

  /// The server is certain to owe the client at `from` an answer.
  bool owes(std::uint32_t listener, const Endpoint& from) const;

  /// How long ago the oldest request came that a tier can be at work on: a wait that began before
  /// belongs to none. Of a tier that listens on UNIX sockets, which tell no times, it is the oldest
  /// request anywhere that the kernel told times of, but at the tier that is `asked`, where others
  /// tell: what waits there is no proof of itself. Absent where nothing follows: of a tier that
  /// listens nowhere (a consumer of jobs works for nobody who is connected), and where the kernel
  /// told no times of its requests.
  std::optional<std::chrono::milliseconds> oldest_of(std::optional<std::uint16_t> tier,
                                                     std::optional<std::uint16_t> asked) const;

 private:
  struct Owed {
    std::uint64_t count = 0, sending = 0, unsent = 0;
    std::chrono::milliseconds oldest{};
    bool told = true;
  };
  std::vector<Owed> owed_;                                       ///< by listener
  using Ends = std::vector<std::pair<Endpoint, std::uint32_t>>;  ///< client, listener
  Ends ties_, owing_;                                            ///< of clients that are listed
  Ends guessed_;  ///< of `owing_`: no later question, and nothing lies unread or unsent
  std::map<std::uint16_t, std::chrono::milliseconds> by_tier_;
  std::set<std::uint16_t> untold_;  ///< tiers with listeners of which no times are told
  std::map<std::uint16_t, std::set<NetworkId>> blind_;  ///< that listen on UNIX sockets, and where
  std::set<NetworkId> untold_networks_;
  std::chrono::milliseconds oldest_of_nobody_{};
};

}  // namespace tierwatch
