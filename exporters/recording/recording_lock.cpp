// SPDX-License-Identifier: MIT
#include "exporters/recording/recording_lock.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "exporters/recording/recording_database.h"

namespace tierwatch {
namespace {

/// Titles of processes can hold secrets. What lies beside the file gets the same mode from SQLite.
constexpr mode_t kMode = 0640;

/// Far beyond the bytes that SQLite locks (0x40000000 and 510 more) and any that are written.
constexpr off_t kLockedByte = off_t{1} << 40;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
  throw RecordingError(file.string() + ": " + why);
}

/// The name is looked at before anything is opened.
const std::filesystem::path& regular(const std::filesystem::path& file) {
  refuse_irregular(file.string());
  return file;
}

}  // namespace

bool may_lead_to(const std::filesystem::path& file, const struct stat& known) {
  struct stat named {};
  if (stat(file.c_str(), &named) != 0) return errno != ENOENT && errno != ENOTDIR;
  return named.st_dev == known.st_dev && named.st_ino == known.st_ino;
}

RecordingLock::RecordingLock(const std::filesystem::path& file)
    : file_(file),
      descriptor_(open(regular(file).c_str(), O_RDWR | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                       kMode)) {
  if (!descriptor_) refuse(file, std::strerror(errno));
  struct stat status {};
  if (fstat(descriptor_.get(), &status) != 0 || !S_ISREG(status.st_mode))
    refuse(file, "it is not a regular file");
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  whole.l_start = kLockedByte;
  whole.l_len = 1;
  // Of the open file, not of the process: SQLite's own locks on it stay apart.
  if (fcntl(descriptor_.get(), F_OFD_SETLK, &whole) != 0 && (errno == EAGAIN || errno == EACCES))
    refuse(file,
           "another tierwatch writes to it; give each its own file ([history] path of a daemon, "
           "-o of record)");
  // Gives the group back what the umask took. Another user's file, or one on a file system without
  // modes, stays as it is.
  if (status.st_size == 0) fchmod(descriptor_.get(), kMode);
}

bool RecordingLock::still_named() const {
  struct stat ours {};
  return fstat(descriptor_.get(), &ours) != 0 || may_lead_to(file_, ours);
}

}  // namespace tierwatch
