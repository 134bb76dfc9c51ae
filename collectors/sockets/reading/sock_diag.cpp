// SPDX-License-Identifier: MIT
#include "collectors/sockets/reading/sock_diag.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <span>
#include <utility>

#include "collectors/sockets/reading/sock_diag_words.h"
#include "collectors/sockets/reading/tcp_state.h"

namespace tierwatch {

namespace {

constexpr std::uint32_t bit(unsigned n) { return 1u << n; }

// TIME_WAIT is left out: a busy host has tens of thousands, and nobody holds them.
constexpr std::uint32_t kConnectedStates = bit(kEstablished) | bit(kSynSent) | bit(kSynReceived) |
                                           bit(kFinWait1) | bit(kFinWait2) | bit(kCloseWait);

// Dumps come in pieces of at most 32 kB when the reader offers that much (net/netlink/af_netlink.c,
// netlink_dump): fewer system calls than with the customary 8 kB.
constexpr std::size_t kReceiveBytes = 32768;
constexpr timeval kReceiveTimeout{.tv_sec = 0, .tv_usec = 200'000};

template <typename Value>
std::optional<Value> attribute_value(const nlattr* attribute, std::size_t index = 0) {
  if (mnl_attr_get_payload_len(attribute) < (index + 1) * sizeof(Value)) return std::nullopt;
  Value value;
  std::memcpy(&value,
              static_cast<const char*>(mnl_attr_get_payload(attribute)) + index * sizeof(Value),
              sizeof value);
  return value;
}

/// Calls `visit(type, attribute)` for each attribute after a message's fixed part.
template <typename Visit>
void for_each_attribute(const nlmsghdr* message, std::size_t fixed, Visit visit) {
  const auto* end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(message));
  const auto* attribute = static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(message, fixed));
  while (mnl_attr_ok(attribute, static_cast<int>(end - reinterpret_cast<const char*>(attribute)))) {
    visit(mnl_attr_get_type(attribute), attribute);
    attribute = mnl_attr_next(attribute);
  }
}

std::uint64_t cookie_of(const std::uint32_t (&words)[2]) {
  return static_cast<std::uint64_t>(words[1]) << 32 | words[0];
}

Endpoint endpoint_of(const std::uint32_t (&address)[4], std::uint16_t port, std::uint8_t family) {
  return {family == AF_INET ? IpAddress::v4(address[0]) : IpAddress::v6(address), ntohs(port)};
}

std::string_view name_of(const nlattr* attribute, std::string& buffer) {
  return unix_name({static_cast<const char*>(mnl_attr_get_payload(attribute)),
                    mnl_attr_get_payload_len(attribute)},
                   buffer);
}

std::optional<ListenerSocket> tcp_listener(const nlmsghdr* message) {
  const auto* socket = static_cast<const inet_diag_msg*>(mnl_nlmsg_get_payload(message));
  if (mnl_nlmsg_get_payload_len(message) < sizeof *socket || socket->idiag_state != kListen)
    return std::nullopt;
  // For LISTEN, rqueue is sk_ack_backlog and wqueue its limit (net/ipv4/tcp_diag.c).
  ListenerSocket listener{
      .cookie = cookie_of(socket->id.idiag_cookie),
      .inode = socket->idiag_inode,
      .local = endpoint_of(socket->id.idiag_src, socket->id.idiag_sport, socket->idiag_family),
      .uid = socket->idiag_uid,
      .queue_length = socket->idiag_rqueue,
      .queue_limit = socket->idiag_wqueue};
  for_each_attribute(message, sizeof *socket, [&](std::uint16_t type, const nlattr* attribute) {
    if (type == INET_DIAG_SKMEMINFO)
      listener.drops = attribute_value<std::uint32_t>(attribute, SK_MEMINFO_DROPS);
    else if (type == INET_DIAG_CGROUP_ID)
      listener.cgroup_id = attribute_value<std::uint64_t>(attribute).value_or(0);
  });
  return listener;
}

/// Only a socket whose process has let go of it is in a FIN_WAIT state without an inode.
bool is_orphan(const inet_diag_msg& socket) {
  return socket.idiag_inode == 0 && socket.idiag_state != kEstablished &&
         socket.idiag_state != kCloseWait;
}

void add_last_words(const nlattr* attribute, const inet_diag_msg& socket,
                    TcpConnection& connection) {
  const std::size_t length = mnl_attr_get_payload_len(attribute);
  if (length < offsetof(tcp_info, tcpi_pmtu)) return;
  tcp_info info{};  // older kernels tell less: the rest is 0
  std::memcpy(&info, mnl_attr_get_payload(attribute), std::min(length, sizeof info));
  connection.awaits_answer = awaits_answer(info);
  connection.may_await =
      is_tie(info) && turn_of(said_by_us(info), said_by_them(info)) == Turn::kUnclear;
  connection.owes_answer = owes_answer(info, socket);
  if (info.tcpi_state == kSynSent) return;  // its times have not begun
  add_way(info, connection);
  connection.sent_ago = std::chrono::milliseconds(info.tcpi_last_data_sent);
  connection.heard_ago = std::chrono::milliseconds(info.tcpi_last_data_recv);
}

void add_tcp_connection(const nlmsghdr* message, ConnectionTable& found) {
  const auto* socket = static_cast<const inet_diag_msg*>(mnl_nlmsg_get_payload(message));
  if (mnl_nlmsg_get_payload_len(message) < sizeof *socket) return;
  const auto family = socket->idiag_family;
  if (socket->idiag_state == kSynReceived)
    found.half_open.push_back({endpoint_of(socket->id.idiag_src, socket->id.idiag_sport, family),
                               family == AF_INET ? SocketFamily::kTcp4 : SocketFamily::kTcp6});
  if (socket->idiag_state == kSynReceived || is_orphan(*socket)) return;
  TcpConnection& connection = found.tcp.emplace_back(
      TcpConnection{.local = endpoint_of(socket->id.idiag_src, socket->id.idiag_sport, family),
                    .remote = endpoint_of(socket->id.idiag_dst, socket->id.idiag_dport, family),
                    .inode = socket->idiag_inode,
                    .uid = socket->idiag_uid,
                    .family = family == AF_INET ? SocketFamily::kTcp4 : SocketFamily::kTcp6});
  connection.unread = has_unread(socket->idiag_rqueue, socket->idiag_state);
  for_each_attribute(message, sizeof *socket, [&](std::uint16_t type, const nlattr* attribute) {
    if (type == INET_DIAG_CGROUP_ID)
      connection.cgroup_id = attribute_value<std::uint64_t>(attribute).value_or(0);
    else if (type == INET_DIAG_INFO)
      add_last_words(attribute, *socket, connection);
  });
}

const unix_diag_msg* unix_stream(const nlmsghdr* message) {
  const auto* socket = static_cast<const unix_diag_msg*>(mnl_nlmsg_get_payload(message));
  if (mnl_nlmsg_get_payload_len(message) < sizeof *socket) return nullptr;
  return socket->udiag_type == SOCK_STREAM || socket->udiag_type == SOCK_SEQPACKET ? socket
                                                                                   : nullptr;
}

std::optional<ListenerSocket> unix_listener(const nlmsghdr* message, std::string& buffer) {
  const unix_diag_msg* socket = unix_stream(message);
  if (socket == nullptr || socket->udiag_state != kListen) return std::nullopt;
  ListenerSocket listener{.cookie = cookie_of(socket->udiag_cookie), .inode = socket->udiag_ino};
  for_each_attribute(message, sizeof *socket, [&](std::uint16_t type, const nlattr* attribute) {
    if (type == UNIX_DIAG_NAME) {
      listener.name = name_of(attribute, buffer);
    } else if (type == UNIX_DIAG_UID) {
      listener.uid = attribute_value<std::uint32_t>(attribute);
    } else if (type == UNIX_DIAG_RQLEN) {
      listener.queue_length = attribute_value<std::uint32_t>(attribute).value_or(0);
      listener.queue_limit = attribute_value<std::uint32_t>(attribute, 1);
    }
  });
  return listener;
}

void add_unix_connection(const nlmsghdr* message, ConnectionTable& found, std::string& buffer) {
  const unix_diag_msg* socket = unix_stream(message);
  if (socket == nullptr) return;
  UnixConnection connection{.inode = socket->udiag_ino};
  std::string_view name;
  for_each_attribute(message, sizeof *socket, [&](std::uint16_t type, const nlattr* attribute) {
    if (type == UNIX_DIAG_NAME)
      name = name_of(attribute, buffer);
    else if (type == UNIX_DIAG_PEER)
      connection.peer_inode = attribute_value<std::uint32_t>(attribute).value_or(0);
    else if (type == UNIX_DIAG_UID)
      connection.uid = attribute_value<std::uint32_t>(attribute);
    else if (type == UNIX_DIAG_RQLEN)
      connection.unread = attribute_value<std::uint32_t>(attribute).value_or(0) > 0;
  });
  found.add_unix(connection, name);
}

inet_diag_req_v2 tcp_request(SocketFamily family, std::uint32_t states, std::uint8_t extensions) {
  inet_diag_req_v2 request{};
  request.sdiag_family = family == SocketFamily::kTcp4 ? AF_INET : AF_INET6;
  request.sdiag_protocol = IPPROTO_TCP;
  request.idiag_ext = extensions;
  request.idiag_states = states;
  return request;
}

unix_diag_req unix_request(std::uint32_t states, std::uint32_t show) {
  unix_diag_req request{};
  request.sdiag_family = AF_UNIX;
  request.udiag_states = states;
  request.udiag_show = show;
  return request;
}

/// The kernel's answer at the end of a dump: 0 or a negative errno. A module that is missing shows
/// up here, not in an error message, when the family's own handler is there but not the protocol's.
int on_done(const nlmsghdr* message, void*) {
  if (mnl_nlmsg_get_payload_len(message) >= sizeof(int)) {
    int result;
    std::memcpy(&result, mnl_nlmsg_get_payload(message), sizeof result);
    if (result < 0) {
      errno = -result;
      return MNL_CB_ERROR;
    }
  }
  return MNL_CB_STOP;
}

int on_error(const nlmsghdr* message, void*) {
  const auto* error = static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(message));
  errno = mnl_nlmsg_get_payload_len(message) < sizeof *error ? EBADMSG : -error->error;
  return errno == 0 ? MNL_CB_STOP : MNL_CB_ERROR;
}

class SockDiagTable : public SocketTable {
 public:
  explicit SockDiagTable(std::function<int()> open_socket) : open_socket_(std::move(open_socket)) {}
  ~SockDiagTable() override { close(); }

  DumpStatus listeners(SocketFamily family, std::vector<ListenerSocket>& found) override {
    const std::size_t before = found.size();
    const auto restart = [&] { found.resize(before); };
    if (family == SocketFamily::kUnix) {
      constexpr std::uint32_t kShow = UDIAG_SHOW_NAME | UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID;
      return dump(unix_request(bit(kListen), kShow), restart, [&](const nlmsghdr* message) {
        if (auto listener = unix_listener(message, name_)) found.push_back(std::move(*listener));
      });
    }
    const auto request = tcp_request(family, bit(kListen), bit(INET_DIAG_SKMEMINFO - 1));
    return dump(request, restart, [&](const nlmsghdr* message) {
      if (auto listener = tcp_listener(message)) found.push_back(std::move(*listener));
    });
  }

  DumpStatus connections(SocketFamily family, ConnectionTable& found) override {
    const std::size_t tcp = found.tcp.size(), half_open = found.half_open.size(),
                      unix_sockets = found.unix_sockets.size();
    const auto restart = [&] {
      found.tcp.resize(tcp);
      found.half_open.resize(half_open);
      found.unix_sockets.resize(unix_sockets);
    };
    if (family == SocketFamily::kUnix) {
      constexpr std::uint32_t kShow =
          UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_UID | UDIAG_SHOW_RQLEN;
      return dump(unix_request(bit(kEstablished), kShow), restart,
                  [&](const nlmsghdr* message) { add_unix_connection(message, found, name_); });
    }
    return dump(tcp_request(family, kConnectedStates, bit(INET_DIAG_INFO - 1)), restart,
                [&](const nlmsghdr* message) { add_tcp_connection(message, found); });
  }

  bool holds_network() const override { return socket_ != nullptr; }

 private:
  template <typename Request, typename Restart, typename Visit>
  DumpStatus dump(const Request& request, Restart restart, Visit visit) {
    const auto bytes = std::as_bytes(std::span(&request, 1));
    int error = dump_once(bytes, visit);
    // ENOENT: no handler, after the kernel has tried to load it. EINVAL, EOPNOTSUPP: a kernel built
    // without. EACCES, EPERM, EAFNOSUPPORT: a sandbox.
    for (const int lasting : {ENOENT, EINVAL, EOPNOTSUPP, EACCES, EPERM, EAFNOSUPPORT})
      if (error == lasting) return DumpStatus::kUnavailable;
    if (error != 0 && error != EAGAIN) {  // EAGAIN: the time is up
      restart();
      error = dump_once(bytes, visit);
    }
    return error == 0 ? DumpStatus::kComplete : DumpStatus::kFailed;
  }

  /// 0 or errno. What remains of a failed dump is dropped with its socket.
  template <typename Visit>
  int dump_once(std::span<const std::byte> request, Visit& visit) {
    int error = send_request(request) ? receive(visit) : errno;
    if (error != 0) close();
    return error;
  }

  bool send_request(std::span<const std::byte> request) {
    if (socket_ == nullptr && !open()) return false;
    std::array<char, 128> buffer{};
    nlmsghdr* header = mnl_nlmsg_put_header(buffer.data());
    header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
    header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    header->nlmsg_seq = ++sequence_;
    std::memcpy(mnl_nlmsg_put_extra_header(header, request.size()), request.data(), request.size());
    return mnl_socket_sendto(socket_, header, header->nlmsg_len) >= 0;
  }

  template <typename Visit>
  int receive(Visit& visit) {
    static constexpr auto kOnData = [](const nlmsghdr* message, void* data) {
      (*static_cast<Visit*>(data))(message);
      return MNL_CB_OK;
    };
    std::array<mnl_cb_t, NLMSG_DONE + 1> control{nullptr, nullptr, on_error, on_done};
    const auto port = mnl_socket_get_portid(socket_);
    while (true) {
      const ssize_t got = mnl_socket_recvfrom(socket_, buffer_.data(), buffer_.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return errno;
      const int next = mnl_cb_run2(buffer_.data(), static_cast<std::size_t>(got), sequence_, port,
                                   kOnData, &visit, control.data(), unsigned{control.size()});
      if (next < 0) return errno == 0 ? EBADMSG : errno;
      if (next == MNL_CB_STOP) return 0;
    }
  }

  bool open() {
    const int opened = open_socket_();
    if (opened < 0) return false;
    socket_ = mnl_socket_fdopen(opened);
    if (socket_ == nullptr) {
      ::close(opened);
      errno = ENOMEM;
      return false;
    }
    buffer_.resize(kReceiveBytes);
    if (mnl_socket_bind(socket_, 0, MNL_SOCKET_AUTOPID) == 0 &&
        setsockopt(mnl_socket_get_fd(socket_), SOL_SOCKET, SO_RCVTIMEO, &kReceiveTimeout,
                   sizeof kReceiveTimeout) == 0)
      return true;
    const int error = errno;
    close();
    errno = error;
    return false;
  }

  void close() {
    if (socket_ != nullptr) mnl_socket_close(socket_);
    socket_ = nullptr;
  }

  std::function<int()> open_socket_;
  mnl_socket* socket_ = nullptr;
  std::vector<char> buffer_;
  std::string name_;
  unsigned sequence_ = 0;
};

}  // namespace

nanoseconds SocketTable::cpu_time() const {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

std::unique_ptr<SocketTable> make_sock_diag_table() {
  return make_sock_diag_table(
      [] { return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG); });
}

std::unique_ptr<SocketTable> make_sock_diag_table(std::function<int()> open) {
  return std::make_unique<SockDiagTable>(std::move(open));
}

}  // namespace tierwatch
