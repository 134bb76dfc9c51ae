// SPDX-License-Identifier: MIT
#include "collectors/sockets/reading/sock_diag_words.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

TEST(TurnOf, IsToldByMultiplesOfWhatWasAsked) {
  constexpr Said kEleven{11, 594};
  EXPECT_EQ(turn_of(kEleven, {20, 950}), Turn::kAsked);
  EXPECT_EQ(turn_of(kEleven, {22, 1045}), Turn::kAnswered);
  EXPECT_EQ(turn_of(kEleven, {21, 1000}), Turn::kUnclear) << "different answers";
  EXPECT_EQ(turn_of({11, 600}, {20, 950}), Turn::kUnclear) << "different questions";
  EXPECT_EQ(turn_of({2, 108}, {2, 95}), Turn::kUnclear) << "too few";
  EXPECT_EQ(turn_of({11, 0}, {20, 950}), Turn::kUnclear) << "the kernel does not count bytes";
  EXPECT_EQ(turn_of({5, 270}, {0, 0}), Turn::kUnclear);
}

}  // namespace
}  // namespace tierwatch
