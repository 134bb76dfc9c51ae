// SPDX-License-Identifier: MIT
//
// What this very process uses: the standard process_* metrics, and which build it is. Read at
// scrape time, so that they are there before the first tick, too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "collectors/instant.h"
#include "collectors/parse/proc_fs.h"

namespace tierwatch {

struct OwnProcess {
  std::string version;   ///< "0.1.0"
  std::string revision;  ///< of the source tree, "unknown" when it was not built from a checkout
  std::optional<nanoseconds> cpu;         ///< user and system, all threads, since start
  std::optional<double> started_seconds;  ///< since the epoch
  std::optional<std::uint64_t> resident_bytes, virtual_bytes;
  std::optional<std::uint64_t> open_fds, max_fds;  ///< max_fds: soft limit; absent when unlimited
};

/// Version and revision this program was built from.
std::string build_version();
std::string build_revision();

/// Reads /proc/self by `files`. What cannot be read is absent. Three small files, about 10 µs.
/// Thread-safe.
OwnProcess read_own_process(const ProcFs& files);

}  // namespace tierwatch
