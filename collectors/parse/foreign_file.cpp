// SPDX-License-Identifier: MIT
#include "collectors/parse/foreign_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "collectors/instant.h"
#include "collectors/parse/directory_entries.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

constexpr mode_t kMayRead = 4, kMaySearch = 1;

/// Texts of the kernel look like regular files, and reading one may wait for ever (/proc/kmsg).
bool is_kernel_text(const FileDescriptor& file) {
  struct statfs system {};
  return fstatfs(file.get(), &system) != 0 || system.f_type == PROC_SUPER_MAGIC ||
         system.f_type == SYSFS_MAGIC || system.f_type == DEBUGFS_MAGIC ||
         system.f_type == TRACEFS_MAGIC || system.f_type == CGROUP_SUPER_MAGIC ||
         system.f_type == CGROUP2_SUPER_MAGIC;
}

/// At most `most` bytes: a file may grow while it is read.
std::optional<std::string> read_bytes(const FileDescriptor& file, std::size_t most) {
  std::string text(most, '\0');
  std::size_t used = 0;
  while (used < most) {
    const ssize_t got =
        pread(file.get(), text.data() + used, most - used, static_cast<off_t>(used));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  text.resize(used);
  return text;
}

bool is_absent(int error) { return error == ENOENT || error == ENOTDIR; }

/// The names on a way, the first last.
void push_names(std::string_view path, std::vector<std::string>& rest) {
  std::vector<std::string> names;
  while (!path.empty())
    if (const auto name = take_until(path, '/'); !name.empty() && name != ".")
      names.emplace_back(name);
  rest.insert(rest.end(), names.rbegin(), names.rend());
}

std::chrono::system_clock::time_point wall_time_of(const timespec& time) {
  const auto since_epoch = std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
  return std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(since_epoch));
}

FileStamp stamp_of(const std::string& path, const struct stat& status) {
  return {.path = path,
          .changed = wall_time_of(status.st_mtim),
          .size_bytes = static_cast<std::uint64_t>(status.st_size),
          .inode = static_cast<std::uint64_t>(status.st_ino)};
}

}  // namespace

std::optional<FileUser> parse_file_user(std::string_view status) {
  std::optional<uid_t> uid;
  std::optional<FileUser> user;
  const auto last_of_four = [](std::string_view& line) {
    for (int i = 0; i < 3; ++i) take_field(line);  // real, effective, saved
    return take_number<unsigned>(line);
  };
  while (!status.empty()) {
    std::string_view line = take_until(status, '\n');
    const std::string_view name = take_field(line);
    if (name == "Uid:") uid = last_of_four(line);
    if (name == "Gid:") {
      const auto gid = last_of_four(line);
      if (gid && uid) user = FileUser{.uid = *uid, .groups = {*gid}};
    }
    if (name != "Groups:" || !user) continue;
    while (const auto group = take_number<unsigned>(line)) user->groups.push_back(*group);
    return user;
  }
  return std::nullopt;
}

std::optional<DirectorySpace> space_of(const struct statfs& system, uid_t user) {
  constexpr auto kReadOnly = static_cast<decltype(system.f_flags)>(ST_RDONLY);
  if (system.f_blocks == 0 || (system.f_flags & kReadOnly) != 0) return std::nullopt;
  const auto unit =
      static_cast<std::uint64_t>(system.f_frsize > 0 ? system.f_frsize : system.f_bsize);
  const std::uint64_t free = std::min(system.f_bfree, system.f_blocks);
  const std::uint64_t left = user == 0 ? free : std::min(system.f_bavail, free);
  DirectorySpace space{.directory = {},
                       .size_bytes = (system.f_blocks - free + left) * unit,
                       .left_bytes = left * unit,
                       .inodes = {},
                       .left_inodes = {}};
  if (system.f_files == 0) return space;
  space.inodes = system.f_files;
  space.left_inodes = std::min(system.f_ffree, system.f_files);
  return space;
}

/// Where a walk has come to.
struct ForeignFiles::Way {
  std::vector<FileDescriptor> directories;  ///< the first is where it began
  std::vector<std::string> names;           ///< of all but the first
  std::vector<std::string> rest;            ///< still to go, the next one last
  std::size_t links = 0;

  std::string path() const {
    std::string all;
    for (const std::string& name : names) all += '/' + name;
    return all;
  }
};

ForeignFiles::ForeignFiles(const ProcFs& files, pid_t pid)
    : files_(files), folder_(process_path(pid) + "/") {
  std::string buffer;
  if (const FileText status = files.read(folder_ + "status", buffer))
    user_ = parse_file_user(status.text);
  if (!enter_root(files)) user_.reset();
}

bool ForeignFiles::enter_root(const ProcFs& files) {
  root_ = files.open_directory((folder_ + "root").c_str());
  if (root_) return true;
  if (fault_of_errno(errno) != Fault::kDenied) return false;
  std::string buffer;
  if (const FileText text = files.read(folder_ + "mountinfo", buffer))
    theirs_ = MountTable::parse(text.text);
  if (const FileText text = files.read("proc/self/mountinfo", buffer))
    ours_ = MountTable::parse(text.text);
  root_ = files.open_directory(".");
  return ours_ && theirs_ && root_;
}

std::nullopt_t ForeignFiles::refuse() {
  refused_ = true;
  return std::nullopt;
}

/// Its inode's times tell of another file that was moved there with an old date, too.
void ForeignFiles::note_change(const struct stat& status) {
  for (const timespec& time : {status.st_mtim, status.st_ctim})
    newest_change_ = std::max(newest_change_, wall_time_of(time));
}

bool ForeignFiles::belongs(const struct stat& status) const {
  return status.st_uid == 0 || status.st_uid == user_->uid;
}

bool ForeignFiles::allows(const struct stat& status, mode_t what) const {
  if (user_->uid == 0) return true;
  if (status.st_uid == user_->uid) return (status.st_mode & (what << 6)) != 0;
  const bool in_group = std::ranges::find(user_->groups, status.st_gid) != user_->groups.end();
  return (status.st_mode & (in_group ? what << 3 : what)) != 0;
}

bool ForeignFiles::begin(Way& way, bool absolute) {
  way.directories.clear();
  way.names.clear();
  FileDescriptor start(absolute ? fcntl(root_.get(), F_DUPFD_CLOEXEC, 0) : -1);
  // Where we are not let into its root, its working directory is closed to us, too.
  if (!absolute && !ours_) start = files_.open_directory((folder_ + "cwd").c_str());
  if (!start) return false;
  way.directories.push_back(std::move(start));
  return true;
}

bool ForeignFiles::follow(Way& way, const FileDescriptor& link) {
  std::array<char, 4096> target;
  const ssize_t length = readlinkat(link.get(), "", target.data(), target.size());
  if (length <= 0 || ++way.links > kMostLinks) return false;
  push_names({target.data(), static_cast<std::size_t>(length)}, way.rest);
  return target[0] != '/' || begin(way, true);
}

/// Takes one name. False when the way ends here, with nothing or at `found`.
bool ForeignFiles::step(Way& way, Found& found) {
  const std::string name = std::move(way.rest.back());
  way.rest.pop_back();
  if (name == "..") {
    if (way.names.empty()) return true;  // as the kernel does in the root
    way.directories.pop_back();
    way.names.pop_back();
    return true;
  }
  Found here{.file = FileDescriptor(openat(way.directories.back().get(), name.c_str(),
                                           O_PATH | O_NOFOLLOW | O_CLOEXEC))};
  if (!here.file) {
    refused_ = refused_ || !is_absent(errno);
    return false;
  }
  const bool known = fstat(here.file.get(), &here.status) == 0;
  if (known && S_ISLNK(here.status.st_mode)) {
    note_change(here.status);
    if (follow(way, here.file)) return true;
  }
  way.names.push_back(name);
  const auto same_mount = [&] {
    const auto origin = theirs_->origin(way.path());
    return origin && origin == ours_->origin(way.path());
  };
  const bool on = !way.rest.empty();
  if (!known || S_ISLNK(here.status.st_mode) || (ours_ && !same_mount()) ||
      way.names.size() > kDeepestDirectory ||
      (on && (!S_ISDIR(here.status.st_mode) || !allows(here.status, kMaySearch)))) {
    refused_ = true;
    return false;
  }
  if (on)
    way.directories.push_back(std::move(here.file));
  else
    found = std::move(here);
  return on;
}

/// Walks by hand: what the kernel would do in a chroot, and at each step whether the process' user
/// may take it.
std::optional<ForeignFiles::Found> ForeignFiles::find(const std::string& path) {
  if (!user_ || files_left_ == 0) return refuse();
  --files_left_;
  Way way;
  const bool absolute = path.starts_with('/');
  push_names(path, way.rest);
  // Above a working directory lies what was not walked through.
  const bool climbs = !absolute && std::ranges::find(way.rest, "..") != way.rest.end();
  if (way.rest.empty() || climbs || !begin(way, absolute)) return refuse();
  Found found;
  while (!way.rest.empty() && step(way, found)) {
  }
  if (!found.file) return std::nullopt;
  note_change(found.status);
  return found;
}

/// The very file that was looked at: between two openings of a path it may become another.
FileDescriptor ForeignFiles::reopen(const Found& found, int flags) {
  const std::string path = "/proc/self/fd/" + std::to_string(found.file.get());
  return FileDescriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags));
}

std::optional<FileStamp> ForeignFiles::stamp(const std::string& path) {
  const auto found = find(path);
  if (!found || !S_ISREG(found->status.st_mode) || !belongs(found->status)) return std::nullopt;
  return stamp_of(path, found->status);
}

std::optional<std::string> ForeignFiles::read(const std::string& path) {
  const auto found = find(path);
  if (!found) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(found->status.st_size);
  if (!S_ISREG(found->status.st_mode) || !belongs(found->status) ||
      !allows(found->status, kMayRead) || is_kernel_text(found->file) ||
      size > std::min(kMostBytes, bytes_left_))
    return refuse();
  bytes_left_ -= size;
  const FileDescriptor file = reopen(*found, 0);
  auto text = file ? read_bytes(file, size) : std::nullopt;
  if (!text) return refuse();
  if (std::ranges::find(given_out_, path, &FileStamp::path) == given_out_.end())
    given_out_.push_back(stamp_of(path, found->status));
  return text;
}

FileDescriptor ForeignFiles::open(const std::string& path) {
  const auto found = find(path);
  if (!found) return {};
  const bool given = S_ISREG(found->status.st_mode) && belongs(found->status) &&
                     allows(found->status, kMayRead) && !is_kernel_text(found->file);
  FileDescriptor file = given ? reopen(*found, 0) : FileDescriptor();
  if (!file) refused_ = true;
  return file;
}

std::optional<std::vector<std::string>> ForeignFiles::list(const std::string& path) {
  const auto found = find(path);
  if (!found) return std::nullopt;
  if (!S_ISDIR(found->status.st_mode) || !belongs(found->status) ||
      !allows(found->status, kMayRead) || !allows(found->status, kMaySearch))
    return refuse();
  FileDescriptor file = reopen(*found, O_DIRECTORY);
  DIR* directory = file ? fdopendir(file.get()) : nullptr;
  if (directory == nullptr) return refuse();
  file.release();
  std::vector<std::string> names;
  const auto failed = for_each_entry(directory, [&](const dirent& entry) {
    if (entry.d_name[0] != '.' && names.size() <= kMostNames) names.emplace_back(entry.d_name);
  });
  closedir(directory);
  if (failed || names.size() > kMostNames) return refuse();
  std::ranges::sort(names);
  return names;
}

FileDescriptor ForeignFiles::find_directory(const std::string& path) {
  if (path == ".") {
    Way way;
    if (user_ && begin(way, false)) return std::move(way.directories.front());
  } else if (auto found = find(path);
             found && S_ISDIR(found->status.st_mode) && belongs(found->status)) {
    return std::move(found->file);
  }
  return {};
}

std::optional<DirectorySpace> ForeignFiles::space(const std::string& path) {
  const FileDescriptor directory = find_directory(path);
  struct statfs system {};
  if (!directory || fstatfs(directory.get(), &system) != 0) return std::nullopt;
  auto space = space_of(system, user_->uid);
  if (space) space->directory = path;
  return space;
}

std::optional<std::string> ForeignFiles::environment(std::string_view name) {
  const FileDescriptor file = files_.open((folder_ + "environ").c_str());
  const auto text = file ? read_bytes(file, kMostBytes) : std::nullopt;
  if (!text) return std::nullopt;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::string_view variable = take_until(rest, '\0');
    if (variable.starts_with(name) && variable.substr(name.size()).starts_with('='))
      return std::string(variable.substr(name.size() + 1));
  }
  return std::nullopt;
}

std::optional<std::string> ForeignFiles::program() const {
  auto program = files_.link((folder_ + "exe").c_str());
  const auto root = files_.link((folder_ + "root").c_str());
  // In a chroot the kernel shows the path from our root; in a container, from its own.
  if (program && root && *root != "/" && program->starts_with(*root + '/'))
    program->erase(0, root->size());
  return program;
}

}  // namespace tierwatch
