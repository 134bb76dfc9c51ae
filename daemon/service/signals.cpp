// SPDX-License-Identifier: MIT
#include "daemon/service/signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <system_error>

#include "daemon/service/clock.h"

namespace tierwatch {

Signals::Signals() {
  sigset_t handled;
  sigemptyset(&handled);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&handled, signal);
  if (pthread_sigmask(SIG_BLOCK, &handled, nullptr) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot block signals");
  signal(SIGPIPE, SIG_IGN);  // a scraper that hangs up is an error of that connection, not of ours
  signals_ = FileDescriptor(signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) throw std::system_error(errno, std::generic_category(), "cannot open a signalfd");
}

Wake Signals::wait_until(nanoseconds deadline) {
  while (true) {
    signalfd_siginfo info{};
    if (read(signals_.get(), &info, sizeof info) == sizeof info)
      return info.ssi_signo == SIGHUP ? Wake::kReload : Wake::kStop;
    const nanoseconds left = deadline - monotonic_now();
    if (left <= nanoseconds{}) return Wake::kDeadline;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
    pollfd waiting{.fd = signals_.get(), .events = POLLIN, .revents = 0};
    ppoll(&waiting, 1, &timeout, nullptr);  // whatever ended it, the loop looks at both again
  }
}

}  // namespace tierwatch
