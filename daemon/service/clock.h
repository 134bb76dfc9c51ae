// SPDX-License-Identifier: MIT
//
// The one place where time is read. Everything else is handed an Instant.
#pragma once

#include "collectors/reading.h"

namespace tierwatch {

/// The three clocks, read within a microsecond of each other.
Instant read_clocks();

/// CLOCK_MONOTONIC.
nanoseconds monotonic_now();

/// CPU time of this process (CLOCK_PROCESS_CPUTIME_ID), all threads.
nanoseconds process_cpu_now();

/// CPU time of the calling thread (CLOCK_THREAD_CPUTIME_ID).
nanoseconds thread_cpu_now();

}  // namespace tierwatch
