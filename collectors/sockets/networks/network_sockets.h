// SPDX-License-Identifier: MIT
//
// The sockets of one network namespace: how its queues and connections are read, how often, and
// what that may cost.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "collectors/parse/proc_fs.h"
#include "collectors/sockets/reading/listener_book.h"
#include "collectors/sockets/reading/sock_diag.h"

namespace tierwatch {

inline constexpr std::array kFamilies{SocketFamily::kTcp4, SocketFamily::kTcp6,
                                      SocketFamily::kUnix};

/// What looking at sockets may take, in shares of one core.
struct SocketBudget {
  double queues = 0;                 ///< of each family
  nanoseconds free_queues{};         ///< a look that takes no longer may be repeated at once
  double connections = 0;            ///< of all families
  nanoseconds oldest_connections{};  ///< a list of them is never older
  /// Families whose queues took long are left alone at ticks, too.
  bool ticks_can_wait = false;
};

/// Not thread-safe.
class NetworkSockets {
 public:
  /// How often a family is tried again by sock_diag that had to be read from /proc, and how often
  /// at most it is read there: a module may be loaded later, and that text is long.
  static constexpr nanoseconds kRetryInterval = std::chrono::seconds(60);
  static constexpr nanoseconds kFallbackInterval = std::chrono::milliseconds(500);
  /// How long listeners without connections may be others than those that are known.
  static constexpr nanoseconds kListAgain = std::chrono::seconds(30);
  /// Of our own namespace; and the longest that dear queues are left alone.
  static constexpr nanoseconds kOldestConnections = std::chrono::seconds(5);
  /// Listeners that take longer to list (there are tens of thousands) are listed at ticks, too, no
  /// more often than this.
  static constexpr nanoseconds kDear = std::chrono::milliseconds(20);
  static constexpr nanoseconds kDearPause = std::chrono::milliseconds(1900);
  /// A lookup of a name takes no longer: a socket that stays belongs to a server that keeps it.
  static constexpr nanoseconds kLongestLookup = std::chrono::seconds(15);
  /// Where no tier listens, and nothing waits, new listeners may be found that much later, too, for
  /// this share of one core: the kernel walks through all UNIX sockets to find those that listen.
  static constexpr double kUnwatchedShare = 0.0005;

  /// `folder`: of a process in the namespace, "proc/812", or "proc" for our own. `files` and
  /// `faults` must outlive it.
  NetworkSockets(NetworkId id, std::string name, std::string folder, const ProcFs& files,
                 FaultLog& faults);
  NetworkSockets(const NetworkSockets&) = delete;
  NetworkSockets& operator=(const NetworkSockets&) = delete;

  /// By which it is asked first. Its sockets may be opened by way of folder().
  void use(std::unique_ptr<SocketTable> table) { table_ = std::move(table); }
  const std::string& folder() const { return folder_; }
  void set_folder(std::string folder) { folder_ = std::move(folder); }

  /// Queues that are watched and due; at a tick all of them.
  void sample_queues(nanoseconds now, const SocketBudget& budget, ListenerBook& book);
  void sample_at_tick(nanoseconds now, const SocketBudget& budget, ListenerBook& book);

  /// Lists all connections, when that is due.
  void list_connections(nanoseconds now, const SocketBudget& budget,
                        std::span<const Listener> listeners);

  /// Which families have listeners of a tier: the others are looked at less often.
  void note_owners(std::span<const Listener> listeners);

  /// Connections that the namespace's listeners have lost, as the kernel counts them; absent where
  /// nothing can have been lost since this was asked last, and where it is not counted.
  std::optional<std::uint64_t> lost_connections();

  NetworkId id() const { return id_; }
  const std::string& name() const { return name_; }
  NetworkConnections connections() const { return {id_, &connections_}; }
  bool connections_known(SocketFamily family) const { return state(family).connections_known; }
  /// Whether they were looked at, and not only known to be none.
  bool connections_listed(SocketFamily family) const { return state(family).connections_listed; }
  bool from_proc(SocketFamily family) const { return state(family).from_proc; }
  /// Whether something waited at the last look.
  bool queued() const;
  bool holds_network() const { return table_ && table_->holds_network(); }

 private:
  struct FamilyState {
    bool from_proc = false;
    bool connections_known = false, connections_listed = false;
    // When last looked at:
    bool empty = false;    ///< no listener
    bool foreign = false;  ///< no listener of a tier
    bool queued = false;   ///< something waited
    nanoseconds retry_at{}, sampled_at{}, queues_due{};
    nanoseconds cost{};                  ///< CPU time of the last look
    std::uint64_t drops = 0;             ///< of all that listened at the last look
    nanoseconds listed_at{};             ///< when they were read from /proc
    std::vector<ListenerSocket> listed;  ///< then

    bool watched() const { return !empty && (!foreign || queued); }
  };
  const FamilyState& state(SocketFamily family) const {
    return families_[static_cast<std::size_t>(family)];
  }
  template <typename Found>
  DumpStatus read(SocketFamily family, nanoseconds now,
                  DumpStatus (SocketTable::*what)(SocketFamily, Found&), Found& found);
  DumpStatus read_listeners(SocketFamily family, nanoseconds now);
  static bool is_due_at_tick(const FamilyState& state, nanoseconds now, const SocketBudget& budget);
  void sample(SocketFamily family, nanoseconds now, const SocketBudget& budget, ListenerBook& book);
  nanoseconds pause_after(const FamilyState& state, nanoseconds cost,
                          const SocketBudget& budget) const;
  bool has_connections(SocketFamily family, std::span<const Listener> listeners);
  void list_lookups(nanoseconds now, std::span<const Listener> listeners);
  std::optional<std::uint64_t> sockets_in_use(SocketFamily family);

  NetworkId id_;
  std::string name_, folder_;
  const ProcFs& files_;
  FaultLog& faults_;
  std::unique_ptr<SocketTable> table_, proc_table_;
  std::array<FamilyState, kSocketFamilies> families_;
  std::vector<ListenerSocket> found_;
  ConnectionTable connections_;
  std::vector<TcpConnection> lookups_;
  std::map<std::uint64_t, nanoseconds> lookups_since_;  ///< inode, when it was first seen
  bool lookups_listed_ = false;
  nanoseconds connections_due_{};
  bool may_have_lost_ = true;
  std::string buffer_;
};

}  // namespace tierwatch
