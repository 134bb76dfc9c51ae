// SPDX-License-Identifier: MIT
#include "daemon/service/tick_schedule.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(TickSchedule, TicksAreMultiplesOfTheIntervalHoweverLongTheyTake) {
  TickSchedule schedule(seconds(100), seconds(1));
  for (int tick = 0; tick < 50; ++tick) {
    EXPECT_EQ(schedule.next(), seconds(100 + tick));
    schedule.advance(schedule.next() + milliseconds(7 * (tick % 100)));
  }
  EXPECT_EQ(schedule.late(), 0u);
}

TEST(TickSchedule, MissedDeadlinesAreCountedAndSkipped) {
  TickSchedule schedule(seconds(100), seconds(1));
  schedule.advance(seconds(103) + milliseconds(200));  // 101, 102 and 103 have passed
  EXPECT_EQ(schedule.late(), 3u);
  EXPECT_EQ(schedule.next(), seconds(104));
}

TEST(TickSchedule, DeadlineThatIsJustNowHasPassed) {
  TickSchedule schedule(seconds(100), seconds(1));
  schedule.advance(seconds(101));
  EXPECT_EQ(schedule.late(), 1u);
  EXPECT_EQ(schedule.next(), seconds(102));
}

TEST(TickSchedule, ATickThatFailedIsPassedOverOnce) {
  TickSchedule ticks(seconds(10), seconds(1));
  ticks.skip_past(seconds(10));
  EXPECT_EQ(ticks.next(), seconds(11));
  ticks.skip_past(seconds(10));
  EXPECT_EQ(ticks.next(), seconds(11)) << "it had been advanced already";
}

TEST(TickSchedule, AnotherIntervalBeginsAfterTheNextDeadline) {
  TickSchedule schedule(seconds(100), seconds(1));
  schedule.set_interval(seconds(2));
  EXPECT_EQ(schedule.next(), seconds(100));
  schedule.advance(seconds(100));
  EXPECT_EQ(schedule.next(), seconds(102));
}

TEST(TickSchedule, LateTicksAreRememberedAcrossANewInterval) {
  TickSchedule schedule(seconds(100), seconds(1));
  schedule.advance(seconds(102));
  schedule.restart(seconds(200), milliseconds(250));
  EXPECT_EQ(schedule.late(), 2u);
  EXPECT_EQ(schedule.next(), seconds(200));
}

}  // namespace
}  // namespace tierwatch
