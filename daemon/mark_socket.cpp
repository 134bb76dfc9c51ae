// SPDX-License-Identifier: MIT
#include "daemon/mark_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "analysis/printable_text.h"

namespace tierwatch {
namespace {

constexpr std::string_view kPrefix = "mark-";
constexpr const char* kServiceDirectory = "/run/tierwatch";

std::optional<sockaddr_un> address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) return std::nullopt;
  std::copy(path.native().begin(), path.native().end(), address.sun_path);
  return address;
}

/// A directory that others may write to could hold others' sockets.
bool is_safe(const std::filesystem::path& directory) {
  struct stat status {};
  if (lstat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return false;
  return (status.st_uid == geteuid() || status.st_uid == 0) && (status.st_mode & S_IWOTH) == 0;
}

/// Nobody listens at a file that is none, either.
bool is_socket_file(const std::filesystem::path& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

FileDescriptor datagram_socket() {
  return FileDescriptor(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

/// A sender needs an address for the answer: the kernel chooses one when only the family is given
/// (unix(7), autobind).
bool bind_somewhere(int socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  return bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(sa_family_t)) == 0;
}

MarkReceipt send_to(const std::filesystem::path& path, std::string_view text) {
  MarkReceipt receipt{.socket = path, .written_to = {}, .problem = {}};
  const auto address = address_of(path);
  const FileDescriptor socket = datagram_socket();
  const timeval patience{.tv_sec = 1, .tv_usec = 0};
  if (!address || !socket || !bind_somewhere(socket.get()) ||
      setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
      connect(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0 ||
      send(socket.get(), text.data(), text.size(), MSG_DONTWAIT) < 0) {
    receipt.problem = std::strerror(errno);
    if (receipt.problem == std::strerror(ECONNREFUSED) && is_socket_file(path))
      unlink(path.c_str());
    return receipt;
  }
  std::array<char, 4096> answer;
  const ssize_t bytes = recv(socket.get(), answer.data(), answer.size(), 0);
  if (bytes >= 0)
    receipt.written_to = std::string(answer.data(), static_cast<std::size_t>(bytes));
  else
    receipt.problem = "no answer";
  return receipt;
}

std::string environment(const char* name) {
  const char* value = getenv(name);
  return value ? value : "";
}

}  // namespace

std::vector<std::filesystem::path> mark_directories() {
  std::vector<std::filesystem::path> all;
  if (const std::string service = environment("RUNTIME_DIRECTORY"); !service.empty())
    all.emplace_back(service.substr(0, service.find(':')));
  if (const std::string user = environment("XDG_RUNTIME_DIR"); !user.empty())
    all.push_back(std::filesystem::path(user) / "tierwatch");
  all.emplace_back(kServiceDirectory);
  all.emplace_back("/tmp/tierwatch-" + std::to_string(geteuid()));
  return all;
}

MarkSocket::MarkSocket(std::string_view kind, std::string answer) : answer_(std::move(answer)) {
  for (const std::filesystem::path& directory : mark_directories())
    if (listen_in(directory, kind)) return;
}

bool MarkSocket::listen_in(const std::filesystem::path& directory, std::string_view kind) {
  // That one is the service's: where it exists the daemon listens there, too.
  const bool ours = directory != kServiceDirectory;
  if (ours && mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    problem_ = directory.string() + ": " + std::strerror(errno);
    return false;
  }
  if (!is_safe(directory)) {
    problem_ = directory.string() + ": it does not exist, or others may write there";
    return false;
  }
  const auto path = directory / (std::string(kPrefix) + std::string(kind) + "-" +
                                 std::to_string(getpid()) + ".sock");
  const auto address = address_of(path);
  FileDescriptor socket = datagram_socket();
  unlink(path.c_str());  // of a process that had our pid before
  if (!address || !socket ||
      bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    problem_ = path.string() + ": " + std::strerror(errno);
    return false;
  }
  chmod(path.c_str(), 0660);
  socket_ = std::move(socket);
  path_ = path;
  problem_.clear();
  return true;
}

MarkSocket::~MarkSocket() {
  if (!path_.empty()) unlink(path_.c_str());
}

std::optional<std::string> MarkSocket::take() {
  std::array<char, kMarkBytes> text;
  sockaddr_un sender{};
  socklen_t length = sizeof sender;
  const ssize_t bytes = recvfrom(socket_.get(), text.data(), text.size(), MSG_DONTWAIT,
                                 reinterpret_cast<sockaddr*>(&sender), &length);
  if (bytes <= 0) return std::nullopt;
  if (length > sizeof(sa_family_t))
    sendto(socket_.get(), answer_.data(), answer_.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&sender), length);
  return printable({text.data(), static_cast<std::size_t>(bytes)});
}

std::vector<MarkReceipt> send_mark(std::string_view text,
                                   const std::vector<std::filesystem::path>& directories) {
  std::vector<MarkReceipt> receipts;
  std::vector<std::filesystem::path> sockets;
  for (const std::filesystem::path& directory : directories) {
    if (!is_safe(directory)) continue;
    std::error_code unreadable;
    for (const auto& entry : std::filesystem::directory_iterator(directory, unreadable))
      if (entry.path().filename().string().starts_with(kPrefix)) sockets.push_back(entry.path());
  }
  std::ranges::sort(sockets);
  for (const auto& socket : sockets)
    receipts.push_back(send_to(socket, text.substr(0, kMarkBytes)));
  // A socket that refuses has nobody behind it: left by a program that was killed.
  std::erase_if(receipts, [](const MarkReceipt& receipt) {
    return !receipt.written_to && receipt.problem == std::strerror(ECONNREFUSED);
  });
  return receipts;
}

}  // namespace tierwatch
