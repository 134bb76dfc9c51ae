// SPDX-License-Identifier: MIT
//
// Files that somebody else names: a process' title, its environment, its configuration. Any user
// may write such a name, so it may lead to a device, to a FIFO, to a file that its author may not
// read, to one without an end. Every such file is opened here, and nowhere else.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>
#include <sys/vfs.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/parse/mount_table.h"
#include "collectors/parse/proc_fs.h"
#include "collectors/reading.h"

namespace tierwatch {

/// What tells whether a file is still the same: never what is in it.
struct FileStamp {
  std::string path;  ///< as the process names it
  std::chrono::system_clock::time_point changed{};
  std::uint64_t size_bytes = 0, inode = 0;
  bool operator==(const FileStamp&) const = default;
};

/// As whom a process opens files.
struct FileUser {
  uid_t uid = 0;
  std::vector<gid_t> groups;
  bool operator==(const FileUser&) const = default;
};

/// What statfs(2) tells, for a user; the directory is left empty. Absent where nothing can be
/// written, and where it is not told (files of the kernel's, a tmpfs without a limit).
std::optional<DirectorySpace> space_of(const struct statfs& system, uid_t user);

/// From the text of /proc/PID/status (file system uid and gid, and Groups). Absent when a line is
/// missing.
std::optional<FileUser> parse_file_user(std::string_view status);

/// The files of one process, as it sees them itself: below its own root, never below ours in its
/// place. Given out are regular files (and directories) that belong to root or to the process'
/// user, and that this user may read; no more than the budget below. May block for as long as a
/// file system does (NFS, FUSE): never for the sampling thread. Not thread-safe.
class ForeignFiles {
 public:
  static constexpr std::uint64_t kMostBytes = 1 << 20;       ///< of one file
  static constexpr std::uint64_t kMostBytesOfAll = 4 << 20;  ///< of all of one object
  static constexpr std::size_t kMostFiles = 256;             ///< looked for, of one object
  static constexpr std::size_t kMostNames = 1024;            ///< in one directory
  static constexpr std::size_t kDeepestDirectory = 64;
  static constexpr std::size_t kMostLinks = 16;  ///< followed on one way

  /// `files` must outlive it. Throws nothing.
  ForeignFiles(const ProcFs& files, pid_t pid);

  /// Of a regular file that belongs to root or to the process' user, whether it may be read or not.
  std::optional<FileStamp> stamp(const std::string& path);

  /// Of all files whose text was given out, each once, in the order in which they were asked for.
  const std::vector<FileStamp>& given_out() const { return given_out_; }

  /// The text of a file. A path that is not absolute begins at the process' working directory.
  std::optional<std::string> read(const std::string& path);

  /// A file that grows: of any length, to be read by pread(2). None where read() gives nothing out.
  FileDescriptor open(const std::string& path);

  /// The names in a directory, sorted, without those that begin with a dot.
  std::optional<std::vector<std::string>> list(const std::string& path);

  /// Room on the file system of a directory that belongs to root or the process' user, for this
  /// user; "." is its working directory. Absent where nothing can be written, or where the file
  /// system does not tell.
  std::optional<DirectorySpace> space(const std::string& path);

  /// A variable of the environment it was started with. Needs ptrace rights on the process.
  std::optional<std::string> environment(std::string_view name);

  /// Its program, a path. Needs ptrace rights on the process.
  std::optional<std::string> program() const;

  /// Something is there, or may be, that was not given out: what was read may be half of it.
  bool refused() const { return refused_; }

  /// When any file, directory or link that was looked at last changed, by the wall clock: its text,
  /// its name or its rights. The epoch when nothing was.
  std::chrono::system_clock::time_point newest_change() const { return newest_change_; }

 private:
  struct Found {
    FileDescriptor file;  ///< O_PATH
    struct stat status {};
  };
  struct Way;

  bool enter_root(const ProcFs& files);
  FileDescriptor find_directory(const std::string& path);
  std::optional<Found> find(const std::string& path);
  bool begin(Way& way, bool absolute);
  bool step(Way& way, Found& found);
  bool follow(Way& way, const FileDescriptor& link);
  void note_change(const struct stat& status);
  bool belongs(const struct stat& status) const;
  bool allows(const struct stat& status, mode_t what) const;
  FileDescriptor reopen(const Found& found, int flags);
  std::nullopt_t refuse();

  const ProcFs& files_;
  std::string folder_;
  std::optional<FileUser> user_;
  FileDescriptor root_;
  /// Our own root stands for the process': only where the same mounts lie on the way.
  std::optional<MountTable> ours_, theirs_;
  std::size_t files_left_ = kMostFiles;
  std::uint64_t bytes_left_ = kMostBytesOfAll;
  bool refused_ = false;
  std::vector<FileStamp> given_out_;
  std::chrono::system_clock::time_point newest_change_;
};

}  // namespace tierwatch
