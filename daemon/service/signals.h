// SPDX-License-Identifier: MIT
//
// Waiting for a deadline and for signals is one and the same thing: a stop or a reload ends the
// wait.
#pragma once

#include "collectors/parse/proc_fs.h"
#include "collectors/reading.h"

namespace tierwatch {

enum class Wake {
  kDeadline,  ///< the time has come
  kStop,      ///< SIGTERM or SIGINT
  kReload,    ///< SIGHUP
};

/// Construct it before any thread is started, so that all inherit the blocked signals. SIGPIPE is
/// ignored from then on.
class Signals {
 public:
  /// Throws std::system_error.
  Signals();

  /// Sleeps until `deadline` (CLOCK_MONOTONIC; past ones return at once) or a signal. One caller at
  /// a time.
  Wake wait_until(nanoseconds deadline);

 private:
  FileDescriptor signals_;
};

}  // namespace tierwatch
