// SPDX-License-Identifier: MIT
#include "collectors/requests/request_socket.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "collectors/loads/reading/json_events.h"
#include "collectors/requests/endpoint.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

constexpr std::size_t kMostAnswer = 4u << 20, kMostInProgress = 4096, kLongestMethod = 16;
constexpr auto kAnswerPatience = std::chrono::milliseconds(500);

/// Workers, their cores, and of each core in a request two of its variables.
class ProgressListener : public JsonListener {
 public:
  void on_value(std::string_view path, const JsonScalar& value) override {
    if (!path.starts_with(kWorker)) return;
    path.remove_prefix(kWorker.size());
    known_ = known_ || path == "cores/*/in_request" || path == "status";
    if (path == "pid" && value.number) pid_ = static_cast<pid_t>(*value.number);
    if (path == "cores/*/in_request") busy_ = value.number && *value.number > 0;
    if (path == "cores/*/req_info/request_start" && value.number && *value.number > 0 &&
        *value.number < 1e12)
      begun_ = std::chrono::seconds(static_cast<std::int64_t>(*value.number));
    if (path == "cores/*/vars/*" && value.text) take_variable(*value.text);
  }

  void on_object_end(std::string_view path) override {
    if (path == "/workers/*/cores/*") end_core();
    if (path != "/workers/*") return;
    for (RequestInProgress& one : of_worker_) {
      one.pid = pid_;
      if (all_.size() < kMostInProgress) all_.push_back(std::move(one));
    }
    of_worker_.clear();
    pid_ = 0;
  }

  std::optional<std::vector<RequestInProgress>> result() {
    return known_ ? std::optional(std::move(all_)) : std::nullopt;
  }

 private:
  static constexpr std::string_view kWorker = "/workers/*/";

  void take_variable(std::string_view text) {
    const std::string_view name = take_until(text, '=');
    if (name == "REQUEST_METHOD") method_ = text.substr(0, kLongestMethod);
    if (name == "REQUEST_URI" || (name == "PATH_INFO" && target_.empty())) target_ = text;
  }

  void end_core() {
    if (busy_ && of_worker_.size() < kMostInProgress) {
      RequestInProgress& one = of_worker_.emplace_back();
      one.begun = begun_;
      if (!target_.empty())
        one.endpoint = (method_.empty() ? "" : method_ + " ") + endpoint_of(target_);
    }
    busy_ = false;
    begun_.reset();
    method_.clear();
    target_.clear();
  }

  std::vector<RequestInProgress> all_, of_worker_;
  bool known_ = false, busy_ = false;
  pid_t pid_ = 0;
  std::string method_, target_;
  std::optional<std::chrono::seconds> begun_;
};

std::optional<FileDescriptor> connected(int family, const sockaddr* address, socklen_t length,
                                        std::string& why) {
  FileDescriptor connection(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (connection && (::connect(connection.get(), address, length) == 0 || errno == EINPROGRESS))
    return connection;
  why = std::string("it cannot be connected to: ") + std::strerror(errno);
  return std::nullopt;
}

std::optional<FileDescriptor> connect_path(pid_t pid, uid_t user, const std::string& path,
                                           std::string& why) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  const bool absolute = path.starts_with('/');
  const std::string whole =
      "/" + process_path(pid, absolute ? "root" : "cwd") + (absolute ? "" : "/") + path;
  if (whole.size() >= sizeof address.sun_path) {
    why = "its path is too long";
    return std::nullopt;
  }
  std::memcpy(address.sun_path, whole.c_str(), whole.size() + 1);
  auto connection =
      connected(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address, why);
  if (!connection) return std::nullopt;
  ucred peer{};
  socklen_t length = sizeof peer;
  if (getsockopt(connection->get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
      (peer.uid == user || peer.uid == 0))
    return connection;
  why = "another user listens there";
  return std::nullopt;
}

std::optional<FileDescriptor> connect_port(const ProcFs& files, pid_t pid,
                                           const std::string& address, std::string& why) {
  const auto colon = address.rfind(':');
  const std::string host = address.substr(0, colon);
  const auto port = to_number<std::uint16_t>(std::string_view(address).substr(colon + 1));
  const bool here = host.empty() || host == "127.0.0.1" || host == "0.0.0.0" || host == "localhost";
  const auto theirs = files.link(process_path(pid, "ns/net").c_str());
  if (!port || !here || !theirs || theirs != files.link("proc/self/ns/net")) {
    why = "it is no port of this machine's own address";
    return std::nullopt;
  }
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = htons(*port);
  target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connected(AF_INET, reinterpret_cast<const sockaddr*>(&target), sizeof target, why);
}

/// Up to its end. Absent when it does not come in time, or is too long.
std::optional<std::string> read_answer(const FileDescriptor& connection, std::string& why) {
  const auto deadline = std::chrono::steady_clock::now() + kAnswerPatience;
  std::string answer;
  std::array<char, 16 * 1024> part;
  while (answer.size() <= kMostAnswer) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd ready{.fd = connection.get(), .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) <= 0) {
      why = "it does not answer within half a second";
      return std::nullopt;
    }
    const ssize_t got = ::read(connection.get(), part.data(), part.size());
    if (got == 0) return answer;
    if (got < 0 && errno != EAGAIN && errno != EINTR) {
      why = std::string("it does not answer: ") + std::strerror(errno);
      return std::nullopt;
    }
    if (got > 0) answer.append(part.data(), static_cast<std::size_t>(got));
  }
  why = "its answer is too long";
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<RequestInProgress>> requests_in_progress(std::string_view json) {
  ProgressListener listener;
  if (listen_to_json(json, listener)) return std::nullopt;
  return listener.result();
}

std::optional<std::string> ask_request_socket(const ProcFs& files, pid_t pid, uid_t user,
                                              const std::string& address, std::string& why) {
  const bool port = address.find('/') == address.npos && address.find(':') != address.npos;
  const auto connection =
      port ? connect_port(files, pid, address, why) : connect_path(pid, user, address, why);
  return connection ? read_answer(*connection, why) : std::nullopt;
}

}  // namespace tierwatch
