// SPDX-License-Identifier: MIT
#include "daemon/service/service_manager.h"

#include <systemd/sd-daemon.h>

#include <string>

#include "daemon/service/clock.h"

namespace tierwatch {
namespace {

// A failure means that nobody listens, or that the socket is gone: there is nobody to tell it to.
void notify(const std::string& state) { static_cast<void>(sd_notify(0, state.c_str())); }

}  // namespace

void tell_ready(std::string_view status) { notify("READY=1\nSTATUS=" + std::string(status)); }

void tell_reloading() {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(monotonic_now());
  notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count()));
}

void tell_stopping() { notify("STOPPING=1"); }

std::vector<int> passed_sockets() {
  std::vector<int> all;
  const int count = sd_listen_fds(1);
  for (int i = 0; i < count; ++i) all.push_back(SD_LISTEN_FDS_START + i);
  return all;
}

Watchdog::Watchdog() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) > 0)
    period_ = std::chrono::microseconds(static_cast<std::int64_t>(microseconds));
}

void Watchdog::sampled(nanoseconds now) {
  if (period_ == nanoseconds{}) return;
  fed_at_ = now;
  notify("WATCHDOG=1");
}

void Watchdog::waiting(nanoseconds now) {
  if (now - fed_at_ >= period_ / 4) sampled(now);
}

}  // namespace tierwatch
