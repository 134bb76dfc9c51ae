// SPDX-License-Identifier: MIT
//
// The machine between two readings: cores by mode, shares of time under pressure.
#pragma once

#include "analysis/snapshot.h"

namespace tierwatch {

/// What happened between `before` (absent at the first tick) and `now`, `elapsed` apart. Cores are
/// shares of the time the kernel itself accounted, times the processors; they do not depend on our
/// clock, but where processors came or went. Pure.
HostSample host_sample(const HostReading* before, HostReading now, nanoseconds elapsed);

}  // namespace tierwatch
