// SPDX-License-Identifier: MIT
//
// What one look at a Python process gave: its threads, what each was doing, and the functions it
// was in. Names are code, never values of variables; they are any text, not fit for a terminal.
#pragma once

#include <sys/types.h>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tierwatch {

struct PythonFunction {
  std::string name;  ///< qualified: "Shop.render.<locals>.<lambda>"; UTF-8
  std::string file;  ///< as the code says: "/srv/shop/views.py", "<frozen importlib._bootstrap>"
  std::uint32_t first_line = 0;
  auto operator<=>(const PythonFunction&) const = default;
};

struct PythonFrame {
  std::uint32_t function = 0;  ///< index into the sampler's functions
  std::uint32_t line = 0;
  auto operator<=>(const PythonFrame&) const = default;
};

enum class ThreadActivity : std::uint8_t {
  kRunning,          ///< on a CPU, or ready for one
  kInterpreterLock,  ///< waits for the lock under which Python code runs
  kPeer,             ///< waits for the other end of a connection that it opened
  kClient,           ///< waits for the other end of a connection that it accepted
  kLock,             ///< waits for another lock: of threads, or of a file
  kDisk,             ///< reads or writes a file, or in state D
  kSleeping,         ///< until a time that it chose
  kIdle,             ///< waits for connections or events
  kOther,            ///< waits for something else, or it could not be read what for
};
inline constexpr std::size_t kThreadActivities = 9;

/// "running", "interpreter-lock", "peer", "client", "lock", "disk", "sleeping", "idle", "other".
std::string_view to_string(ThreadActivity activity);

struct PythonSample {
  pid_t pid = 0;
  pid_t tid = 0;  ///< 0: not known which thread of the process it is
  ThreadActivity activity = ThreadActivity::kOther;
  /// Of kPeer and kClient "127.0.0.1:5432" or a UNIX socket's name, of a file's lock its path; any
  /// bytes; empty: not known.
  std::string peer;
  std::vector<PythonFrame> frames;  ///< innermost first; empty: no Python function is active
  bool moved = false;  ///< the thread called or returned while it was read: the innermost function
                       ///< is as it stood some microseconds before or after
  bool torn = false;   ///< what was read is no stack, twice: `frames` is what was whole of it
  bool cut = false;    ///< the outermost frames are left out: deeper than kMostFrames
};

}  // namespace tierwatch
