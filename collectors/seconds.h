// SPDX-License-Identifier: MIT
//
// Durations as the numbers that sentences and programs get.
#pragma once

#include <chrono>

namespace tierwatch {

template <typename Rep, typename Period>
double seconds_of(std::chrono::duration<Rep, Period> time) {
  return std::chrono::duration<double>(time).count();
}

inline std::chrono::nanoseconds duration_of(double seconds) {
  return std::chrono::round<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
}

}  // namespace tierwatch
