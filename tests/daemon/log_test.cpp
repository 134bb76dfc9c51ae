// SPDX-License-Identifier: MIT
#include "daemon/log.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

TEST(Printable, ControlCharactersCannotSteerATerminalOrForgeALine) {
  EXPECT_EQ(printable("a\x1b[31mb\nc\x7f"), "a\\x1b[31mb\\x0ac\\x7f");
}

TEST(Printable, OtherTextIsLeftAlone) {
  EXPECT_EQ(printable("uWSGI größer 4 µs"), "uWSGI größer 4 µs");
}

}  // namespace
}  // namespace tierwatch
