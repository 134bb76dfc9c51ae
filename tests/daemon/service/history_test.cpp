// SPDX-License-Identifier: MIT
#include "daemon/service/history.h"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace tierwatch {
namespace {

class HistoryFile : public ::testing::Test {
 protected:
  ~HistoryFile() override { unsetenv("STATE_DIRECTORY"); }
};

TEST_F(HistoryFile, IsWhereSystemdSaysUnlessToldOtherwise) {
  unsetenv("STATE_DIRECTORY");
  EXPECT_EQ(history_file({}), std::nullopt) << "nobody asked for a history";
  setenv("STATE_DIRECTORY", "/var/lib/tierwatch", 1);
  EXPECT_EQ(history_file({}), "/var/lib/tierwatch/history.db");
  setenv("STATE_DIRECTORY", "/var/lib/a:/var/lib/b", 1);
  EXPECT_EQ(history_file({}), "/var/lib/a/history.db");
  EXPECT_EQ(history_file({.path = "/srv/h.db"}), "/srv/h.db");
  EXPECT_EQ(history_file({.path = "none"}), std::nullopt);
}

}  // namespace
}  // namespace tierwatch
