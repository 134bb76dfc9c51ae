// SPDX-License-Identifier: MIT
#include "analysis/inside/stack_tally.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace tierwatch {
namespace {

/// The standard library's own ways to wait, and what begins a thread.
constexpr std::string_view kThreadFiles[] = {
    "/threading.py", "/queue.py", "/concurrent/futures/thread.py", "/multiprocessing/pool.py"};

bool is_thread_file(const PythonFunction& function) {
  return std::ranges::any_of(kThreadFiles,
                             [&](std::string_view file) { return function.file.ends_with(file); });
}

/// A thread of a pool that waits for work, a timer's, the main one that waits for all others: but
/// for Python's own ways to wait there is at most one function, the loop. What waits within a
/// request was called by more.
bool is_idle(const PythonSample& sample, const std::vector<PythonFunction>& functions) {
  const bool sleeps = sample.activity == ThreadActivity::kSleeping;
  // The lock of a file has a name; for work nobody waits at a file.
  const bool locked = sample.activity == ThreadActivity::kLock && sample.peer.empty();
  if (!sleeps && !locked) return false;
  std::size_t own = 0, waiting = 0;
  for (const PythonFrame& frame : sample.frames) {
    if (frame.function >= functions.size()) return false;
    const PythonFunction& function = functions[frame.function];
    if (is_thread_file(function))
      ++waiting;
    else if (function.name != "<module>")
      ++own;
  }
  // Whoever sleeps, or waits, without Python's help is a program that does nothing else.
  return waiting > 0 && own <= 1;
}

}  // namespace

void StackTally::add(const PythonSample& sample, const std::vector<PythonFunction>& functions) {
  ++samples_;
  moved_ += sample.moved;
  torn_ += sample.torn;
  cut_ += sample.cut;
  TalliedStack stack{.activity = sample.activity, .torn = sample.torn, .peer = sample.peer};
  if (is_idle(sample, functions)) stack.activity = ThreadActivity::kIdle;
  ++by_activity_[static_cast<std::size_t>(stack.activity)];
  // Of those that connect to it each has a port of its own.
  if (stack.activity == ThreadActivity::kClient) stack.peer.clear();
  if (!sample.torn) stack.frames = sample.frames;
  if (const auto known = stacks_.find(stack); known != stacks_.end()) {
    ++known->second;
    return;
  }
  const std::size_t size = stack.frames.size() + stack.peer.size() / sizeof(PythonFrame) + 1;
  if (stacks_.size() >= kMostStacks || kept_frames_ + size > kMostKeptFrames) {
    ++shortened_;
    stack.peer.clear();
    if (stack.frames.size() > 1) stack.frames.resize(1);
    stack.frames.shrink_to_fit();
    // Of those there is one for each line of code, which is bounded, too.
    if (stacks_.size() >= 2 * kMostStacks) stack.frames.clear();
  } else {
    kept_frames_ += size;
  }
  ++stacks_[std::move(stack)];
}

}  // namespace tierwatch
