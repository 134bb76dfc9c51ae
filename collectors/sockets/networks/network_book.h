// SPDX-License-Identifier: MIT
//
// Which process lives in which network namespace, and which of these are to be looked into: those
// with a process of a tier.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "collectors/parse/proc_fs.h"
#include "collectors/process_reading.h"
#include "collectors/sockets/reading/socket_address.h"

namespace tierwatch {

/// A network namespace that is not ours.
struct Network {
  std::uint64_t inode = 0;     ///< of its /proc/PID/net/unix, while it lives
  std::string name;            ///< ListenerReading::network; no two have the same
  std::vector<pid_t> members;  ///< of its processes those of tiers, the oldest first; never empty
  /// Tiers of its processes, ascending.
  std::vector<std::uint16_t> tiers;
  /// Others than tiers work there: not who started the server (a shell, an init), nor who has
  /// hardly used a CPU (the process that keeps a pod, a health check).
  bool others = false;
};

/// Adds a tier to some that ascend, once.
void insert_sorted(std::vector<std::uint16_t>& tiers, std::uint16_t tier);

/// Not thread-safe.
class NetworkBook {
 public:
  /// More are counted, not looked into: any user may make some.
  static constexpr std::size_t kMostNetworks = 64;
  /// A process hardly ever changes its namespace; a young one may be about to.
  static constexpr nanoseconds kLookAgain = std::chrono::seconds(60);
  static constexpr nanoseconds kYoung = std::chrono::seconds(5);

  /// `files` must outlive it.
  explicit NetworkBook(const ProcFs& files) : files_(files) {}

  /// `processes` are all of the machine, ascending by pid. Costs one stat(2) of a file for each new
  /// one. Needs no privilege: each namespace has entries of its own below /proc/PID/net
  /// (fs/proc/proc_net.c), whose inode numbers differ.
  void update(const Instant& now, std::span<const ProcessReading> processes);

  /// Of each process of the last update, in order: kOwnNetwork where that is not known, too;
  /// kUnwatchedNetwork of those that are not looked into.
  std::span<const NetworkId> of_processes() const { return ids_; }

  /// Others than our own that are looked into, by number. A number is never given again.
  const std::map<NetworkId, Network>& others() const { return networks_; }

  /// Network namespaces with processes of tiers that are not looked into.
  std::size_t left_out() const { return left_out_.size(); }

 private:
  struct Known {
    ProcessId id;
    std::uint64_t inode = 0;  ///< 0: not known
    nanoseconds looked{};
  };
  std::vector<Known> looked_at(const Instant& now, std::span<const ProcessReading> processes) const;
  std::uint64_t inode_of(pid_t pid) const;
  bool is_ours(pid_t pid) const;
  void place_members(std::span<const ProcessReading> processes);
  void place_others(std::span<const ProcessReading> processes);
  NetworkId number_of(std::uint64_t inode, const ProcessReading& member);
  std::string name_for(const ProcessReading& member) const;

  const ProcFs& files_;
  std::uint64_t own_inode_ = 0;
  bool no_identities_ = false;  ///< inode numbers of this /proc do not tell namespaces apart
  std::vector<Known> known_;    ///< parallel to ids_
  std::vector<NetworkId> ids_;
  std::map<NetworkId, Network> networks_;
  std::map<std::uint64_t, NetworkId> by_inode_;
  std::set<std::uint64_t> left_out_;
  NetworkId last_ = kOwnNetwork;
};

}  // namespace tierwatch
