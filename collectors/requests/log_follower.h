// SPDX-License-Identifier: MIT
//
// Lines that a server adds to a file, each once, while the file is moved away and made anew
// (rename), or copied and cut (copytruncate).
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>

#include "collectors/instant.h"
#include "collectors/parse/proc_fs.h"

namespace tierwatch {

/// Not thread-safe.
class LogFollower {
 public:
  /// Opens what lies at the path now.
  using Open = std::function<FileDescriptor()>;
  using Line = std::function<void(std::string_view)>;  ///< without its line feed

  static constexpr std::size_t kLongestLine = 64 * 1024;  ///< longer ones are counted, not told
  static constexpr std::size_t kMostBytes = 256u << 20;   ///< of one follow()
  static constexpr nanoseconds kKept = std::chrono::seconds(60);  ///< a file that was moved away

  explicit LogFollower(Open open) : open_(std::move(open)) {}

  /// From its end on. False when it cannot be opened.
  bool begin();

  /// Tells the lines that were added since. A server may go on writing to a file that was moved
  /// away: that is read for a while, too. `now` is CLOCK_MONOTONIC.
  void follow(nanoseconds now, const Line& line);

  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t too_long() const { return too_long_; }
  std::uint64_t rotations() const { return rotations_; }
  /// Cut at its front: lines that were written between our last look and that moment are not seen.
  std::uint64_t truncations() const { return truncations_; }

 private:
  static constexpr std::size_t kMark = 32;

  struct File {
    FileDescriptor file;
    dev_t device = 0;
    ino_t inode = 0;
    off_t offset = 0;
    std::string mark;     ///< the last bytes before `offset`
    std::string unended;  ///< a line whose end is not there yet
    bool skip = false;    ///< up to the next line feed
    nanoseconds moved{};
  };

  bool open_anew(File& file);
  bool was_cut(const File& file, off_t size) const;
  void read(File& file, const Line& line);
  void take(File& file, std::string_view bytes, const Line& line);

  Open open_;
  File now_, before_;  ///< before_: one that was moved away
  std::string buffer_;
  std::uint64_t bytes_ = 0, too_long_ = 0, rotations_ = 0, truncations_ = 0;
};

}  // namespace tierwatch
