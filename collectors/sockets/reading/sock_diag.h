// SPDX-License-Identifier: MIT
//
// The kernel's tables of listening and connected sockets. NETLINK_SOCK_DIAG stands behind it
// (sock_diag.cpp is the only includer of libmnl), or, where its modules are missing, /proc/net
// (proc_net.h); tests put literals in their place. A table is of one network namespace: our own,
// which needs no privilege, or another one (sock_diag_door.h).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collectors/socket_reading.h"
#include "collectors/sockets/reading/socket_address.h"

namespace tierwatch {

/// One socket in state LISTEN.
struct ListenerSocket {
  std::uint64_t cookie = 0;  ///< identity for the socket's life (sock_diag), else its inode
  std::uint64_t inode = 0;   ///< the N of socket:[N] in /proc/PID/fd
  Endpoint local;            ///< TCP
  std::string name;          ///< UNIX: path or @abstract
  std::optional<uid_t> uid;
  std::uint32_t queue_length = 0;
  std::optional<std::uint32_t> queue_limit;
  std::optional<std::uint32_t> drops;
  std::uint64_t cgroup_id = 0;  ///< v2 cgroup it was made in; 0 unknown (Linux ≥ 5.9 tells, TCP)
};

/// Whether whoever holds an end as a server owes its client an answer.
enum class Owes : std::uint8_t {
  kUntold,  ///< from /proc
  kNo,      ///< it said the last word, or was never asked
  kMaybe,   ///< the last words of both lie within one clock tick
  kYes,     ///< the client said the last word, or has not taken all of the answer
};

/// One TCP socket with a peer. inode 0: established but not accepted yet; sockets that their
/// process has closed are left out.
struct TcpConnection {
  Endpoint local, remote;
  std::uint64_t inode = 0;
  std::uint64_t cgroup_id = 0;
  uid_t uid = 0;
  SocketFamily family = SocketFamily::kTcp4;
  /// The last word was certainly ours, or nobody has said one yet: whoever holds this end waits for
  /// an answer, if for anything. False where data go one way only. Absent from /proc.
  std::optional<bool> awaits_answer;
  /// The last words of both lie within one clock tick: it may await an answer all the same.
  bool may_await = false;
  Owes owes_answer = Owes::kUntold;
  /// How long ago data were sent and received last, or since the connection began. In steps of the
  /// kernel's clock tick (1 to 10 ms).
  std::chrono::milliseconds sent_ago{}, heard_ago{};
  /// To the peer and back, smoothed by the kernel; 0: not told.
  std::chrono::microseconds round_trip{};
  /// Since it began: all that were sent, and those that were sent again.
  std::uint32_t segments_sent = 0, segments_resent = 0;
  bool unsent = false;  ///< it holds data that could not be sent yet
  bool unread = false;  ///< data came that its holder has not read
};

/// A connection that its client asked for and has not answered for: SYN-RECEIVED.
struct HalfOpenConnection {
  Endpoint local;
  SocketFamily family = SocketFamily::kTcp4;
};

/// One connected UNIX socket (stream or seqpacket). Those not accepted yet are not listed by the
/// kernel; their clients are, with peer 0.
struct UnixConnection {
  std::uint64_t inode = 0;
  std::uint64_t peer_inode = 0;   ///< 0: not accepted yet, or gone
  std::uint32_t name_offset = 0;  ///< into ConnectionTable::names; accepted sockets carry the name
  std::uint32_t name_length = 0;  ///< of their listener, clients mostly none (0)
  std::optional<uid_t> uid;       ///< Linux ≥ 5.3
  std::optional<bool> unread{};   ///< as TcpConnection::unread; absent from /proc
};

/// All connections. Meant to be kept and filled again: after the first time nothing is allocated.
struct ConnectionTable {
  std::vector<TcpConnection> tcp;
  std::vector<HalfOpenConnection> half_open;
  std::vector<UnixConnection> unix_sockets;
  std::string names;

  void clear() {
    tcp.clear();
    half_open.clear();
    unix_sockets.clear();
    names.clear();
  }
  std::string_view name_of(const UnixConnection& connection) const {
    return std::string_view(names).substr(connection.name_offset, connection.name_length);
  }
  void add_unix(UnixConnection connection, std::string_view name) {
    connection.name_offset = static_cast<std::uint32_t>(names.size());
    connection.name_length = static_cast<std::uint32_t>(name.size());
    names.append(name);
    unix_sockets.push_back(connection);
  }
};

enum class DumpStatus : std::uint8_t {
  kComplete,
  kUnavailable,  ///< the kernel cannot list this family: module missing or not permitted
  kFailed,       ///< this time: interrupted twice, timed out, overrun; what was added is incomplete
};

/// Connections of a network namespace.
struct NetworkConnections {
  NetworkId network = kOwnNetwork;
  const ConnectionTable* table = nullptr;
};

/// Not thread-safe: one table belongs to one sampling thread.
class SocketTable {
 public:
  virtual ~SocketTable() = default;

  /// Adds all listeners of a family to `found`.
  virtual DumpStatus listeners(SocketFamily family, std::vector<ListenerSocket>& found) = 0;

  /// Adds all connections of a family to `found`.
  virtual DumpStatus connections(SocketFamily family, ConnectionTable& found) = 0;

  /// Whether it holds something that keeps its network namespace alive.
  virtual bool holds_network() const { return false; }

  /// CPU time of the calling thread, whose rise over a dump is what that cost.
  virtual nanoseconds cpu_time() const;
};

/// The real table by sock_diag(7), on one netlink socket that is kept open. A dump that the kernel
/// says was disturbed is repeated once; waits for the kernel at most 200 ms. Never throws: without
/// netlink (a sandbox without AF_NETLINK) every dump answers kUnavailable.
std::unique_ptr<SocketTable> make_sock_diag_table();

/// The same over sockets that `open` gives: each a new one of NETLINK_SOCK_DIAG, or -1 and errno.
std::unique_ptr<SocketTable> make_sock_diag_table(std::function<int()> open);

}  // namespace tierwatch
