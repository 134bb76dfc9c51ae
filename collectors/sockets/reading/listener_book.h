// SPDX-License-Identifier: MIT
//
// What became of every listening address over time: integrals of its accept queue over the
// sub-samples, its peak, its drops. Pure bookkeeping: no system call, no clock.
#pragma once

#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "collectors/socket_reading.h"
#include "collectors/sockets/reading/sock_diag.h"

namespace tierwatch {

/// A listening address with what is needed to find its connections and its owner.
struct Listener {
  ListenerReading reading;
  NetworkId network = kOwnNetwork;
  Endpoint local;                     ///< TCP
  std::vector<std::uint64_t> inodes;  ///< of its sockets, ascending
  std::uint64_t cgroup_id = 0;        ///< of the first socket
  bool listening = true;  ///< false: closed a while ago, remembered for its last connections
};

/// A network namespace and its ListenerReading::network.
struct NetworkName {
  NetworkId id = kOwnNetwork;
  std::string_view name;
};

class ListenerBook {
 public:
  /// Longest gap between two samples that the integrals bridge; a longer one (a stopped daemon, a
  /// suspended machine) is left out of `observed` and of all integrals.
  static constexpr nanoseconds kLongestGap = std::chrono::seconds(3);
  /// How long totals and the address of a closed listener are remembered, and how long when more
  /// than kManyAddresses come and go (a build machine's tests listen on thousands of ports).
  static constexpr nanoseconds kMemory = std::chrono::minutes(10);
  static constexpr nanoseconds kShortMemory = std::chrono::seconds(10);
  static constexpr std::size_t kManyAddresses = 1024;
  /// How many addresses are watched. Any user may listen on a hundred thousand: those that came
  /// first stay, and whoever has few of them gets room from whoever has most, people before the
  /// users of services.
  static constexpr std::size_t kMostAddresses = 4096;
  static constexpr unsigned kMostEvictions = 16;  ///< in one sample: each costs a search
  static constexpr std::size_t kMostStrangers = 1u
                                                << 18;  ///< of a namespace, remembered as left out

  /// Takes one sample of all listeners of a family in a network namespace. Between two samples
  /// queue and states are taken to change in a straight line (trapezoids). Cost: a hash lookup per
  /// socket; strings are made for new sockets only.
  void add(nanoseconds now, SocketFamily family, std::span<const ListenerSocket> sockets,
           NetworkName network = {});

  /// What TCP listeners of another namespace have lost, as that counts it (TcpExt ListenDrops), for
  /// their own counts hold more (see ListenerFacts): none may have lost more than that grew by
  /// since this was called last. The only one there is has lost it all, where it does not count.
  void count_lost(NetworkName network, std::uint64_t lost);

  /// The namespace has gone: nothing listens there.
  void close(NetworkName network);

  /// All listeners, and those closed within kMemory; sorted by family, network and address. Starts
  /// a new peak. Forgets what is older.
  std::vector<Listener> take(nanoseconds now);

  /// Whether sockets were left out of the latest sample of a family.
  bool overflows(SocketFamily family) const { return overflows_[static_cast<std::size_t>(family)]; }

 private:
  using Key = std::tuple<SocketFamily, std::string, std::string>;  ///< network's name, address
  using User = std::optional<uid_t>;
  struct Address {
    Listener listener;
    User user;                 ///< who listened there first
    std::uint64_t number = 0;  ///< ascending by when it came
    nanoseconds sampled{};     ///< last sample in which it was seen
    bool seen = false;         ///< whether the integrals may start from `sampled`
    bool was_full = false;
    bool counts_drops = false;
    std::uint64_t own_drops = 0, settled_drops = 0;  ///< in another namespace: see count_lost()
    // Sums over the sockets of the sample that is being taken:
    std::uint64_t length = 0, limit = 0, drops = 0;
    std::uint32_t sockets = 0;
    bool full = false, has_limit = false;
    std::uint64_t sample = 0;
  };
  struct Socket {
    Address* address = nullptr;  ///< node of addresses_, stable
    std::uint32_t drops = 0;
    nanoseconds seen{};
  };
  enum class Room : std::uint8_t { kYes, kLater, kNone };
  Room make_room(const User& newcomer);
  void evict_latest_of(const User& user);
  /// None when the book is full and the address is not in it.
  Socket* socket_of(SocketFamily family, const ListenerSocket& socket, NetworkName network);
  void count_drops(Socket& known, std::uint32_t drops, NetworkName network);
  template <typename Visit>
  void for_each_of(SocketFamily family, NetworkName network, Visit visit);
  void start_sample(Address& address);
  void finish_sample(Address& address, nanoseconds now);
  void forget(nanoseconds now);

  std::map<Key, Address> addresses_;
  /// By cookie. Before Linux 5.10 each namespace counts its own (net/core/sock_diag.c).
  std::map<NetworkId, std::unordered_map<std::uint64_t, Socket>> sockets_;
  std::map<NetworkId, std::unordered_set<std::uint64_t>> strangers_;  ///< left out: named once
  std::map<std::string, std::uint64_t, std::less<>> lost_;            ///< by network's name
  std::map<User, std::size_t> by_user_;                               ///< how many of addresses_
  std::vector<Address*> touched_;
  std::uint64_t samples_ = 0, numbers_ = 0;
  unsigned evictions_ = 0;  ///< in this sample
  std::array<bool, kSocketFamilies> overflows_{};
};

}  // namespace tierwatch
