// SPDX-License-Identifier: MIT
//
// A socket bound to an address as users write it. We bind ourselves rather than let the HTTP
// library do it: only so can one line say what was wrong, can Unix sockets be served, and can a
// socket be handed in by others.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "collectors/parse/proc_fs.h"

namespace tierwatch {

/// An address taken apart: either a path, or host and port (an empty host is every address).
struct ListenAddress {
  std::string host;
  std::string port;
  std::string path;
};

/// "127.0.0.1:9718", ":9718", "[::1]:9718", "localhost:9718", "unix:/run/tierwatch/tierwatch.sock".
/// Throws std::invalid_argument with what is wrong, without naming the address.
ListenAddress parse_listen_address(std::string_view text);

/// The file of a Unix socket: removed with this object, unless someone else has put another in its
/// place.
class SocketFile {
 public:
  SocketFile() = default;
  explicit SocketFile(std::string path);
  SocketFile(SocketFile&& other) noexcept;
  SocketFile& operator=(SocketFile&&) = delete;
  ~SocketFile();

 private:
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

/// A listening socket, not blocking, closed on exec.
struct ListeningSocket {
  FileDescriptor fd;
  SocketFile file;  ///< of a Unix socket; else of nothing
  bool is_unix = false;
  bool passed = false;  ///< somebody else made it, and its file
  std::string address;  ///< as bound: "127.0.0.1:43211", "[::]:9718", "unix:/run/…"
};

/// Whether other sockets of this user may be bound to the same TCP address (SO_REUSEPORT). Only
/// sockets that all allow it can overlap; at a reload "127.0.0.1:9718" may so become ":9718" before
/// the old one is let go.
void allow_overlap(const ListeningSocket& socket, bool allowed);

/// Who may connect to a Unix socket.
struct SocketAccess {
  mode_t mode = 0660;
  std::optional<gid_t> group;  ///< absent: the process' own
  bool operator==(const SocketAccess&) const = default;
};

/// Lets those connect to a Unix socket that was made here. Throws as listen_on() does.
void give_access(const ListeningSocket& socket, const SocketAccess& access);

/// The address of a socket that this process was started with ("fd:3"), for listen_on().
std::string passed_address(int descriptor);

/// Binds and listens. A socket file in the way of a Unix socket is replaced only when nobody
/// answers there; at no moment does it let in more than `access` says. Of a passed address: a
/// duplicate of that descriptor, which has to listen already; its file is its maker's. Throws
/// std::runtime_error `cannot listen on ADDRESS: REASON (HINT)`. `overlap`: beside sockets for
/// which allow_overlap() is on; it is off again afterwards.
ListeningSocket listen_on(const std::string& address, const SocketAccess& access = {},
                          bool overlap = false);

/// Whose a peer is, as far as its address says: an IPv4 address, or the 64 bits that one customer
/// has of IPv6. Bytes to compare, not to show; empty for other families.
std::string client_network(const sockaddr* peer);

/// Whether the peer is on this machine: 127.0.0.0/8, ::1, or the former mapped into IPv6. No for
/// other families.
bool is_loopback(const sockaddr* peer);

}  // namespace tierwatch
