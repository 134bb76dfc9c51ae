// SPDX-License-Identifier: MIT
#include "daemon/sources/time_argument.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace tierwatch {
namespace {

using namespace std::chrono_literals;
using std::chrono::system_clock;

/// 2025-10-09 08:53:20 UTC, in a zone without summer time.
class ParseMoment : public testing::Test {
 protected:
  ParseMoment() {
    setenv("TZ", "XXX-2", 1);
    tzset();
  }
  static constexpr system_clock::time_point kNow{1'760'000'000s};
};

TEST_F(ParseMoment, ReadsLocalTimesOfDayAsTodays) {
  EXPECT_EQ(parse_moment("10:53", kNow), kNow - 20s);
  EXPECT_EQ(parse_moment("10:53:20", kNow), kNow);
}

TEST_F(ParseMoment, ReadsDates) {
  EXPECT_EQ(parse_moment("2025-10-08 10:53:20", kNow), kNow - 24h);
  EXPECT_EQ(parse_moment("2025-10-08T10:53:20", kNow), kNow - 24h);
  EXPECT_EQ(parse_moment("2025-10-09", kNow), kNow - 10h - 53min - 20s);
}

TEST_F(ParseMoment, ReadsTimesAsLogsAndReportsWriteThem) {
  EXPECT_EQ(parse_moment("2025-10-09T08:53:20Z", kNow), kNow);
  EXPECT_EQ(parse_moment("2025-10-09T08:53:20.25Z", kNow), kNow + 250ms);
  EXPECT_EQ(parse_moment("2025-10-09T08:53:20.835+00:00", kNow), kNow + 835ms);
  EXPECT_EQ(parse_moment("2025-10-09 04:23:20-04:30", kNow), kNow);
  EXPECT_EQ(parse_moment("10:53:20.5", kNow), kNow + 500ms);
  EXPECT_EQ(parse_moment("now", kNow), kNow);
}

TEST_F(ParseMoment, ReadsTheEpochAndHowLongAgo) {
  EXPECT_EQ(parse_moment("@1760000000.5", kNow), kNow + 500ms);
  EXPECT_EQ(parse_moment("-20m", kNow), kNow - 20min);
}

TEST_F(ParseMoment, RefusesEverythingElse) {
  for (const char* text : {"",
                           "25:00",
                           "10:60",
                           "1:02",
                           "10:53:",
                           "@",
                           "@x",
                           "@inf",
                           "-",
                           "-x",
                           "2025-13-01 10:00",
                           "2025-13-08",
                           "2025-10-08x10:00",
                           "10:53 ",
                           "10:53Z",
                           "10:53:20.",
                           "10:53:20.x",
                           "2025-10-08T10:53+0200",
                           "2025-10-08T10:53:20+25:00",
                           "2026-02-30",
                           "2026-04-31 10:00"})
    EXPECT_EQ(parse_moment(text, kNow), std::nullopt) << text;
}

}  // namespace
}  // namespace tierwatch
