// SPDX-License-Identifier: MIT
//
// The only opener of files below /proc and /sys. Whole-file reads, no stat first (sizes there lie),
// the root injected so that tests stand on a tree of their own. errno becomes a Fault in one place:
// here.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/fault.h"

namespace tierwatch {

/// Counts of what could not be read. One per daemon, written by the sampling thread only.
class FaultLog {
 public:
  /// `file` is the kernel file's name without pid: "status", "task/schedstat", "pressure/cpu".
  void count(std::string_view file, Fault fault);
  const FaultCounts& counts() const { return counts_; }

 private:
  FaultCounts counts_;
};

/// What a read gave: the text, or why there is none.
struct FileText {
  std::string_view text;  ///< points into the buffer handed to read(); valid until its next use
  std::optional<Fault> fault;
  explicit operator bool() const { return !fault; }
};

/// ENOENT, ESRCH and ENODEV are kGone, EACCES and EPERM kDenied, no descriptor or memory left
/// kExhausted, all else kOther.
Fault fault_of_errno(int error);

/// A descriptor that closes itself. -1 is none.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { reset(); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release();
  void reset();

 private:
  int fd_ = -1;
};

/// "proc/812/status"; without a file "proc/812".
std::string process_path(pid_t pid, std::string_view file = {});

/// Copies stand on the same root.
class ProcFs {
 public:
  /// `root` is "/" on a real machine; below it lie proc/ and sys/.
  /// Throws std::system_error when it is no directory.
  explicit ProcFs(const std::filesystem::path& root = "/");

  /// More is not read of any file: what others name or write may be of any length.
  static constexpr std::size_t kMostBytes = 64u << 20;

  /// Reads `path` (relative to the root: "proc/meminfo") into `buffer`, all of it up to `most`
  /// bytes. Does not count faults: callers know which ones are normal.
  FileText read(const char* path, std::string& buffer, std::size_t most = kMostBytes) const;
  FileText read(const std::string& path, std::string& buffer, std::size_t most = kMostBytes) const {
    return read(path.c_str(), buffer, most);
  }

  /// Opens for repeated reading with reread(). None, and errno set, on failure.
  FileDescriptor open(const char* path) const;

  /// Reads a small file of one record (schedstat) again with one system call: without the walk
  /// along the path this costs a quarter of read().
  static FileText reread(const FileDescriptor& file, std::string& buffer,
                         std::size_t most = kMostBytes);

  /// st_size and st_nlink of a path; /proc/PID/fd tells its number of entries as size since
  /// Linux 6.2 (fs/proc/fd.c, proc_fd_getattr), without any privilege.
  struct Status {
    std::uint64_t size = 0;
    std::uint64_t links = 0;
    uid_t uid = 0;
    std::uint64_t inode = 0;  ///< of a cgroup v2 directory: the cgroup's id (fs/kernfs, 64-bit)
  };
  /// Absent and `why` set on failure.
  std::optional<Status> status(const char* path, Fault& why) const;

  /// Names in a directory, without "." and "..". Absent and `why` set on failure.
  std::optional<std::vector<std::string>> list(const char* path, Fault& why) const;

  /// Opens a directory for link() of what is in it.
  FileDescriptor open_directory(const char* path) const;

  /// Target of a symbolic link in an open directory: without the walk along the path this costs a
  /// third.
  static std::optional<std::string> link(const FileDescriptor& directory, const char* name);

  /// Target of a symbolic link such as proc/PID/exe; absent when it may not be read.
  std::optional<std::string> link(const char* path) const;

 private:
  std::shared_ptr<const FileDescriptor> root_;
};

}  // namespace tierwatch
