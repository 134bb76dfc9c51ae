// SPDX-License-Identifier: MIT
#include "collectors/process/user_names.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/gate.h"

namespace tierwatch {
namespace {

TEST(UserNames, AreAskedForOnceEach) {
  static int asked = 0;
  UserNames names([](uid_t uid) {
    ++asked;
    return "user" + std::to_string(uid);
  });
  EXPECT_EQ(names.name(33), "user33");
  EXPECT_EQ(names.name(33), "user33");
  EXPECT_EQ(names.name(34), "user34");
  EXPECT_EQ(asked, 2);
  EXPECT_FALSE(names.have_come());
}

TEST(UserNames, OfANameServerThatDoesNotAnswerComeLater) {
  static Gate gate;
  UserNames names([](uid_t uid) {
    if (uid == 7) gate.pass();
    return "user" + std::to_string(uid);
  });
  EXPECT_EQ(names.name(7), "7");
  EXPECT_EQ(names.name(8), "8") << "not asked beside the one that does not end";
  EXPECT_FALSE(names.have_come());
  gate.open();
  while (names.name(7) != "user7" || names.name(8) != "user8") {
    names.have_come();
    std::this_thread::yield();
  }
  EXPECT_FALSE(names.have_come());
}

}  // namespace
}  // namespace tierwatch
