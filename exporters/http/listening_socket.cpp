// SPDX-License-Identifier: MIT
#include "exporters/http/listening_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace tierwatch {
namespace {

constexpr int kBacklog = 1024;
constexpr std::string_view kUnix = "unix:", kPassed = "fd:";

[[noreturn]] void fail(const std::string& address, std::string reason) {
  if (!reason.empty()) {
    reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
  }
  throw std::runtime_error("cannot listen on " + address + ": " + reason);
}

std::string reason_of(int error) {
  std::string reason = std::generic_category().message(error);
  if (error == EADDRINUSE) return reason + " (is another tierwatch running?)";
  // Of a bind, the kernel itself only says EACCES.
  if (error == EPERM) return reason + " (does the unit's SocketBindAllow= name this port?)";
  if (error == EADDRNOTAVAIL) return reason + " (this machine does not have that address)";
  return reason;
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port <= 65535;
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Addresses resolve(const ListenAddress& address, const std::string& text) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(address.host.empty() ? nullptr : address.host.c_str(),
                                address.port.c_str(), &hints, &list);
  if (error == EAI_SYSTEM) fail(text, reason_of(errno));
  if (error != 0) fail(text, gai_strerror(error));
  return Addresses(list);
}

void set_reuse_port(int fd, bool on) {
  const int value = on ? 1 : 0;
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &value, sizeof value);
}

/// One IPv6 socket takes IPv4, too: ":9718" is every address of both families.
FileDescriptor bind_tcp(const addrinfo& where, bool overlap) {
  FileDescriptor fd(
      socket(where.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, where.ai_protocol));
  if (!fd) return fd;
  const int on = 1;
  const int off = 0;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  set_reuse_port(fd.get(), overlap);
  if (where.ai_family == AF_INET6) {
    setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (bind(fd.get(), where.ai_addr, where.ai_addrlen) != 0 || listen(fd.get(), kBacklog) != 0) {
    const int error = errno;
    fd.reset();
    errno = error;
    return fd;
  }
  set_reuse_port(fd.get(), false);
  return fd;
}

std::string bound_address(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  if (getsockname(fd, address, &size) != 0 ||
      getnameinfo(address, size, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return {};
  }
  const bool v6 = storage.ss_family == AF_INET6;
  return (v6 ? "[" + std::string(host) + "]" : std::string(host)) + ":" + port;
}

/// For every address IPv6 comes first, since it takes IPv4, too; a name such as localhost means
/// IPv4 to most who write it.
std::array<int, 2> families(const ListenAddress& address) {
  if (address.host.empty()) return {AF_INET6, AF_INET};
  return {AF_INET, AF_INET6};
}

ListeningSocket listen_on_tcp(const ListenAddress& address, const std::string& text, bool overlap) {
  const Addresses addresses = resolve(address, text);
  int error = EADDRNOTAVAIL;
  for (const int family : families(address)) {
    for (const addrinfo* where = addresses.get(); where; where = where->ai_next) {
      if (where->ai_family != family) continue;
      FileDescriptor fd = bind_tcp(*where, overlap);
      if (fd) {
        std::string bound = bound_address(fd.get());
        return {.fd = std::move(fd), .address = std::move(bound)};
      }
      error = errno;
      if (error == EADDRINUSE || error == EACCES) fail(text, reason_of(error));
    }
  }
  fail(text, reason_of(error));
}

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

/// 0 when somebody answers, else why not.
int knock(const sockaddr_un& address) {
  const FileDescriptor probe(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return 0;
  }
  return errno == EAGAIN ? 0 : errno;  // a full accept queue is of somebody who lives
}

void remove_stale_file(const sockaddr_un& address, const std::string& text) {
  struct stat status {};
  if (lstat(address.sun_path, &status) != 0) return;  // nothing there, or bind() tells why
  if (!S_ISSOCK(status.st_mode)) fail(text, "a file that is no socket is in the way");
  const int answer = knock(address);
  if (answer == 0) fail(text, reason_of(EADDRINUSE));
  if (answer != ECONNREFUSED) fail(text, reason_of(answer));
  if (unlink(address.sun_path) != 0) fail(text, reason_of(errno));
}

ListeningSocket listen_on_unix(const std::string& path, const std::string& text,
                               const SocketAccess& access) {
  const sockaddr_un address = unix_address(path);
  remove_stale_file(address, text);
  FileDescriptor fd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) fail(text, reason_of(errno));
  // The file is made with the mode of the unbound socket less the umask (unix_bind_bsd in
  // net/unix/af_unix.c): for nobody else, until the group is the right one.
  fchmod(fd.get(), access.mode & S_IRWXU);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail(text, reason_of(errno));
  }
  SocketFile file(path);
  if (listen(fd.get(), kBacklog) != 0) fail(text, reason_of(errno));
  ListeningSocket made{
      .fd = std::move(fd), .file = std::move(file), .is_unix = true, .address = text};
  give_access(made, access);
  return made;
}

template <typename T>
std::optional<T> socket_option(int fd, int option) {
  T value{};
  socklen_t size = sizeof value;
  if (getsockopt(fd, SOL_SOCKET, option, &value, &size) != 0) return std::nullopt;
  return value;
}

/// "unix:/run/tierwatch/web.sock"; abstract ones begin with a zero byte, shown as @.
std::string unix_address_of(int fd) {
  sockaddr_un address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "unix:";
  const auto length = size - offsetof(sockaddr_un, sun_path);
  std::string path(address.sun_path, std::min<std::size_t>(length, sizeof address.sun_path));
  if (!path.empty() && path[0] == '\0') return "unix:@" + path.substr(1);
  return "unix:" + path.substr(0, path.find('\0'));
}

ListeningSocket listen_on_passed(std::string_view number, const std::string& text) {
  int passed = -1;
  std::from_chars(number.data(), number.data() + number.size(), passed);
  const auto family = socket_option<int>(passed, SO_DOMAIN);
  if (!family) fail(text, reason_of(errno));
  const bool is_unix = *family == AF_UNIX;
  if (socket_option<int>(passed, SO_TYPE) != SOCK_STREAM ||
      socket_option<int>(passed, SO_ACCEPTCONN) != 1 ||
      (!is_unix && *family != AF_INET && *family != AF_INET6))
    fail(text,
         "it is no stream socket that listens (the socket unit wants ListenStream= and Accept=no)");
  FileDescriptor own(fcntl(passed, F_DUPFD_CLOEXEC, 0));
  // The status flags belong to the open socket, which the passed descriptor shares.
  if (!own || fcntl(own.get(), F_SETFL, fcntl(own.get(), F_GETFL) | O_NONBLOCK) != 0)
    fail(text, reason_of(errno));
  std::string address = is_unix ? unix_address_of(own.get()) : bound_address(own.get());
  return {.fd = std::move(own),
          .file = {},
          .is_unix = is_unix,
          .passed = true,
          .address = std::move(address)};
}

}  // namespace

std::string passed_address(int descriptor) {
  return std::string(kPassed) + std::to_string(descriptor);
}

ListenAddress parse_listen_address(std::string_view text) {
  if (text.starts_with(kUnix)) {
    const std::string path(text.substr(kUnix.size()));
    if (path.empty()) throw std::invalid_argument("a path must follow unix:");
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
      throw std::invalid_argument("the path is longer than 107 bytes");
    }
    return {.path = path};
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    throw std::invalid_argument("expected HOST:PORT, :PORT or unix:/PATH");
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (!is_port(port)) throw std::invalid_argument("the port must be a number from 0 to 65535");
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    throw std::invalid_argument("an IPv6 address must stand in brackets: [::1]:9718");
  }
  return {.host = std::string(host), .port = std::string(port)};
}

SocketFile::SocketFile(std::string path) : path_(std::move(path)) {
  struct stat status {};
  if (lstat(path_.c_str(), &status) != 0) return;
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

SocketFile::SocketFile(SocketFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}

SocketFile::~SocketFile() {
  struct stat status {};
  if (path_.empty() || lstat(path_.c_str(), &status) != 0) return;
  if (status.st_dev == device_ && status.st_ino == inode_) unlink(path_.c_str());
}

void give_access(const ListeningSocket& socket, const SocketAccess& access) {
  if (!socket.is_unix || socket.passed) return;
  const std::string path = socket.address.substr(kUnix.size());
  if (access.group && lchown(path.c_str(), static_cast<uid_t>(-1), *access.group) != 0)
    fail(socket.address, reason_of(errno) + " (may this user give a file to that group?)");
  if (chmod(path.c_str(), access.mode) != 0) fail(socket.address, reason_of(errno));
}

void allow_overlap(const ListeningSocket& socket, bool allowed) {
  if (!socket.is_unix) set_reuse_port(socket.fd.get(), allowed);
}

ListeningSocket listen_on(const std::string& address, const SocketAccess& access, bool overlap) {
  if (address.starts_with(kPassed))
    return listen_on_passed(std::string_view(address).substr(kPassed.size()), address);
  ListenAddress where;
  try {
    where = parse_listen_address(address);
  } catch (const std::invalid_argument& wrong) {
    fail(address, wrong.what());
  }
  return where.path.empty() ? listen_on_tcp(where, address, overlap)
                            : listen_on_unix(where.path, address, access);
}

std::string client_network(const sockaddr* peer) {
  constexpr std::size_t kNetwork = 8, kMapped = 12;
  if (peer && peer->sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in*>(peer)->sin_addr;
    return {reinterpret_cast<const char*>(&v4), sizeof v4};
  }
  if (!peer || peer->sa_family != AF_INET6) return "";
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6*>(peer)->sin6_addr;
  const auto* bytes = reinterpret_cast<const char*>(v6.s6_addr);
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return {bytes + kMapped, sizeof(in_addr)};
  return {bytes, kNetwork};
}

bool is_loopback(const sockaddr* peer) {
  if (!peer) return false;
  if (peer->sa_family == AF_INET) {
    const auto& v4 = *reinterpret_cast<const sockaddr_in*>(peer);
    return (ntohl(v4.sin_addr.s_addr) >> 24) == IN_LOOPBACKNET;
  }
  if (peer->sa_family != AF_INET6) return false;
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6*>(peer)->sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&v6) ||
         (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == IN_LOOPBACKNET);
}

}  // namespace tierwatch
