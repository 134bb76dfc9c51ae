// SPDX-License-Identifier: MIT
#include "daemon/recorder/run_signals.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <system_error>

#include "daemon/service/clock.h"

namespace tierwatch {

RunSignals::RunSignals() {
  sigset_t handled;
  sigemptyset(&handled);
  for (const int signal :
       {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGUSR1, SIGUSR2, SIGWINCH, SIGCHLD})
    sigaddset(&handled, signal);
  if (pthread_sigmask(SIG_BLOCK, &handled, &mask_before_) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot block signals");
  ignored_pipe_before_ = signal(SIGPIPE, SIG_IGN) == SIG_IGN;
  signals_ = FileDescriptor(signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) throw std::system_error(errno, std::generic_category(), "cannot open a signalfd");
}

void RunSignals::release() { pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr); }

void RunSignals::stop() {
  sigset_t stopping, before;
  sigemptyset(&stopping);
  sigaddset(&stopping, SIGTSTP);
  raise(SIGTSTP);
  pthread_sigmask(SIG_UNBLOCK, &stopping, &before);  // it stops here
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

std::optional<RunSignal> RunSignals::wait_until(nanoseconds deadline, int other) {
  const nanoseconds left = std::max(deadline - monotonic_now(), nanoseconds{});
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
  pollfd waiting[] = {{.fd = signals_.get(), .events = POLLIN, .revents = 0},
                      {.fd = other, .events = POLLIN, .revents = 0}};
  ppoll(waiting, 2, &timeout, nullptr);
  signalfd_siginfo info{};
  if (read(signals_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return RunSignal{.number = static_cast<int>(info.ssi_signo), .from_kernel = info.ssi_code > 0};
}

}  // namespace tierwatch
