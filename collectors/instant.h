// SPDX-License-Identifier: MIT
//
// One moment on the machine's clocks.
#pragma once

#include <chrono>

namespace tierwatch {

using std::chrono::nanoseconds;

/// One moment on the three clocks, read together. Rates use `monotonic`; births of processes are
/// compared with `boot` (CLOCK_BOOTTIME, the clock of field 22 of /proc/PID/stat); people are shown
/// `wall`.
struct Instant {
  std::chrono::system_clock::time_point wall{};
  nanoseconds monotonic{};
  nanoseconds boot{};
  bool operator==(const Instant&) const = default;
};

}  // namespace tierwatch
