// SPDX-License-Identifier: MIT
#include "config/own_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tierwatch {
namespace {

OwnFile refused(std::string problem) { return {.text = {}, .problem = std::move(problem)}; }
OwnFile failed(int error) { return {.text = {}, .problem = std::strerror(error), .error = error}; }

OwnFile read_open_file(int file) {
  struct stat status {};
  if (fstat(file, &status) != 0) return failed(errno);
  if (S_ISDIR(status.st_mode)) return failed(EISDIR);
  if (!S_ISREG(status.st_mode)) return refused("it is not a regular file");
  OwnFile read;
  // One byte more shows a file that is too large, whatever its size says.
  read.text.resize(kMostOwnBytes + 1);
  std::size_t used = 0;
  while (used < read.text.size()) {
    const ssize_t got = ::read(file, read.text.data() + used, read.text.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(errno);
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  if (used > kMostOwnBytes) return refused("it is larger than 1 MiB");
  read.text.resize(used);
  return read;
}

}  // namespace

OwnFile read_own_file(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (file < 0) return failed(errno);
  OwnFile read = read_open_file(file);
  close(file);
  return read;
}

}  // namespace tierwatch
