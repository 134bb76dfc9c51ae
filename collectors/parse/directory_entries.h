// SPDX-License-Identifier: MIT
//
// A directory's entries, and whether these were all.
#pragma once

#include <dirent.h>

#include <cerrno>
#include <optional>

namespace tierwatch {

/// Calls `visit(const dirent&)` for each entry, "." and ".." among them. Returns the errno of a
/// listing that failed midway: readdir(3) then looks as it does at the end, and what was not listed
/// must not count as gone. Leaves the directory open.
template <typename Visit>
std::optional<int> for_each_entry(DIR* directory, Visit visit) {
  while (true) {
    errno = 0;
    const dirent* entry = readdir(directory);
    if (entry == nullptr) return errno == 0 ? std::nullopt : std::optional(errno);
    visit(*entry);
  }
}

}  // namespace tierwatch
