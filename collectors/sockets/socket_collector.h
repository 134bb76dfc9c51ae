// SPDX-License-Identifier: MIT
//
// Accept queues, connections in service, and which tier is connected to which, in our own network
// namespace and in all others with a process of a tier. Queues are looked at 10 to 20 times a
// second and integrated, because bursts come and go between two ticks; the rest is read once per
// tick. Needs no privilege; with ptrace rights it also tells sockets process by process, and with
// those to enter other namespaces (setns(2)) as much of these as of our own.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "collectors/parse/proc_fs.h"
#include "collectors/rules/tier_rules.h"
#include "collectors/sockets/connection_tally.h"
#include "collectors/sockets/networks/network_book.h"
#include "collectors/sockets/networks/network_sockets.h"
#include "collectors/sockets/reading/listener_book.h"
#include "collectors/sockets/reading/sock_diag.h"
#include "collectors/sockets/socket_owners.h"

namespace tierwatch {

/// The table of the namespace with this inode (Network::inode), of which `folder` ("proc/812") is a
/// process; that may change between two calls, and outlives the table.
using NetworkTables =
    std::function<std::unique_ptr<SocketTable>(const std::string& folder, std::uint64_t inode)>;

/// One thread.
class SocketCollector {
 public:
  static constexpr nanoseconds kRetryInterval = NetworkSockets::kRetryInterval;

  /// The kernel finds listening UNIX sockets by walking all UNIX sockets: 0.3 to 1 ms with 8,000. A
  /// family whose queues take longer than the free time is looked at less often, so that it takes
  /// at most this share of one core; one without a tier's listener and without a queue, only once
  /// per tick.
  static constexpr double kQueuesShare = 0.0025;
  static constexpr nanoseconds kFreeQueuesTime = std::chrono::microseconds(100);

  /// Listing TCP connections makes the kernel walk its whole hash table, TIME_WAIT included: 5 ms
  /// with 48,000 of those. When it takes long, connections are listed less often than each tick, so
  /// that they take at most this share of one core; in between the last list is used.
  static constexpr double kConnectionsShare = 0.005;

  /// All other namespaces together have half as much of each; lists of connections there may be
  /// this old. For each the kernel walks through the table of all: for the text of /proc, without
  /// the privilege to enter them, at seven times the cost of sock_diag.
  static constexpr double kElsewhere = 0.5;
  static constexpr nanoseconds kOldestElsewhere = std::chrono::seconds(10);
  static constexpr nanoseconds kAddressesInterval = std::chrono::seconds(30);

  static constexpr unsigned kCalmLooks = 20;

  /// `table` is make_sock_diag_table() but in tests, which give `tables`, too. `files` and `faults`
  /// must outlive it.
  SocketCollector(std::unique_ptr<SocketTable> table, const ProcFs& files, FaultLog& faults,
                  TierRules rules, NetworkTables tables = {});

  /// After a reload; totals go on.
  void set_rules(TierRules rules) { owners_.set_rules(std::move(rules)); }

  /// Looks at all accept queues. Cost: see docs/performance.md; 0.1 ms with 50 listeners. Lets go
  /// of network namespaces without a process.
  void sub_sample(const Instant& at);

  /// Whether no queue has held anything at the last kCalmLooks looks: then half as many will do.
  bool calm() const { return calm_looks_ >= kCalmLooks; }

  /// Takes one more sub-sample, lists all connections, and tells everything since the start.
  /// `processes` are those of the same tick.
  SocketReading collect(const Instant& at, std::span<const ProcessReading> processes);

 private:
  void enter_and_leave();
  void leave(NetworkId id);
  SocketBudget budget_of(const NetworkSockets& network) const;
  void settle_drops();
  void learn_addresses(nanoseconds now);
  void add_notes(std::vector<std::string>& notes) const;
  void add_notes_of_others(std::vector<std::string>& notes) const;
  template <typename Visit>
  void for_each_network(Visit visit);

  const ProcFs& files_;
  FaultLog& faults_;
  NetworkTables tables_;
  NetworkBook networks_;
  NetworkSockets own_;
  std::map<NetworkId, std::unique_ptr<NetworkSockets>> others_;
  NetworkAddresses addresses_;
  nanoseconds addresses_at_{};
  std::size_t addresses_of_ = 0;  ///< namespaces that were known then
  ListenerBook book_;
  SocketOwners owners_;
  unsigned calm_looks_ = 0;  ///< up to kCalmLooks
  std::string buffer_;
};

}  // namespace tierwatch
