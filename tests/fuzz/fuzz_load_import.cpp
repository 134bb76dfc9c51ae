// SPDX-License-Identifier: MIT
//
// Any bytes as a load generator's file: read or refused, never anything else, and what is read
// keeps its promises.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "collectors/loads/load_import.h"

namespace {

void require(bool kept) {
  if (!kept) std::abort();
}

void check(const tierwatch::LoadSeries& series) {
  require(series.totals.requests > 0);
  std::chrono::nanoseconds end{};
  for (const tierwatch::LoadPoint& point : series.points) {
    require(point.begin >= end && point.length.count() > 0);
    require(point.requests >= 0 && point.errors >= 0);
    end = point.begin + point.length;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int fd = ::memfd_create("load", 0);
  static const std::string file = "/dev/fd/" + std::to_string(fd);
  require(::ftruncate(fd, 0) == 0 && ::pwrite(fd, data, size, 0) == static_cast<ssize_t>(size));
  try {
    check(tierwatch::import_load(file));
  } catch (const tierwatch::ImportError& refused) {
    require(*refused.what() != '\0');
  }
  return 0;
}
