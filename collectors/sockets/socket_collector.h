// SPDX-License-Identifier: MIT
//
// Accept queues, connections in service, and which tier is connected to which. Queues are looked at
// 10 to 20 times a second and integrated, because bursts come and go between two ticks; the rest is
// read once per tick. Needs no privilege; with ptrace rights it also tells sockets process by
// process.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "collectors/sockets/connection_tally.h"
#include "collectors/sockets/listener_book.h"
#include "collectors/parse/proc_fs.h"
#include "collectors/sockets/sock_diag.h"
#include "collectors/sockets/socket_owners.h"
#include "collectors/servers/tier_rules.h"

namespace tierwatch {

/// One thread.
class SocketCollector {
 public:
  /// How often a family is tried again by sock_diag that had to be read from /proc/net, and how
  /// often at most it is read there: a module may be loaded later, and that text is long.
  static constexpr nanoseconds kRetryInterval = std::chrono::seconds(60);
  static constexpr nanoseconds kFallbackInterval = std::chrono::milliseconds(500);

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
  /// Never older than this.
  static constexpr nanoseconds kOldestConnections = std::chrono::seconds(5);

  static constexpr unsigned kCalmLooks = 20;

  /// `table` is make_sock_diag_table() but in tests. `files` and `faults` must outlive it.
  SocketCollector(std::unique_ptr<SocketTable> table, const ProcFs& files, FaultLog& faults,
                  TierRules rules);

  /// After a reload; totals go on.
  void set_rules(TierRules rules) { owners_.set_rules(std::move(rules)); }

  /// Looks at all accept queues. Cost: see docs/performance.md; 0.1 ms with 50 listeners.
  void sub_sample(const Instant& at);

  /// Whether no queue has held anything at the last kCalmLooks looks: then half as many will do.
  bool calm() const { return calm_looks_ >= kCalmLooks; }

  /// Takes one more sub-sample, lists all connections, and tells everything since the start.
  /// `processes` are those of the same tick.
  SocketReading collect(const Instant& at, std::span<const ProcessReading> processes);

 private:
  struct FamilyState {
    bool from_proc = false;
    bool connections_known = false;
    // When last looked at:
    bool empty = false;    ///< no listener
    bool foreign = false;  ///< no listener of a tier
    bool queued = false;   ///< something waited
    nanoseconds retry_at{}, sampled_at{}, queues_due{};
  };
  template <typename Found>
  DumpStatus read(SocketFamily family, nanoseconds now,
                  DumpStatus (SocketTable::*what)(SocketFamily, Found&), Found& found);
  void sample(SocketFamily family, nanoseconds now);
  nanoseconds pause_after(const FamilyState& state, nanoseconds cost) const;
  void refresh_connections(nanoseconds now, std::span<const Listener> listeners);
  bool has_connections(SocketFamily family, std::span<const Listener> listeners);
  void add_notes(std::vector<std::string>& notes) const;

  const ProcFs& files_;
  std::unique_ptr<SocketTable> table_;
  std::unique_ptr<SocketTable> proc_table_;
  FaultLog& faults_;
  std::array<FamilyState, kSocketFamilies> families_;
  ListenerBook book_;
  SocketOwners owners_;
  std::vector<ListenerSocket> found_;
  unsigned calm_looks_ = 0;  ///< up to kCalmLooks
  ConnectionTable connections_;
  nanoseconds connections_at_{}, connections_due_{};
  std::string buffer_;
};

}  // namespace tierwatch
