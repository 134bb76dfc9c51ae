// SPDX-License-Identifier: MIT
//
// What was seen inside the tiers of a run while it was recorded: stacks, each once, and how often
// each was seen in each short stretch of time. Plain data: the recording holds it, and reports are
// made from it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/python/python_sample.h"

namespace tierwatch {

/// What the stacks of a tier are.
enum class InsideContent : std::uint8_t {
  kStacks,      ///< of threads that run Python
  kStatements,  ///< of a database server's backends: one frame, whose function is the statement
};
/// "stacks", "statements".
inline std::string_view to_string(InsideContent content) {
  return content == InsideContent::kStacks ? "stacks" : "statements";
}

struct RecordedStack {
  std::string activity;  ///< to_string() of a ThreadActivity or a BackendActivity; never "idle"
  std::string peer;      ///< what is waited for: an address, a file, "Lock tuple"; empty: not known
  std::string peer_tier;  ///< that listens there; empty: none that is known
  bool torn = false;
  std::vector<PythonFrame> frames;  ///< innermost first; empty: native code, torn, not known
  bool operator==(const RecordedStack&) const = default;
};

struct RecordedCount {
  std::uint32_t stack = 0;  ///< index into RecordedInside::stacks
  std::uint64_t samples = 0;
  bool operator==(const RecordedCount&) const = default;
};

/// One tier in one short stretch of time.
struct InsideStretch {
  std::chrono::system_clock::time_point at{};  ///< its end, by this machine's clock
  double seconds = 0;
  std::string tier;
  InsideContent content = InsideContent::kStacks;
  std::uint64_t looks = 0;
  /// That were read, of those that there were to read: who runs no Python is none of them.
  std::uint64_t processes = 0, of_processes = 0;
  /// Samples that are in no stack; that called or returned meanwhile; whose outermost frames are
  /// left out; of stacks that are kept by their innermost frame alone.
  std::uint64_t idle = 0, moved = 0, cut = 0, shortened = 0;
  double cost_cores = 0;  ///< that looking took, all tiers together
  std::vector<RecordedCount> counts;
  bool operator==(const InsideStretch&) const = default;
};

/// Why something could not be seen.
struct InsideNote {
  std::string tier;  ///< empty: of none
  std::string text;
  bool operator==(const InsideNote&) const = default;
};

struct RecordedInside {
  std::vector<PythonFunction> functions;
  std::vector<RecordedStack> stacks;
  std::vector<InsideStretch> stretches;  ///< in the order in which they were recorded
  std::vector<InsideNote> notes;
  bool empty() const { return stretches.empty() && notes.empty(); }
  bool operator==(const RecordedInside&) const = default;
};

/// What a recorder adds to what it has: functions and stacks are numbered on.
struct InsideNews {
  std::size_t first_function = 0, first_stack = 0;  ///< numbers of the first ones of `added`
  RecordedInside added;
};

}  // namespace tierwatch
