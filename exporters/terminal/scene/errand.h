// SPDX-License-Identifier: MIT
//
// What a key asks of the world beside the view, and the text that comes of it.
#pragma once

#include <cstdint>
#include <string>

#include "collectors/process_reading.h"

namespace tierwatch {

enum class Errand : std::uint8_t {
  kNone,
  kInside,       ///< look inside the tier
  kWrite,        ///< the screen, or the snapshot, into a file
  kSignal,       ///< send a signal
  kEnvironment,  ///< of the process
  kJournal,      ///< of its unit, and its log files
  kCopy,         ///< text to the terminal's clipboard
};

struct ErrandWish {
  Errand errand = Errand::kNone;
  ProcessId process;
  std::string tier;
  std::string text;  ///< the file, what is copied, or the cgroup
  int number = 0;    ///< of the signal
  std::string name;  ///< of the process, for people: "nginx, master"
  bool operator==(const ErrandWish&) const = default;
};

/// Fills the screen while it is looked at. Any bytes: drawn, never obeyed.
struct Pane {
  std::string title;
  std::string text;  ///< lines
  bool operator==(const Pane&) const = default;
};

}  // namespace tierwatch
