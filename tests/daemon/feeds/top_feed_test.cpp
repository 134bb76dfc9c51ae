// SPDX-License-Identifier: MIT
#include "daemon/feeds/top_feed.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

TEST(SourceOfAShortStay, IsProcUnlessTheConfigurationSaysOtherwise) {
  EXPECT_EQ(source_for(ProcessSource::kAuto, Stay::kShort), ProcessSource::kProc);
  EXPECT_EQ(source_for(ProcessSource::kBpf, Stay::kShort), ProcessSource::kBpf);
  EXPECT_EQ(source_for(ProcessSource::kAuto, Stay::kLong), ProcessSource::kAuto);
}

}  // namespace
}  // namespace tierwatch
