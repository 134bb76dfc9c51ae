// SPDX-License-Identifier: MIT
#include "exporters/recording/history_age.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

using namespace std::chrono_literals;
using Wall = HistoryAge::Wall;

constexpr Wall kBegin{std::chrono::seconds(1'700'000'000)};

TEST(HistoryAge, GoesWithTheClock) {
  HistoryAge age;
  for (int i = 0; i < 100; ++i) age.add(kBegin + i * 1s, 50s + i * 1s);
  EXPECT_EQ(age.now(), kBegin + 99s);
}

TEST(HistoryAge, AClockSetAheadIsFollowedSlowly) {
  HistoryAge age;
  age.add(kBegin, 50s);
  age.add(kBegin + 8760h, 51s);
  EXPECT_EQ(age.now(), kBegin + 4s);
  age.add(kBegin + 8760h + 1s, 52s);
  EXPECT_EQ(age.now(), kBegin + 8s);
  age.add(kBegin + 3s, 53s);
  EXPECT_EQ(age.now(), kBegin + 3s) << "set right again";
}

TEST(HistoryAge, AClockSetBackTakesEffectAtOnceAndLeavesNoTrace) {
  HistoryAge age;
  age.add(kBegin, 50s);
  age.add(kBegin - 8760h, 51s);
  EXPECT_EQ(age.now(), kBegin - 8760h);
  age.add(kBegin + 2s, 52s);
  EXPECT_EQ(age.now(), kBegin + 2s);
}

TEST(HistoryAge, AWrongClockIsStillWrongAfterARestart) {
  HistoryAge age;
  for (int i = 0; i < 1000; ++i) age.replay(kBegin + i * 1s);
  for (int i = 0; i < 10; ++i) age.replay(kBegin + 8760h + i * 1s);
  EXPECT_LT(age.now(), kBegin + 1h);
}

TEST(HistoryAge, APauseIsCaughtUpWith) {
  HistoryAge age;
  age.replay(kBegin);
  age.add(kBegin + 1h, 0s);
  for (int i = 1; i <= 3600; ++i) age.add(kBegin + 1h + i * 1s, i * 1s);
  EXPECT_EQ(age.now(), kBegin + 2h);
}

}  // namespace
}  // namespace tierwatch
