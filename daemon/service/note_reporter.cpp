// SPDX-License-Identifier: MIT
#include "daemon/service/note_reporter.h"

#include "analysis/note_kind.h"

namespace tierwatch {

std::vector<std::string> NoteReporter::report(const std::vector<std::string>& notes,
                                              nanoseconds now) {
  std::erase_if(last_seen_, [now](const auto& seen) { return now - seen.second > kQuiet; });
  std::vector<std::string> lines;
  for (const std::string& note : notes) {
    const auto [seen, is_new] = last_seen_.insert_or_assign(note_kind(note), now);
    if (is_new) lines.push_back(note);
  }
  return lines;
}

}  // namespace tierwatch
