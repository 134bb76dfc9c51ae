// SPDX-License-Identifier: MIT
#include "daemon/service/clock.h"

#include <ctime>

namespace tierwatch {
namespace {

nanoseconds read(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);  // cannot fail for the clocks named here
  return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

}  // namespace

Instant read_clocks() {
  using WallClock = std::chrono::system_clock;
  return {.wall = WallClock::time_point(
              std::chrono::duration_cast<WallClock::duration>(read(CLOCK_REALTIME))),
          .monotonic = read(CLOCK_MONOTONIC),
          .boot = read(CLOCK_BOOTTIME)};
}

nanoseconds monotonic_now() { return read(CLOCK_MONOTONIC); }
nanoseconds process_cpu_now() { return read(CLOCK_PROCESS_CPUTIME_ID); }
nanoseconds thread_cpu_now() { return read(CLOCK_THREAD_CPUTIME_ID); }

}  // namespace tierwatch
