// SPDX-License-Identifier: MIT
#include "exporters/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <system_error>

#include "collectors/parse/proc_fs.h"

namespace tierwatch {
namespace {

constexpr mode_t kPrivateMode = 0600;
constexpr mode_t kDatabaseMode = 0640;  // titles can hold secrets

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why) {
  throw std::runtime_error(path.string() + ": " + why);
}

[[noreturn]] void refuse_errno(const std::filesystem::path& path) {
  refuse(path, "cannot be written: " + std::generic_category().message(errno));
}

bool is_of_others(const struct stat& status) {
  return status.st_uid != geteuid() && status.st_uid != 0;
}

bool everybody_may_write_beside(const std::filesystem::path& path) {
  const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
  struct stat status {};
  return stat(parent.c_str(), &status) != 0 || (status.st_mode & S_IWOTH) != 0;
}

/// As the kernel does in sticky directories where fs.protected_symlinks, _fifos and _regular are on
/// (proc_sys_fs(5)); here in every directory, whatever is on.
void refuse_traps(const std::filesystem::path& path, const struct stat& status) {
  if (!is_of_others(status)) return;
  if (S_ISLNK(status.st_mode)) refuse(path, "it is a symbolic link of another user");
  if (!S_ISREG(status.st_mode)) refuse(path, "it is not a regular file, and another user's");
  if (everybody_may_write_beside(path))
    refuse(path, "it is another user's, in a directory where everybody may write");
}

FileDescriptor open_output(const std::filesystem::path& path) {
  constexpr int kFlags = O_WRONLY | O_NOCTTY | O_CLOEXEC;
  struct stat before {};
  if (lstat(path.c_str(), &before) != 0)
    return FileDescriptor(open(path.c_str(), kFlags | O_CREAT | O_EXCL, 0666));
  refuse_traps(path, before);
  const bool link = S_ISLNK(before.st_mode);
  FileDescriptor file(open(path.c_str(), kFlags | (link ? O_CREAT : O_NOFOLLOW), link ? 0666 : 0));
  struct stat now {};
  if (file && !link && fstat(file.get(), &now) == 0) refuse_traps(path, now);
  if (file && fstat(file.get(), &now) == 0 && S_ISREG(now.st_mode) && ftruncate(file.get(), 0) != 0)
    file.reset();
  return file;
}

/// False, with errno, when not all of it could be written.
bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// An own file that no other name leads to.
bool may_be_replaced(const std::filesystem::path& path, struct stat& status) {
  return lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 1 &&
         status.st_uid == geteuid();
}

/// Writes a file beside, under a name that nobody can have ready, which then takes the place of
/// what was there: that stays whole when the disk is full. False where no file can be made.
bool replace_whole(const std::filesystem::path& path, mode_t mode, std::string_view text) {
  std::string next = path.string() + ".XXXXXX";
  const FileDescriptor file(mkostemp(next.data(), O_CLOEXEC));
  if (!file) return false;
  const bool whole = fchmod(file.get(), mode & 07777) == 0 && write_all(file.get(), text) &&
                     rename(next.c_str(), path.c_str()) == 0;
  if (whole) return true;
  const int why = errno;
  unlink(next.c_str());
  errno = why;
  refuse_errno(path);
}

/// Two names of one regular file, there or still to be made.
bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code error;
  if (std::filesystem::equivalent(a, b, error)) return std::filesystem::is_regular_file(a, error);
  const auto plain_a = std::filesystem::weakly_canonical(a, error);
  return !std::filesystem::exists(a, error) &&
         plain_a == std::filesystem::weakly_canonical(b, error);
}

bool is_there(const std::filesystem::path& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0;
}

}  // namespace

void write_output_file(const std::filesystem::path& path, std::string_view text) {
  struct stat before {};
  if (may_be_replaced(path, before) && replace_whole(path, before.st_mode, text)) return;
  const bool new_one = !is_there(path);
  const FileDescriptor file = open_output(path);
  if (!file) refuse_errno(path);
  if (write_all(file.get(), text)) return;
  const int why = errno;
  if (new_one) unlink(path.c_str());  // half a file would be taken for a whole one
  errno = why;
  refuse_errno(path);
}

void write_new_file(const std::filesystem::path& path, std::string_view text) {
  const FileDescriptor file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kPrivateMode));
  if (!file && errno == EEXIST) refuse(path, "exists already: name another file");
  if (!file) refuse_errno(path);
  if (write_all(file.get(), text)) return;
  const int why = errno;
  unlink(path.c_str());
  errno = why;
  refuse_errno(path);
}

void refuse_overwriting(std::span<const std::filesystem::path> outputs,
                        std::span<const std::filesystem::path> inputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (const std::filesystem::path& input : inputs)
      if (is_same_file(outputs[i], input))
        refuse(outputs[i], "is read for this, and would be overwritten: name another file");
    for (std::size_t other = 0; other < i; ++other)
      if (is_same_file(outputs[i], outputs[other]))
        refuse(outputs[i], "two outputs would be written to it: name another file for one");
  }
}

void create_database_file(const std::filesystem::path& path) {
  for (const char* suffix : {"-journal", "-wal", "-shm"}) {
    const std::filesystem::path beside = path.string() + suffix;
    if (is_there(beside))
      refuse(beside, "is in the way: SQLite would take it for a part of " + path.string());
  }
  const FileDescriptor file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kDatabaseMode));
  if (file) return;
  if (errno == EEXIST) refuse(path, "exists; each run has a file of its own");
  refuse_errno(path);
}

}  // namespace tierwatch
