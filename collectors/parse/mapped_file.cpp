// SPDX-License-Identifier: MIT
#include "collectors/parse/mapped_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

namespace tierwatch {
namespace {

/// Some texts of the kernel can be mapped, and to open one may do something.
bool is_kernels_own(const FileDescriptor& file) {
  struct statfs system {};
  return fstatfs(file.get(), &system) != 0 || system.f_type == PROC_SUPER_MAGIC ||
         system.f_type == SYSFS_MAGIC || system.f_type == DEBUGFS_MAGIC ||
         system.f_type == TRACEFS_MAGIC;
}

}  // namespace

FileDescriptor open_mapped_file(const ProcFs& files, pid_t pid, const std::string& range) {
  const FileDescriptor ranges = files.open_directory(process_path(pid, "map_files").c_str());
  if (!ranges || range.find('/') != range.npos) return {};
  // First without opening it: it may be a device.
  const FileDescriptor found(openat(ranges.get(), range.c_str(), O_PATH | O_CLOEXEC));
  struct stat status {};
  if (!found || fstat(found.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      is_kernels_own(found))
    return {};
  const std::string same = "/proc/self/fd/" + std::to_string(found.get());
  return FileDescriptor(::open(same.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

}  // namespace tierwatch
