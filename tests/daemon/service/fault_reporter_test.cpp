// SPDX-License-Identifier: MIT
#include "daemon/service/fault_reporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tierwatch {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

FaultCounts denied_io(std::uint64_t count) { return {{{"io", Fault::kDenied}, count}}; }

TEST(FaultReporter, TroubleIsToldOnceWhileItLasts) {
  FaultReporter reporter;
  EXPECT_THAT(
      reporter.report(denied_io(5), seconds(0)),
      ElementsAre(AllOf(HasSubstr("io"), HasSubstr("denied"), HasSubstr("CAP_SYS_PTRACE"))));
  for (int tick = 1; tick < 5000; ++tick)
    ASSERT_THAT(reporter.report(denied_io(5 + static_cast<unsigned>(tick)), seconds(tick)),
                IsEmpty());
}

TEST(FaultReporter, TroubleThatComesBackIsToldAgain) {
  FaultReporter reporter;
  reporter.report(denied_io(1), seconds(0));
  reporter.report(denied_io(1), minutes(11));
  EXPECT_EQ(reporter.report(denied_io(2), minutes(11) + seconds(1)).size(), 1u);
}

TEST(FaultReporter, ProcessesThatEndAreNoTrouble) {
  FaultReporter reporter;
  EXPECT_THAT(reporter.report({{{"status", Fault::kGone}, 100}}, seconds(0)), IsEmpty());
}

TEST(FaultReporter, EachKindIsToldByItself) {
  FaultReporter reporter;
  reporter.report(denied_io(1), seconds(0));
  EXPECT_EQ(
      reporter.report({{{"io", Fault::kDenied}, 2}, {{"status", Fault::kMalformed}, 1}}, seconds(1))
          .size(),
      1u);
}

}  // namespace
}  // namespace tierwatch
