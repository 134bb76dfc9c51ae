// SPDX-License-Identifier: MIT
//
// What became of every listening address over time: integrals of its accept queue over the
// sub-samples, its peak, its drops. Pure bookkeeping: no system call, no clock.
#pragma once

#include <array>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "collectors/reading.h"
#include "collectors/sockets/sock_diag.h"

namespace tierwatch {

/// A listening address with what is needed to find its connections and its owner.
struct Listener {
  ListenerReading reading;
  Endpoint local;                     ///< TCP
  std::vector<std::uint64_t> inodes;  ///< of its sockets, ascending
  std::uint64_t cgroup_id = 0;        ///< of the first socket
  bool listening = true;  ///< false: closed a while ago, remembered for its last connections
};

class ListenerBook {
 public:
  /// Longest gap between two samples that the integrals bridge; a longer one (a stopped daemon, a
  /// suspended machine) is left out of `observed` and of all integrals.
  static constexpr nanoseconds kLongestGap = std::chrono::seconds(2);
  /// How long totals and the address of a closed listener are remembered, and how long when more
  /// than kManyAddresses come and go (a build machine's tests listen on thousands of ports).
  static constexpr nanoseconds kMemory = std::chrono::minutes(10);
  static constexpr nanoseconds kShortMemory = std::chrono::seconds(10);
  static constexpr std::size_t kManyAddresses = 1024;
  /// How many addresses are watched. Any user may listen on a hundred thousand: those that came
  /// first stay, later ones are left out.
  static constexpr std::size_t kMostAddresses = 4096;
  static constexpr std::size_t kMostStrangers = 1u << 18;  ///< remembered as left out

  /// Takes one sample of all listeners of a family. Between two samples queue and states are taken
  /// to change in a straight line (trapezoids). Cost: a hash lookup per socket; strings are made
  /// for new sockets only.
  void add(nanoseconds now, SocketFamily family, std::span<const ListenerSocket> sockets);

  /// All listeners, and those closed within kMemory; sorted by family and address. Starts a new
  /// peak. Forgets what is older.
  std::vector<Listener> take(nanoseconds now);

  /// Whether sockets were left out of the latest sample of a family.
  bool overflows(SocketFamily family) const { return overflows_[static_cast<std::size_t>(family)]; }

 private:
  using Key = std::pair<SocketFamily, std::string>;
  struct Address {
    Listener listener;
    nanoseconds sampled{};  ///< last sample in which it was seen
    bool seen = false;      ///< whether the integrals may start from `sampled`
    bool was_full = false;
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
  /// None when the book is full and the address is not in it.
  Socket* socket_of(SocketFamily family, const ListenerSocket& socket);
  void start_sample(Address& address);
  void finish_sample(Address& address, nanoseconds now);
  void forget(nanoseconds now);

  std::map<Key, Address> addresses_;
  std::unordered_map<std::uint64_t, Socket> sockets_;  ///< by cookie
  std::unordered_set<std::uint64_t> strangers_;        ///< left out: not to be named each time
  std::vector<Address*> touched_;
  std::uint64_t samples_ = 0;
  std::array<bool, kSocketFamilies> overflows_{};
};

}  // namespace tierwatch
