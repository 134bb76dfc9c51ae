// SPDX-License-Identifier: MIT
//
// What reaches `record` while it runs another program: signals, to be handed on. Those from the
// terminal (Ctrl-C, Ctrl-Z) go to the whole process group, so the other program has had them
// already.
#pragma once

#include <signal.h>

#include <optional>

#include "collectors/parse/proc_fs.h"
#include "collectors/reading.h"

namespace tierwatch {

struct RunSignal {
  int number = 0;
  bool from_kernel = false;  ///< typed at the terminal; else sent by a process, to us alone
};

/// Construct it before any thread is started, so that all inherit the blocked signals. Ignores
/// SIGPIPE from then on.
class RunSignals {
 public:
  /// Throws std::system_error.
  RunSignals();
  ~RunSignals() { release(); }
  RunSignals(const RunSignals&) = delete;
  RunSignals& operator=(const RunSignals&) = delete;

  /// Signals have their usual effect again, those that came meanwhile as well: Ctrl-C ends us.
  /// SIGPIPE stays ignored.
  void release();

  /// Stops the program as its terminal would have: with an effect only where somebody does job
  /// control (setpgid(2), orphaned process groups). Returns once it goes on.
  void stop();

  /// Waits until `deadline` (CLOCK_MONOTONIC), a signal, or until `other` can be read (-1: none).
  std::optional<RunSignal> wait_until(nanoseconds deadline, int other);

  /// What was in force before: for the program that is started.
  const sigset_t& mask_before() const { return mask_before_; }
  bool ignored_pipe_before() const { return ignored_pipe_before_; }

 private:
  FileDescriptor signals_;
  sigset_t mask_before_{};
  bool ignored_pipe_before_ = false;
};

}  // namespace tierwatch
