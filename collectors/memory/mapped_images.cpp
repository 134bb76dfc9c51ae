// SPDX-License-Identifier: MIT
#include "collectors/memory/mapped_images.h"

#include <cerrno>

#include "collectors/text/text_scan.h"

namespace tierwatch {

std::vector<std::uint64_t> mapped_images(std::string_view maps, std::string_view likely) {
  std::vector<std::uint64_t> first, others;
  while (!maps.empty()) {
    // address perms offset dev inode pathname
    std::string_view line = take_until(maps, '\n');
    std::string_view range = take_field(line);
    const auto begin = to_number<std::uint64_t>(take_until(range, '-'), 16);
    take_field(line);
    const auto offset = to_number<std::uint64_t>(take_field(line), 16);
    take_field(line);
    take_field(line);
    const std::string_view path = trim_blanks(line);
    if (!begin || offset != 0 || !path.starts_with('/')) continue;
    const bool named = path.substr(path.rfind('/')).find(likely) != path.npos;
    (named ? first : others).push_back(*begin);
  }
  first.insert(first.end(), others.begin(), others.end());
  if (first.size() > kMostImages) first.resize(kMostImages);
  return first;
}

std::vector<std::uint64_t> readable_images(const ProcFs& files, pid_t pid, RemoteMemory& memory,
                                           std::string_view likely, std::string& buffer,
                                           ProcessRefusal& refusal) {
  const FileText maps = files.read(process_path(pid) + "/maps", buffer);
  if (!maps) {
    refusal.denied = maps.fault == Fault::kDenied;
    refusal.why = "it has ended";
    return {};
  }
  // Who may read the list of what is mapped need not be one who may read the memory.
  std::byte probe;
  std::vector<std::uint64_t> images = mapped_images(maps.text, likely);
  errno = 0;
  if (!images.empty() && !memory.read(images.front(), std::span(&probe, 1))) {
    refusal.denied = errno == EPERM;
    refusal.why = "its memory cannot be read";
    return {};
  }
  return images;
}

}  // namespace tierwatch
