// SPDX-License-Identifier: MIT
#include "collectors/tier_rules.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

TEST(Glob, StarCrossesSlashes) { EXPECT_TRUE(Glob("/run/*").matches("/run/uwsgi/app.sock")); }

}  // namespace
}  // namespace tierwatch
