// SPDX-License-Identifier: MIT
#include "collectors/parse/proc_fs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "collectors/parse/directory_entries.h"

namespace tierwatch {

std::string_view to_string(Fault fault) {
  constexpr std::string_view kNames[] = {"gone", "denied", "malformed", "exhausted", "other"};
  return kNames[static_cast<std::size_t>(fault)];
}

std::string process_path(pid_t pid, std::string_view file) {
  std::string path = "proc/" + std::to_string(pid);
  return file.empty() ? path : (path += '/').append(file);
}

Fault fault_of_errno(int error) {
  switch (error) {
    case ENOENT:
    case ESRCH:
    case ENODEV:  // a cgroup removed under an open file (fs/kernfs/file.c)
      return Fault::kGone;
    case EACCES:
    case EPERM:
      return Fault::kDenied;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
      return Fault::kExhausted;
    default:
      return Fault::kOther;
  }
}

void FaultLog::count(std::string_view file, Fault fault) { ++counts_[{std::string(file), fault}]; }

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int FileDescriptor::release() { return std::exchange(fd_, -1); }

void FileDescriptor::reset() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

namespace {

// Most files of /proc fit one page; the buffer only grows, so that a daemon reads without
// allocating.
constexpr std::size_t kFirstRead = 4096;

/// Into what is left of the buffer, but not beyond `most`.
ssize_t read_at(int fd, std::string& buffer, std::size_t offset, std::size_t most) {
  const std::size_t room = std::min(buffer.size(), most) - offset;
  ssize_t got = 0;
  do {
    got = pread(fd, buffer.data() + offset, room, static_cast<off_t>(offset));
  } while (got < 0 && errno == EINTR);
  return got;
}

/// Reads to the end. A short read is not the end: seq_file hands out what fits its own buffer
/// (fs/seq_file.c).
FileText read_whole(int fd, std::string& buffer, std::size_t most) {
  if (buffer.size() < kFirstRead) buffer.resize(kFirstRead);
  std::size_t used = 0;
  while (true) {
    const ssize_t got = used < most ? read_at(fd, buffer, used, most) : 0;
    if (got < 0) return {{}, fault_of_errno(errno)};
    if (got == 0) return {std::string_view(buffer.data(), used), {}};
    used += static_cast<std::size_t>(got);
    if (used == buffer.size()) buffer.resize(buffer.size() * 2);
  }
}

}  // namespace

ProcFs::ProcFs(const std::filesystem::path& root)
    : root_(std::make_shared<const FileDescriptor>(
          ::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC))) {
  if (!*root_)
    throw std::system_error(errno, std::generic_category(), "cannot open " + root.string());
}

FileText ProcFs::read(const char* path, std::string& buffer, std::size_t most) const {
  const FileDescriptor file = open(path);
  if (!file) return {{}, fault_of_errno(errno)};
  return read_whole(file.get(), buffer, most);
}

FileDescriptor ProcFs::open(const char* path) const {
  return FileDescriptor(openat(root_->get(), path, O_RDONLY | O_CLOEXEC | O_NOCTTY));
}

FileText ProcFs::reread(const FileDescriptor& file, std::string& buffer, std::size_t most) {
  if (buffer.size() < kFirstRead) buffer.resize(kFirstRead);
  const ssize_t got = read_at(file.get(), buffer, 0, most);
  if (got < 0) return {{}, fault_of_errno(errno)};
  const auto length = static_cast<std::size_t>(got);
  if (length == buffer.size() && length < most)  // there may be more
    return read_whole(file.get(), buffer, most);
  return {std::string_view(buffer.data(), length), {}};
}

std::optional<ProcFs::Status> ProcFs::status(const char* path, Fault& why) const {
  struct stat st {};
  if (fstatat(root_->get(), path, &st, 0) != 0) {
    why = fault_of_errno(errno);
    return std::nullopt;
  }
  return Status{.size = static_cast<std::uint64_t>(st.st_size),
                .links = st.st_nlink,
                .uid = st.st_uid,
                .inode = st.st_ino};
}

std::optional<std::vector<std::string>> ProcFs::list(const char* path, Fault& why) const {
  const int fd = openat(root_->get(), path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* directory = fd < 0 ? nullptr : fdopendir(fd);
  if (directory == nullptr) {
    why = fault_of_errno(errno);
    if (fd >= 0) close(fd);
    return std::nullopt;
  }
  std::vector<std::string> names;
  const auto failed = for_each_entry(directory, [&](const dirent& entry) {
    const std::string_view name = entry.d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  });
  closedir(directory);
  if (!failed) return names;
  why = fault_of_errno(*failed);
  return std::nullopt;
}

FileDescriptor ProcFs::open_directory(const char* path) const {
  return FileDescriptor(openat(root_->get(), path, O_PATH | O_DIRECTORY | O_CLOEXEC));
}

std::optional<std::string> ProcFs::link(const char* path) const { return link(*root_, path); }

std::optional<std::string> ProcFs::link(const FileDescriptor& directory, const char* name) {
  std::array<char, 4096> target;
  const ssize_t length = readlinkat(directory.get(), name, target.data(), target.size());
  if (length < 0) return std::nullopt;
  return std::string(target.data(), static_cast<std::size_t>(length));
}

}  // namespace tierwatch
