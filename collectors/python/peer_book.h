// SPDX-License-Identifier: MIT
//
// Whom a descriptor of a process leads to: a connection's other end, by the kernel's socket tables.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>

#include "collectors/parse/proc_fs.h"
#include "collectors/sockets/reading/sock_diag.h"

namespace tierwatch {

/// What a descriptor is.
struct DescriptorEnd {
  enum class Kind : std::uint8_t {
    kUnknown,    ///< it could not be read, or another kind
    kPeer,       ///< a connection that this process opened; `name` is where it leads
    kClient,     ///< one that it accepted; `name` is where it comes from
    kListening,  ///< a listening socket
    kFile,       ///< a regular file or a device, `name` is its path
    kPipe,
    kEvents,  ///< epoll, eventfd, timerfd, signalfd
  };
  Kind kind = Kind::kUnknown;
  std::string name;  ///< any bytes; empty: not known
};

/// Not thread-safe. Connections come and go: a table is read again when a socket is not in it, but
/// never more often than a twentieth of the time allows.
class PeerBook {
 public:
  /// `clock` is CLOCK_MONOTONIC.
  PeerBook(const ProcFs& files, FaultLog& faults, std::function<nanoseconds()> clock);

  DescriptorEnd end_of(pid_t pid, int descriptor);

 private:
  static constexpr std::size_t kMostNetworks = 16;
  struct Network {
    std::string folder;  ///< of a process there: "proc/812"
    std::unique_ptr<SocketTable> table;
    std::unique_ptr<SocketTable> fallback;
    std::unordered_map<std::uint64_t, DescriptorEnd> ends;  ///< by inode
    nanoseconds next_read{};
  };

  Network* network_of(pid_t pid);
  void read(Network& network);
  DescriptorEnd socket_end(Network& network, std::uint64_t inode);

  const ProcFs& files_;
  FaultLog& faults_;
  std::function<nanoseconds()> clock_;
  std::string own_network_;
  std::map<std::string, Network> networks_;  ///< by the link "net:[4026531840]"
};

/// The ends of all connections of one namespace, by inode. Pure.
std::unordered_map<std::uint64_t, DescriptorEnd> connection_ends(
    const std::vector<ListenerSocket>& listeners, const ConnectionTable& connections);

}  // namespace tierwatch
