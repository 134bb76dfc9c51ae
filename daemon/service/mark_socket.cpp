// SPDX-License-Identifier: MIT
#include "daemon/service/mark_socket.h"

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>

#include "collectors/text/printable_text.h"

namespace tierwatch {
namespace {

constexpr std::string_view kPrefix = "mark-";
constexpr const char* kServiceDirectory = "/run/tierwatch";
/// Who may write to it may mark: its owner, root and the group of the daemon.
constexpr mode_t kSocketMode = 0660;
/// What an answer begins with.
constexpr char kWritten = '+', kNotWritten = '-';

std::optional<sockaddr_un> address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) return std::nullopt;
  std::copy(path.native().begin(), path.native().end(), address.sun_path);
  return address;
}

/// The owner of a directory to which others may not write: they could put sockets of theirs there.
std::optional<uid_t> private_owner(const std::filesystem::path& directory) {
  struct stat status {};
  if (lstat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return std::nullopt;
  if ((status.st_mode & S_IWOTH) != 0) return std::nullopt;
  return status.st_uid;
}

/// Where we listen ourselves.
bool is_ours(const std::filesystem::path& directory) {
  const auto owner = private_owner(directory);
  return owner && (*owner == geteuid() || *owner == 0);
}

/// Nobody but root can make or replace what is in it: as /run, where systemd makes a directory and
/// gives it to the service's user.
bool is_roots_alone(const std::filesystem::path& directory) {
  struct stat status {};
  return stat(directory.c_str(), &status) == 0 && status.st_uid == 0 &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/// Whose answers count, beside root's and our own; absent when the directory is not to be trusted.
std::optional<uid_t> trusted_owner(const std::filesystem::path& directory) {
  const auto owner = private_owner(directory);
  if (!owner || is_ours(directory) || is_roots_alone(directory.parent_path())) return owner;
  return std::nullopt;
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

/// A datagram, and who sent it as the kernel knows (SCM_CREDENTIALS, unix(7)).
struct Answer {
  std::string text;
  std::optional<uid_t> from;
};

std::optional<Answer> receive_answer(int socket) {
  std::array<char, 4096> text;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control;
  iovec part{.iov_base = text.data(), .iov_len = text.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t bytes = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (bytes < 0) return std::nullopt;
  Answer answer{.text = {text.data(), static_cast<std::size_t>(bytes)}, .from = {}};
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_CREDENTIALS)
    return answer;
  ucred sender{};
  std::memcpy(&sender, CMSG_DATA(header), sizeof sender);
  answer.from = sender.uid;
  return answer;
}

/// What a caller who may not write to the socket can do about it.
std::string denied(const std::filesystem::path& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return std::strerror(EACCES);
  const group* owners = getgrgid(status.st_gid);
  return "permission denied; it is for root and the group " +
         (owners ? std::string(owners->gr_name) : std::to_string(status.st_gid));
}

/// A mark on its way.
struct SentMark {
  MarkReceipt receipt;  ///< with a problem: it did not leave
  FileDescriptor socket;
  uid_t owner = 0;  ///< of the directory
};

SentMark send_to(const std::filesystem::path& path, uid_t owner, std::string_view text,
                 std::chrono::seconds patience_of_mark) {
  SentMark sent{.receipt = {.socket = path, .written_to = {}, .problem = {}},
                .socket = datagram_socket(),
                .owner = owner};
  const auto address = address_of(path);
  const int socket = sent.socket.get();
  const timeval patience{.tv_sec = patience_of_mark.count(), .tv_usec = 0};
  const int on = 1;
  if (address && sent.socket && bind_somewhere(socket) &&
      setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
      setsockopt(socket, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0 &&
      connect(socket, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0 &&
      send(socket, text.data(), text.size(), MSG_DONTWAIT) >= 0)
    return sent;
  const int error = errno;
  sent.receipt.problem = error == EACCES ? denied(path) : std::strerror(error);
  // In another user's directory the name may mean another file by now.
  if (error == ECONNREFUSED && owner == geteuid() && is_socket_file(path)) unlink(path.c_str());
  return sent;
}

MarkReceipt receipt_of(SentMark sent) {
  MarkReceipt& receipt = sent.receipt;
  if (!receipt.problem.empty()) return receipt;
  auto answer = receive_answer(sent.socket.get());
  if (!answer)
    receipt.problem = "no answer yet; the note may still be written";
  else if (answer->from != sent.owner && answer->from != 0 && answer->from != geteuid())
    receipt.problem = "the answer came from another user";
  else if (answer->text.starts_with(kWritten))
    receipt.written_to = printable(std::string_view(answer->text).substr(1));
  else
    receipt.problem = "not written: " + printable(std::string_view(answer->text).substr(1));
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

MarkSocket::MarkSocket(std::string_view kind, std::string file) : file_(std::move(file)) {
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
  if (!is_ours(directory)) {
    problem_ = directory.string() + ": it does not exist, or others may write there";
    return false;
  }
  const auto path = directory / (std::string(kPrefix) + std::string(kind) + "-" +
                                 std::to_string(getpid()) + ".sock");
  const auto address = address_of(path);
  FileDescriptor socket = datagram_socket();
  unlink(path.c_str());  // of a process that had our pid before
  // The file is made with the mode of the unbound socket: at no moment may more people write to it.
  fchmod(socket.get(), kSocketMode);
  if (!address || !socket ||
      bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    problem_ = path.string() + ": " + std::strerror(errno);
    return false;
  }
  chmod(path.c_str(), kSocketMode);  // gives back what the umask took
  socket_ = std::make_shared<FileDescriptor>(std::move(socket));
  path_ = path;
  problem_.clear();
  return true;
}

MarkSocket::~MarkSocket() {
  if (!path_.empty()) unlink(path_.c_str());
}

std::optional<ReceivedMark> MarkSocket::take() {
  std::array<char, kMarkBytes> text;
  sockaddr_un sender{};
  socklen_t length = sizeof sender;
  const ssize_t bytes = recvfrom(descriptor(), text.data(), text.size(), MSG_DONTWAIT,
                                 reinterpret_cast<sockaddr*>(&sender), &length);
  if (bytes <= 0) return std::nullopt;
  const auto answer = [socket = socket_, file = file_, sender, length](const std::string& problem) {
    const std::string said = problem.empty() ? kWritten + file : kNotWritten + problem;
    if (length > sizeof(sa_family_t))
      sendto(socket->get(), said.data(), said.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
             reinterpret_cast<const sockaddr*>(&sender), length);
  };
  return ReceivedMark{printable({text.data(), static_cast<std::size_t>(bytes)}), answer};
}

std::vector<MarkReceipt> send_mark(std::string_view text,
                                   const std::vector<std::filesystem::path>& directories,
                                   std::chrono::seconds patience) {
  std::vector<MarkReceipt> receipts;
  std::map<std::filesystem::path, uid_t> sockets;  // and the owners of their directories
  for (const std::filesystem::path& directory : directories) {
    const auto owner = trusted_owner(directory);
    if (!owner) continue;
    std::error_code unreadable;
    for (const auto& entry : std::filesystem::directory_iterator(directory, unreadable)) {
      if (entry.path().filename().string().starts_with(kPrefix))
        sockets.emplace(entry.path(), *owner);
    }
  }
  // To all first: one that is slow to answer holds up nobody else's note.
  std::vector<SentMark> sent;
  for (const auto& [socket, owner] : sockets)
    sent.push_back(send_to(socket, owner, text, patience));
  for (SentMark& one : sent) receipts.push_back(receipt_of(std::move(one)));
  // A socket that refuses has nobody behind it: left by a program that was killed.
  std::erase_if(receipts, [](const MarkReceipt& receipt) {
    return !receipt.written_to && receipt.problem == std::strerror(ECONNREFUSED);
  });
  return receipts;
}

}  // namespace tierwatch
