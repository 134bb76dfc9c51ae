// SPDX-License-Identifier: MIT
//
// Small files that the user names: the configuration, certificates, keys. A name can be mistyped,
// and a file changed under a daemon that reads it again: no FIFO is waited for, and nothing
// without an end is read.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace tierwatch {

inline constexpr std::size_t kMostOwnBytes = 1u << 20;

struct OwnFile {
  std::string text;
  std::string problem;  ///< empty: it was read
  int error = 0;        ///< errno, where the kernel refused it
};

/// Reads a regular file of at most kMostOwnBytes; links are followed. Throws nothing.
OwnFile read_own_file(const std::filesystem::path& path);

}  // namespace tierwatch
