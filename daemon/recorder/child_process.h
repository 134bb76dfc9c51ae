// SPDX-License-Identifier: MIT
//
// Another program run as our child, as if it had been started without us: same process group,
// terminal, environment, signal mask. Its orphans become our children, so that they can be watched
// and their CPU time is counted.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "collectors/reading.h"
#include "daemon/recorder/run_signals.h"

namespace tierwatch {

/// The program could not be started.
class ChildError : public std::runtime_error {
 public:
  ChildError(const std::string& what, int status) : std::runtime_error(what), exit_status(status) {}
  int exit_status;  ///< as of a shell: 127 not found, 126 not to be executed
};

struct ChildEnd {
  std::optional<int> exit_status;
  std::optional<int> signal;  ///< that killed it
  /// Of the program and all its descendants that have ended and were waited for.
  nanoseconds user_cpu{}, system_cpu{};
};

/// Not thread-safe.
class ChildProcess {
 public:
  /// Starts `argv`, found by PATH. `output` becomes its stdout; -1: it keeps ours. Throws
  /// ChildError.
  ChildProcess(const std::vector<std::string>& argv, int output, const RunSignals& signals);

  pid_t pid() const { return pid_; }
  /// Sends a signal to the program alone; nothing happens once it has ended.
  void send(int signal) const;
  /// True once the program has ended; it is not reaped yet, so that /proc still tells what it used.
  bool ended() const;
  /// Reaps those of its orphans that have ended. Never waits.
  void reap_orphans();
  /// Reaps the program, waiting for its end if need be, and all that has ended. To be called once.
  ChildEnd reap();

 private:
  pid_t pid_ = 0;
  bool take(pid_t pid, int options);

  ChildEnd end_;
  bool reaped_ = false;
};

/// Ends this process as the child was ended: by the same signal (no second core file) or with the
/// same exit status, which is returned.
int end_like(const ChildEnd& end);

/// The words as they could be typed into a shell.
std::string shell_quoted(const std::vector<std::string>& words);

}  // namespace tierwatch
