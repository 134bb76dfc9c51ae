// SPDX-License-Identifier: MIT
#include "exporters/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

#include "collectors/parse/proc_fs.h"

namespace tierwatch {
namespace {

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
  if (!S_ISREG(status.st_mode)) refuse(path, "it is no regular file, and another user's");
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

bool is_there(const std::filesystem::path& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0;
}

}  // namespace

void write_output_file(const std::filesystem::path& path, std::string_view text) {
  const FileDescriptor file = open_output(path);
  if (!file) refuse_errno(path);
  while (!text.empty()) {
    const ssize_t written = write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) refuse_errno(path);
    text.remove_prefix(static_cast<std::size_t>(written));
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
