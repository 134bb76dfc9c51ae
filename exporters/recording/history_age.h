// SPDX-License-Identifier: MIT
//
// What time it is for old history: a clock that is set to next year for an hour must not make all
// of it old.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace tierwatch {

/// Follows the times of ticks forward at most kPace times as fast as time goes by. A value.
class HistoryAge {
 public:
  using Wall = std::chrono::system_clock::time_point;

  /// A longer pause between two ticks that are read back (the daemon was off, or the clock was set)
  /// counts as this long.
  static constexpr std::chrono::minutes kLongestStep{1};
  static constexpr int kPace = 4;

  /// A tick that is read back; in the order of their times.
  void replay(Wall wall) {
    const auto step =
        wall_ ? std::min<Wall::duration>(wall - *wall_, kLongestStep) : Wall::duration{};
    advance(wall, step);
  }

  /// A tick that is recorded, at this time of CLOCK_MONOTONIC.
  void add(Wall wall, std::chrono::nanoseconds monotonic) {
    const auto step = monotonic_ ? monotonic - *monotonic_ : std::chrono::nanoseconds{};
    advance(wall, std::chrono::duration_cast<Wall::duration>(step));
    monotonic_ = monotonic;
  }

  /// What counts as now; never later than the newest tick.
  Wall now() const { return wall_ ? std::min(*wall_, trusted_) : Wall{}; }

 private:
  void advance(Wall wall, Wall::duration step) {
    if (!wall_) trusted_ = wall;
    trusted_ = std::max(trusted_, std::min(wall, trusted_ + kPace * step));
    wall_ = wall;
  }

  std::optional<Wall> wall_;
  std::optional<std::chrono::nanoseconds> monotonic_;
  Wall trusted_{};
};

}  // namespace tierwatch
