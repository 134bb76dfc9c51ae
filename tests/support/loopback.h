// SPDX-License-Identifier: MIT
//
// Real sockets on this machine for tests and benchmarks: listeners and clients of TCP on loopback
// and of UNIX sockets, closed with the object.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <system_error>

#include "collectors/parse/proc_fs.h"

namespace tierwatch {

inline std::uint64_t inode_of(const FileDescriptor& socket) {
  struct stat status {};
  if (fstat(socket.get(), &status) != 0) throw std::system_error(errno, std::generic_category());
  return status.st_ino;
}

/// An address that can be listened on and connected to.
class SocketName {
 public:
  /// Port 0 asks the kernel for a free one.
  static SocketName tcp4(std::uint16_t port = 0, std::uint32_t address = INADDR_LOOPBACK) {
    SocketName name;
    auto& in = reinterpret_cast<sockaddr_in&>(name.storage_);
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    in.sin_addr.s_addr = htonl(address);
    name.length_ = sizeof in;
    return name;
  }
  static SocketName tcp6(const in6_addr& address, std::uint16_t port = 0) {
    SocketName name;
    auto& in = reinterpret_cast<sockaddr_in6&>(name.storage_);
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    in.sin6_addr = address;
    name.length_ = sizeof in;
    return name;
  }
  /// A path, or an abstract name when it begins with a NUL.
  static SocketName unix_name(const std::string& path) {
    SocketName name;
    auto& un = reinterpret_cast<sockaddr_un&>(name.storage_);
    un.sun_family = AF_UNIX;
    std::memcpy(un.sun_path, path.data(), path.size());
    const bool abstract = path.starts_with('\0');
    name.length_ =
        static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (abstract ? 0 : 1));
    return name;
  }

  int family() const { return storage_.ss_family; }
  std::uint16_t port() const {
    return ntohs(reinterpret_cast<const sockaddr_in&>(storage_).sin_port);
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t length() const { return length_; }

  /// What the kernel has bound `socket` to.
  static SocketName of(const FileDescriptor& socket) {
    SocketName name;
    name.length_ = sizeof name.storage_;
    getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name.storage_), &name.length_);
    return name;
  }

 private:
  sockaddr_storage storage_{};
  socklen_t length_ = 0;
};

inline FileDescriptor make_socket(const SocketName& name, int type) {
  FileDescriptor made(::socket(name.family(), type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!made) throw std::system_error(errno, std::generic_category(), "socket");
  return made;
}

struct ListenOptions {
  int type = SOCK_STREAM;
  bool reuse_port = false;
};

inline FileDescriptor listen_on(const SocketName& name, int backlog, ListenOptions options = {}) {
  FileDescriptor socket = make_socket(name, options.type);
  const int on = 1;
  if (options.reuse_port) setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (bind(socket.get(), name.get(), name.length()) != 0 || listen(socket.get(), backlog) != 0)
    throw std::system_error(errno, std::generic_category(), "listen");
  return socket;
}

/// Begins to connect: TCP goes on by itself, UNIX is done at once or fails with EAGAIN when the
/// queue is full (then there is no socket).
inline FileDescriptor connect_to(const SocketName& name, int type = SOCK_STREAM) {
  FileDescriptor socket = make_socket(name, type);
  if (connect(socket.get(), name.get(), name.length()) != 0 && errno != EINPROGRESS) return {};
  return socket;
}

inline FileDescriptor accept_from(const FileDescriptor& listener) {
  return FileDescriptor(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

}  // namespace tierwatch
