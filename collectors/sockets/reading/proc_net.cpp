// SPDX-License-Identifier: MIT
#include "collectors/sockets/reading/proc_net.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <unordered_map>

#include "collectors/sockets/reading/tcp_state.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {

namespace {

/// One line of /proc/net/tcp or tcp6, as far as we use it.
struct TcpLine {
  Endpoint local, remote;
  unsigned state = 0;
  std::uint32_t send_queue = 0, receive_queue = 0;
  uid_t uid = 0;
  std::uint64_t inode = 0;
};

/// "0100007F:1538": the address as native-endian words in hexadecimal, the port in host order.
std::optional<Endpoint> parse_endpoint(std::string_view text, SocketFamily family) {
  const std::size_t words = family == SocketFamily::kTcp4 ? 1 : 4;
  if (text.size() != words * 8 + 5 || text[words * 8] != ':') return std::nullopt;
  std::array<std::uint32_t, 4> address{};
  for (std::size_t i = 0; i < words; ++i) {
    const auto word = to_number<std::uint32_t>(text.substr(i * 8, 8), 16);
    if (!word) return std::nullopt;
    address[i] = *word;
  }
  const auto port = to_number<std::uint16_t>(text.substr(words * 8 + 1), 16);
  if (!port) return std::nullopt;
  return Endpoint{words == 1 ? IpAddress::v4(address[0]) : IpAddress::v6(address.data()), *port};
}

//   sl  local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode …
std::optional<TcpLine> parse_tcp_line(std::string_view rest, SocketFamily family) {
  take_field(rest);
  const auto local = parse_endpoint(take_field(rest), family);
  const auto remote = parse_endpoint(take_field(rest), family);
  const auto state = to_number<unsigned>(take_field(rest), 16);
  std::string_view queues = take_field(rest);
  const auto send_queue = to_number<std::uint32_t>(take_until(queues, ':'), 16);
  const auto receive_queue = to_number<std::uint32_t>(queues, 16);
  take_field(rest);
  take_field(rest);
  const auto uid = take_number<uid_t>(rest);
  take_field(rest);
  const auto inode = take_number<std::uint64_t>(rest);
  if (!local || !remote || !state || !send_queue || !receive_queue || !uid || !inode)
    return std::nullopt;
  return TcpLine{*local, *remote, *state, *send_queue, *receive_queue, *uid, *inode};
}

// The same choice of states as in sock_diag.cpp.
bool is_connection(const TcpLine& line) {
  switch (line.state) {
    case kEstablished:
    case kCloseWait:
      return true;
    case kSynSent:
    case kFinWait1:
    case kFinWait2:
      return line.inode != 0;
    default:
      return false;
  }
}

/// One line of /proc/net/unix. `state`: 1 unconnected, 2 connecting, 3 connected (SS_*).
struct UnixLine {
  bool listening = false;
  unsigned type = 0, state = 0;
  std::uint64_t inode = 0;
  std::string_view name;
};

/// "ffff8a0012345678: ". A name may hold line feeds: what follows one is no line of the table. Who
/// imitates one cannot be told from the kernel.
bool begins_a_socket(std::string_view line) {
  const std::size_t digits = line.find_first_not_of("0123456789abcdef");
  return digits != std::string_view::npos && digits >= 8 && line.substr(digits).starts_with(": ");
}

// Num RefCount Protocol Flags Type St Inode Path
std::optional<UnixLine> parse_unix_line(std::string_view rest) {
  constexpr std::uint32_t kAcceptsConnections = 1u << 16;  // __SO_ACCEPTCON
  take_field(rest);
  take_field(rest);
  take_field(rest);
  const auto flags = to_number<std::uint32_t>(take_field(rest), 16);
  const auto type = to_number<unsigned>(take_field(rest), 16);
  const auto state = to_number<unsigned>(take_field(rest), 16);
  const auto inode = take_number<std::uint64_t>(rest);
  if (!flags || !type || !state || !inode) return std::nullopt;
  if (!rest.empty()) rest.remove_prefix(1);
  return UnixLine{(*flags & kAcceptsConnections) != 0, *type, *state, *inode, rest};
}

/// Whether the last whole line of the text is a connection: then all listeners stand before it.
bool ends_with_a_connection(std::string_view text, SocketFamily family) {
  const auto end = text.rfind('\n');
  if (end == std::string_view::npos || end == 0) return false;
  const auto begin = text.rfind('\n', end - 1);
  if (begin == std::string_view::npos) return false;  // the heading
  const auto line = parse_tcp_line(text.substr(begin + 1, end - begin - 1), family);
  return line && line->state != kListen;
}

class ProcNetTable : public SocketTable {
 public:
  ProcNetTable(const ProcFs& files, FaultLog& faults, const std::string& folder)
      : files_(files), faults_(faults), folder_(folder) {}

  DumpStatus listeners(SocketFamily family, std::vector<ListenerSocket>& found) override {
    return read(family, &found, nullptr);
  }
  DumpStatus connections(SocketFamily family, ConnectionTable& found) override {
    return read(family, nullptr, &found);
  }

 private:
  DumpStatus read(SocketFamily family, std::vector<ListenerSocket>* listeners,
                  ConnectionTable* connections) {
    static constexpr std::array<const char*, kSocketFamilies> kNames{"net/tcp", "net/tcp6",
                                                                     "net/unix"};
    const char* name = kNames[static_cast<std::size_t>(family)];
    const std::string path = folder_ + "/" + name;
    const bool all = connections != nullptr || family == SocketFamily::kUnix;
    const FileText file = all ? files_.read(path, buffer_) : read_listening(path, family);
    if (!file) {
      // No tcp6: a machine without IPv6, which is nothing to complain of.
      if (file.fault != Fault::kGone) faults_.count(name, *file.fault);
      return DumpStatus::kUnavailable;
    }
    const bool understood = family == SocketFamily::kUnix
                                ? parse_proc_net_unix(file.text, listeners, connections)
                                : parse_proc_net_tcp(file.text, family, listeners, connections);
    if (understood) return DumpStatus::kComplete;
    faults_.count(name, Fault::kMalformed);
    return DumpStatus::kFailed;
  }

  /// Piece by piece: the kernel makes no more lines than are asked for.
  FileText read_listening(const std::string& path, SocketFamily family) {
    constexpr std::size_t kPiece = 512;  // three lines
    const FileDescriptor file = files_.open(path.c_str());
    if (!file) return {.text = {}, .fault = fault_of_errno(errno)};
    std::size_t length = 0;
    while (length < ProcFs::kMostBytes) {
      buffer_.resize(length + kPiece);
      const ssize_t got = ::read(file.get(), buffer_.data() + length, kPiece);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return {.text = {}, .fault = fault_of_errno(errno)};
      if (got == 0) return {.text = std::string_view(buffer_).substr(0, length), .fault = {}};
      length += static_cast<std::size_t>(got);
      const std::string_view text = std::string_view(buffer_).substr(0, length);
      if (ends_with_a_connection(text, family))
        return {.text = text.substr(0, text.rfind('\n') + 1), .fault = {}};
    }
    return {.text = {}, .fault = Fault::kOther};
  }

  const ProcFs& files_;
  FaultLog& faults_;
  const std::string& folder_;
  std::string buffer_;
};

}  // namespace

bool parse_proc_net_tcp(std::string_view text, SocketFamily family,
                        std::vector<ListenerSocket>* listeners, ConnectionTable* connections) {
  take_until(text, '\n');
  while (!text.empty()) {
    const auto line = parse_tcp_line(take_until(text, '\n'), family);
    if (!line) return false;
    if (line->state == kListen && listeners != nullptr)
      listeners->push_back({.cookie = line->inode,
                            .inode = line->inode,
                            .local = line->local,
                            .uid = line->uid,
                            .queue_length = line->receive_queue});
    if (line->state == kSynReceived && connections != nullptr)
      connections->half_open.push_back({line->local, family});
    if (connections != nullptr && is_connection(*line))
      connections->tcp.push_back(
          {.local = line->local,
           .remote = line->remote,
           .inode = line->inode,
           .uid = line->uid,
           .family = family,
           .owes_answer = line->send_queue + line->receive_queue > 0 ? Owes::kYes : Owes::kUntold,
           .unread = has_unread(line->receive_queue, line->state)});
  }
  return true;
}

bool parse_name_lookups(std::string_view text, SocketFamily family,
                        std::vector<TcpConnection>& found) {
  constexpr std::uint16_t kNames = 53;  // services(5): domain
  take_until(text, '\n');
  while (!text.empty()) {
    const auto line = parse_tcp_line(take_until(text, '\n'), family);
    if (!line) return false;
    if (line->state != kEstablished || line->remote.port != kNames || line->inode == 0) continue;
    found.push_back({.local = line->local,
                     .remote = line->remote,
                     .inode = line->inode,
                     .uid = line->uid,
                     .family = family,
                     .awaits_answer = true,
                     .owes_answer = Owes::kNo});
  }
  return true;
}

bool parse_proc_net_unix(std::string_view text, std::vector<ListenerSocket>* listeners,
                         ConnectionTable* connections) {
  constexpr unsigned kConnecting = 2, kConnected = 3;
  const std::size_t before = listeners == nullptr ? 0 : listeners->size();
  std::unordered_map<std::string_view, std::uint32_t> waiting;
  take_until(text, '\n');
  bool understood = true;
  while (!text.empty() && understood) {
    const std::string_view raw = take_until(text, '\n');
    if (!begins_a_socket(raw)) continue;
    const auto line = parse_unix_line(raw);
    understood = line.has_value();
    if (!understood || (line->type != SOCK_STREAM && line->type != SOCK_SEQPACKET)) continue;
    if (line->listening && listeners != nullptr)
      listeners->push_back(
          {.cookie = line->inode, .inode = line->inode, .name = std::string(line->name)});
    if (line->state == kConnecting && line->inode == 0) ++waiting[line->name];
    if (line->state == kConnected && line->inode != 0 && connections != nullptr)
      connections->add_unix({.inode = line->inode}, line->name);
  }
  if (listeners != nullptr)
    for (auto listener = listeners->begin() + static_cast<std::ptrdiff_t>(before);
         listener != listeners->end(); ++listener)
      if (const auto found = waiting.find(listener->name); found != waiting.end())
        listener->queue_length = found->second;
  return understood;
}

std::unique_ptr<SocketTable> make_proc_net_table(const ProcFs& files, FaultLog& faults,
                                                 const std::string& folder) {
  return std::make_unique<ProcNetTable>(files, faults, folder);
}

std::unique_ptr<SocketTable> make_proc_net_table(const ProcFs& files, FaultLog& faults) {
  static const std::string kOwn = "proc";
  return make_proc_net_table(files, faults, kOwn);
}

}  // namespace tierwatch
