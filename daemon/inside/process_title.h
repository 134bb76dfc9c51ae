// SPDX-License-Identifier: MIT
//
// The title of a process, read anew: a snapshot's may be older.
#pragma once

#include <algorithm>
#include <string>

#include "collectors/parse/proc_fs.h"

namespace tierwatch {

/// Blanks for the zero bytes between its words; "" when it cannot be read. Takes the memory lock of
/// the process: may block.
inline std::string process_title(const ProcFs& files, pid_t pid) {
  constexpr std::size_t kLongest = 4096;
  std::string buffer;
  const FileText text = files.read(process_path(pid, "cmdline").c_str(), buffer, kLongest);
  std::string title(text ? text.text : std::string_view{});
  std::ranges::replace(title, '\0', ' ');
  while (title.ends_with(' ')) title.pop_back();
  return title;
}

}  // namespace tierwatch
