// SPDX-License-Identifier: MIT
//
// How `tierwatch mark` finds those who record: each listens on a Unix datagram socket of its own,
// in a directory for the user's (or the system's) running programs. A datagram is a mark; the
// answer, once that is so, '+' and where it was written to, or '-' and why it was not.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/parse/proc_fs.h"

namespace tierwatch {

/// No mark is longer.
inline constexpr std::size_t kMarkBytes = 1000;

/// Where sockets may lie, in the order in which a program that records tries them:
/// $RUNTIME_DIRECTORY (systemd's, for services), $XDG_RUNTIME_DIR/tierwatch, /run/tierwatch (where
/// it exists), /tmp/tierwatch-UID.
std::vector<std::filesystem::path> mark_directories();

/// A mark whose sender waits.
struct ReceivedMark {
  std::string text;  ///< without control characters
  /// Tells its sender: empty when it is written, else why not. May be called once, by any thread,
  /// also when the socket is gone. Throws nothing, never waits.
  std::function<void(const std::string& problem)> answer;
};

/// Not thread-safe.
class MarkSocket {
 public:
  /// `kind` is "record" or "daemon"; `file` where marks are written to. Throws nothing: without a
  /// socket problem() says why and no mark ever comes.
  MarkSocket(std::string_view kind, std::string file);
  ~MarkSocket();
  MarkSocket(const MarkSocket&) = delete;
  MarkSocket& operator=(const MarkSocket&) = delete;

  /// Can be read when there is a mark; -1 without a socket.
  int descriptor() const { return socket_ ? socket_->get() : -1; }
  const std::string& problem() const { return problem_; }
  /// Who samples takes no more between two looks at its clock.
  static constexpr int kMarksAtOnce = 64;
  /// The next mark; never waits.
  std::optional<ReceivedMark> take();

 private:
  bool listen_in(const std::filesystem::path& directory, std::string_view kind);

  std::string file_;
  std::filesystem::path path_;
  std::shared_ptr<FileDescriptor> socket_;  ///< shared with marks that were not answered yet
  std::string problem_;
};

/// What became of a mark.
struct MarkReceipt {
  std::filesystem::path socket;
  std::optional<std::string> written_to;  ///< absent: `problem` says why
  std::string problem;
};

/// Sends the text to everybody who records in these directories. A directory is trusted when its
/// owner is the caller, root, or a user to whom root gave it (systemd: the directory above is
/// root's alone), and others may not write to it; an answer counts when one of these three gave it.
/// Sockets of the caller that nobody listens to any more are removed. Waits at most `patience` for
/// each answer: a disk may be slow.
std::vector<MarkReceipt> send_mark(std::string_view text,
                                   const std::vector<std::filesystem::path>& directories,
                                   std::chrono::seconds patience = std::chrono::seconds(5));

}  // namespace tierwatch
