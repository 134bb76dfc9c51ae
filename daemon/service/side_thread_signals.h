// SPDX-License-Identifier: MIT
#pragma once

#include <pthread.h>
#include <signal.h>

namespace tierwatch {

/// Keeps signals from threads that are started while it lives: they are the main thread's, and a
/// new thread inherits what is blocked. Not those of its own faults: where they are blocked the
/// kernel ends the program without asking its handlers.
class SideThreadSignals {
 public:
  SideThreadSignals() {
    sigset_t all;
    sigfillset(&all);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS})
      sigdelset(&all, fault);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SideThreadSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SideThreadSignals(const SideThreadSignals&) = delete;
  SideThreadSignals& operator=(const SideThreadSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace tierwatch
