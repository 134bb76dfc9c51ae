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

bool is_empty(int descriptor) {
  struct stat status {};
  return fstat(descriptor, &status) == 0 && status.st_size == 0;
}

}  // namespace

RecordingLock::RecordingLock(const std::filesystem::path& file)
    : descriptor_(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode)) {
  if (!descriptor_) refuse(file, std::strerror(errno));
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
  if (is_empty(descriptor_.get())) fchmod(descriptor_.get(), kMode);
}

}  // namespace tierwatch
