// SPDX-License-Identifier: MIT
//
// Chance, the same for the same seed.
#pragma once

#include <cstdint>
#include <random>

#include "collectors/instant.h"

namespace tierwatch {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}

  /// 0 to `sides` - 1; 0 where there are none.
  std::uint64_t upto(std::uint64_t sides) { return sides == 0 ? 0 : random_() % sides; }
  /// Once in `times`.
  bool once_in(std::uint64_t times) { return upto(times) == 0; }
  /// At most `most`, to the nanosecond.
  nanoseconds time(nanoseconds most) {
    return nanoseconds(upto(static_cast<std::uint64_t>(most.count()) + 1));
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace tierwatch
