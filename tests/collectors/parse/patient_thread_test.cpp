// SPDX-License-Identifier: MIT
#include "collectors/parse/patient_thread.h"

#include <gmock/gmock.h>

#include "tests/support/gate.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Patient = PatientThread<pid_t>;

Patient::Job answered(pid_t pid) {
  return {ProcessId{.pid = pid}, [pid] { return pid; }};
}

Patient::Job waiting(pid_t pid, const std::shared_ptr<Gate>& gate) {
  return {ProcessId{.pid = pid}, [pid, gate] {
            gate->pass();
            return pid;
          }};
}

TEST(PatientThread, WhatTakesTooLongIsGivenUpAndTheRestGoesOn) {
  Patient side;
  const auto gate = std::make_shared<Gate>();
  side.add(waiting(1, gate));
  side.add(answered(2));
  EXPECT_THAT(side.take(seconds(1)), IsEmpty());
  EXPECT_TRUE(side.is_busy());
  EXPECT_THAT(side.take(seconds(1) + Patient::kPatience), IsEmpty());
  EXPECT_TRUE(side.is_given_up(ProcessId{.pid = 1}));
  side.add(answered(1));
  ASSERT_TRUE(side.wait(seconds(60)));
  EXPECT_THAT(side.take(seconds(10)), ElementsAre(2));
  gate->open();
}

TEST(PatientThread, AfterAFewThatHangNothingIsReadAnyMore) {
  Patient side;
  const auto gate = std::make_shared<Gate>();
  for (std::size_t i = 1; i <= Patient::kMostStuck; ++i) {
    EXPECT_FALSE(side.is_given_up(ProcessId{.pid = 99}));
    side.add(waiting(static_cast<pid_t>(i), gate));
    side.take(seconds(100 * i));
    side.take(seconds(100 * i + 50));
  }
  EXPECT_TRUE(side.is_given_up(ProcessId{.pid = 99}));
  side.add(answered(99));
  EXPECT_TRUE(side.wait(seconds(60)));
  EXPECT_THAT(side.take(seconds(1000)), IsEmpty());
  gate->open();
}

}  // namespace
}  // namespace tierwatch
