// SPDX-License-Identifier: MIT
#include "collectors/parse/side_thread.h"

#include <csignal>
#include <system_error>
#include <thread>

namespace tierwatch {

bool start_detached(std::function<void()> run) {
  sigset_t all, before;  // a new thread inherits what is blocked
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = true;
  try {
    std::thread(std::move(run)).detach();
  } catch (const std::system_error&) {
    started = false;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

}  // namespace tierwatch
