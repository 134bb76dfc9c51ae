// SPDX-License-Identifier: MIT
//
// What systemd wants to hear (libsystemd's only includer is service_manager.cpp). Without systemd
// every call does nothing.
#pragma once

#include <string_view>
#include <vector>

#include "collectors/reading.h"

namespace tierwatch {

/// READY=1 with a status line; also ends a reload.
void tell_ready(std::string_view status);
/// RELOADING=1 and the time, see sd_notify(3).
void tell_reloading();
void tell_stopping();

/// Sockets that the service manager passed to this process (sd_listen_fds(3)); closed on exec. To
/// be asked once, before any thread: the environment forgets them.
std::vector<int> passed_sockets();

/// systemd's watchdog (WatchdogSec= of the unit): it kills and restarts a service that was not
/// heard of for so long. Belongs to the thread that samples, so that nobody else can speak for it.
/// Does nothing when systemd does not ask for it.
class Watchdog {
 public:
  /// Reads $WATCHDOG_USEC and $WATCHDOG_PID (sd_watchdog_enabled(3)).
  Watchdog();

  /// A sample is finished.
  void sampled(nanoseconds now);
  /// The sampler waits for its next deadline, and is not late: says so a few times in the
  /// watchdog's time, for intervals that are longer than it.
  void waiting(nanoseconds now);

 private:
  nanoseconds period_{};  ///< 0: nobody watches
  nanoseconds fed_at_{};
};

}  // namespace tierwatch
