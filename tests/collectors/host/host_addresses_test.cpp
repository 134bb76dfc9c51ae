// SPDX-License-Identifier: MIT
#include "collectors/host/host_addresses.h"

#include <gmock/gmock.h>

namespace tierwatch {
namespace {

using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST(HostAddresses, NoneThatOthersCannotAskFor) {
  const auto addresses = host_addresses(8);
  EXPECT_THAT(addresses, Each(Not(StartsWith("127."))));
  EXPECT_THAT(addresses, Each(Not(StartsWith("169.254."))));
  EXPECT_THAT(addresses, Each(Not(StartsWith("fe80:"))));
  EXPECT_THAT(addresses, Each(Not("::1")));
}

TEST(HostAddresses, NoMoreThanWanted) {
  EXPECT_THAT(host_addresses(0), IsEmpty());
  EXPECT_LE(host_addresses(1).size(), 1u);
}

}  // namespace
}  // namespace tierwatch
