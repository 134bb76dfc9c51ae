// SPDX-License-Identifier: MIT
//
// When two notes say the same: a count in a note changes from tick to tick, and is no news.
#pragma once

#include <string>
#include <string_view>

namespace tierwatch {

/// The note with "#" in place of each run of digits: "sockets of 12 processes" and "sockets of 9
/// processes" are of one kind.
inline std::string note_kind(std::string_view note) {
  std::string kind;
  for (const char c : note) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit)
      kind += c;
    else if (!kind.ends_with('#'))
      kind += '#';
  }
  return kind;
}

}  // namespace tierwatch
