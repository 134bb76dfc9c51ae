// SPDX-License-Identifier: MIT
//
// When to sample: at start + n · interval, for ever. A deadline that has passed before its turn is
// skipped and counted, never queued: a daemon that is late must not make up for it with a burst.
#pragma once

#include <cstdint>

#include "collectors/reading.h"

namespace tierwatch {

/// A value; times are CLOCK_MONOTONIC.
class TickSchedule {
 public:
  TickSchedule(nanoseconds start, nanoseconds interval) : next_(start), interval_(interval) {}

  nanoseconds next() const { return next_; }

  /// The tick of next() has been done and it is `now`: moves on to the first deadline after `now`
  /// and counts those that were passed over.
  void advance(nanoseconds now) {
    next_ += interval_;
    if (next_ > now) return;
    const auto missed = (now - next_) / interval_ + 1;
    late_ += static_cast<std::uint64_t>(missed);
    next_ += missed * interval_;
  }

  /// The tick of next() failed: moves on unless it had been advanced already.
  void skip_past(nanoseconds now) {
    if (next_ <= now) advance(now);
  }

  /// Of the deadlines that follow the next.
  void set_interval(nanoseconds interval) { interval_ = interval; }

  /// Deadlines passed over since the start; never falls.
  std::uint64_t late() const { return late_; }

  /// Another interval from now on; the count of late ticks goes on.
  void restart(nanoseconds start, nanoseconds interval) {
    next_ = start;
    interval_ = interval;
  }

 private:
  nanoseconds next_;
  nanoseconds interval_;
  std::uint64_t late_ = 0;
};

}  // namespace tierwatch
