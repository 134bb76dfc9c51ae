// SPDX-License-Identifier: MIT
#include "daemon/service/note_reporter.h"

#include <gmock/gmock.h>

#include "analysis/note_kind.h"

namespace tierwatch {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string unread(int processes) {
  return "sockets of " + std::to_string(processes) + " tier processes cannot be tied to them";
}

TEST(NoteKind, IsTheTextWithoutItsNumbers) {
  EXPECT_EQ(note_kind(unread(7)), note_kind(unread(12345)));
  EXPECT_NE(note_kind("no /proc/net/tcp"), note_kind("no /proc/net/unix"));
  EXPECT_EQ(note_kind("1 of 20"), "# of #");
}

TEST(NoteReporter, AChangingNumberIsNoNews) {
  NoteReporter reporter;
  EXPECT_THAT(reporter.report({unread(5), "another"}, seconds(0)),
              ElementsAre(unread(5), "another"));
  for (int tick = 1; tick < 5000; ++tick)
    ASSERT_THAT(reporter.report({unread(5 + tick % 17), "another"}, seconds(tick)), IsEmpty());
}

TEST(NoteReporter, WhatComesBackAfterAWhileIsSaidAgain) {
  NoteReporter reporter;
  reporter.report({unread(5)}, minutes(0));
  EXPECT_THAT(reporter.report({}, minutes(5)), IsEmpty());
  EXPECT_THAT(reporter.report({unread(4)}, minutes(9)), IsEmpty());
  EXPECT_THAT(reporter.report({unread(3)}, minutes(20)), ElementsAre(unread(3)));
}

}  // namespace
}  // namespace tierwatch
