// SPDX-License-Identifier: MIT
//
// Who of the connected clients of one address goes when another comes: nobody may hold all places
// by sending half a request, byte by byte, or by reading none of many answers. Of all clients, it
// is asked for how long they have asked nothing; and one host elsewhere has a share of the places.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <iterator>
#include <list>
#include <map>
#include <string>

namespace tierwatch {

/// Not thread-safe. Each operation takes constant time, but for admit() of a host that has its
/// share: that looks through all clients.
class ClientPlaces {
 public:
  using Time = std::chrono::nanoseconds;
  class Client;

  /// `most` at once, `most_of_one` of one host; `patience` is how long a request may take to come,
  /// and its answer to be taken when others wait for the place.
  ClientPlaces(std::size_t most, std::size_t most_of_one, Time patience)
      : most_(most), most_of_one_(most_of_one), patience_(patience) {}

  /// Makes a place for one more: drops who has overrun its time, and when all places are taken
  /// the one that has waited longest without asking. To drop is to call `drop` with its
  /// descriptor; closed() comes for it later. When `host` has its share, the one that goes is one
  /// of its own; an empty one stands for those that share an address, and has no such limit. False:
  /// all are being answered.
  bool admit(Time now, const std::string& host, const std::function<void(int descriptor)>& drop);

  /// Drops who has overrun its time, nobody else.
  void drop_late(Time now, const std::function<void(int descriptor)>& drop);

  /// Null without memory for it: such a client is not watched, and the others here take null.
  Client* opened(int descriptor, const std::string& host, Time now);
  void asked(Client* client, Time now);
  void answered(Client* client, Time now);
  void closed(Client* client);

 private:
  /// In the order in which they go.
  enum Phase : std::size_t { kNew, kIdle, kAnswering, kDropped };

  bool may_drop() const;
  void move(Client* client, Phase to, Time now);
  bool drop_first(Phase phase, const std::function<void(int)>& drop, Time before);
  bool drop_first_of(const std::string& host, Phase phase, const std::function<void(int)>& drop,
                     Time before);
  void drop(Client& client, const std::function<void(int)>& drop);
  void count_down(const Client& client);

  std::size_t most_, most_of_one_;
  Time patience_;
  std::array<std::list<Client>, 4> clients_;  ///< by phase, each the longest first
  std::map<std::string, std::size_t> held_;   ///< by each host, without those that were dropped
};

class ClientPlaces::Client {
  friend class ClientPlaces;
  int descriptor = -1;
  std::string host;
  Phase phase = kNew;
  Time since{};
  std::list<Client>::iterator self;
};

}  // namespace tierwatch
