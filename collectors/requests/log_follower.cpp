// SPDX-License-Identifier: MIT
#include "collectors/requests/log_follower.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace tierwatch {
namespace {

constexpr std::size_t kChunk = 256 * 1024;

/// Up to `size` bytes at `offset`; fewer at the end, or where it cannot be read.
std::size_t read_part(const FileDescriptor& file, char* into, std::size_t size, off_t offset) {
  const ssize_t got = pread(file.get(), into, size, offset);
  return got < 0 ? 0 : static_cast<std::size_t>(got);
}

}  // namespace

bool LogFollower::open_anew(File& file) {
  file = {.file = open_()};
  struct stat status {};
  if (!file.file || fstat(file.file.get(), &status) != 0) return false;
  file.device = status.st_dev;
  file.inode = status.st_ino;
  return true;
}

bool LogFollower::begin() {
  struct stat status {};
  if (!open_anew(now_) || fstat(now_.file.get(), &status) != 0) return false;
  now_.offset = status.st_size;
  now_.mark.resize(std::min<std::size_t>(kMark, static_cast<std::size_t>(status.st_size)));
  const auto at = status.st_size - static_cast<off_t>(now_.mark.size());
  now_.mark.resize(read_part(now_.file, now_.mark.data(), now_.mark.size(), at));
  now_.skip = !now_.mark.empty() && now_.mark.back() != '\n';
  return true;
}

/// It is shorter; or it has grown beyond where we were, and what stood before that is gone.
bool LogFollower::was_cut(const File& file, off_t size) const {
  if (size < file.offset) return true;
  if (size == file.offset || file.mark.empty()) return false;
  std::string there(file.mark.size(), '\0');
  const auto at = file.offset - static_cast<off_t>(there.size());
  return read_part(file.file, there.data(), there.size(), at) != there.size() || there != file.mark;
}

void LogFollower::take(File& file, std::string_view bytes, const Line& line) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    bytes.remove_prefix(end == bytes.npos ? bytes.size() : end + 1);
    if (!file.skip && file.unended.size() + part.size() > kLongestLine) {
      ++too_long_;
      file.skip = true;
    }
    if (file.skip) {
      file.unended.clear();
      file.skip = end == std::string_view::npos;
    } else if (end == std::string_view::npos) {
      file.unended += part;
    } else if (file.unended.empty()) {
      line(part);
    } else {
      file.unended += part;
      line(file.unended);
      file.unended.clear();
    }
  }
}

void LogFollower::read(File& file, const Line& line) {
  struct stat status {};
  if (!file.file || fstat(file.file.get(), &status) != 0) return;
  if (was_cut(file, status.st_size)) {
    ++truncations_;
    file.offset = 0;
    file.unended.clear();
    file.mark.clear();
    file.skip = false;
  }
  buffer_.resize(kChunk);
  for (std::size_t all = 0; all < kMostBytes;) {
    const std::size_t got = read_part(file.file, buffer_.data(), buffer_.size(), file.offset);
    if (got == 0) return;
    const std::string_view bytes(buffer_.data(), got);
    take(file, bytes, line);
    file.offset += static_cast<off_t>(got);
    all += got;
    bytes_ += got;
    file.mark.append(bytes.substr(got - std::min(got, kMark)));
    if (file.mark.size() > kMark) file.mark.erase(0, file.mark.size() - kMark);
  }
}

void LogFollower::follow(nanoseconds now, const Line& line) {
  read(before_, line);
  read(now_, line);
  File latest;
  if (open_anew(latest) && (latest.device != now_.device || latest.inode != now_.inode)) {
    // Once more: it may have grown until it was moved.
    read(now_, line);
    ++rotations_;
    before_ = std::move(now_);
    before_.moved = now;
    now_ = std::move(latest);
    read(now_, line);
  }
  if (before_.file && now - before_.moved > kKept) before_ = {};
}

}  // namespace tierwatch
