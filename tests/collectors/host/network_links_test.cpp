// SPDX-License-Identifier: MIT
#include "collectors/host/network_links.h"

#include <gmock/gmock.h>

#include "tests/support/fake_proc.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kHeading =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop "
    "fifo colls carrier compressed\n";

std::string row(const std::string& name, const std::string& received, const std::string& sent) {
  return "  " + name + ": " + received + " 2 3 4 5 6 7 8 " + sent + " 10 11 12 13 14 15 16\n";
}

TEST(ParseNetDev, BytesEachWayHaveTheirColumns) {
  const auto links = parse_net_dev(kHeading + row("lo", "1", "9") + row("eth0", "70", "90"));
  ASSERT_TRUE(links);
  ASSERT_EQ(links->size(), 2u);
  EXPECT_EQ(links->back(), (LinkReading{"eth0", 0, 70, 90}));
}

TEST(ParseNetDev, ATextThatWasCutShortIsNotBelieved) {
  std::string text = kHeading + row("eth0", "70", "90");
  text.pop_back();
  EXPECT_FALSE(parse_net_dev(text));
  EXPECT_FALSE(parse_net_dev(kHeading + row("eth0", "many", "90")));
  EXPECT_FALSE(parse_net_dev(std::string(kHeading) + "  eth0: 1 2 3\n"));
}

class NetworkLinksTest : public ::testing::Test {
 protected:
  void link(const std::string& name, const std::string& speed, bool device = true) {
    proc_.write("sys/class/net/" + name + "/speed", speed + "\n");
    if (device) proc_.make_directory("sys/class/net/" + name + "/device");
  }
  void count(const std::string& rows) { proc_.write("proc/net/dev", kHeading + rows); }
  std::vector<LinkReading> look(int second) {
    links_.collect(seconds(second));
    EXPECT_TRUE(links_.wait(seconds(60)));
    return links_.collect(seconds(second));
  }

  FakeProc proc_;
  ProcFs files_{proc_.root()};
  FaultLog faults_;
  NetworkLinks links_{files_, faults_};
};

TEST_F(NetworkLinksTest, OnlyLinksWhoseSpeedMeansSomethingAreTold) {
  link("eth0", "1000");
  link("eth1", "-1");             // a virtual machine's, or one that is down
  link("veth3", "10000", false);  // what the kernel says of any
  count(row("lo", "1", "1") + row("eth0", "70", "90") + row("eth1", "1", "1") +
        row("veth3", "1", "1"));
  EXPECT_THAT(look(1), ElementsAre(LinkReading{"eth0", 1'000'000'000, 70, 90}));
}

TEST_F(NetworkLinksTest, SpeedsAreAskedForNowAndThen) {
  link("eth0", "1000");
  count(row("eth0", "70", "90"));
  look(1);
  link("eth0", "100");
  EXPECT_EQ(look(30).at(0).bits_per_second, 1'000'000'000u);
  EXPECT_EQ(look(62).at(0).bits_per_second, 100'000'000u);
}

TEST_F(NetworkLinksTest, AMachineWithoutLinksIsNothingToComplainOf) {
  EXPECT_THAT(look(1), IsEmpty());
  link("eth0", "1000");
  EXPECT_THAT(look(62), IsEmpty());
  EXPECT_TRUE(faults_.counts().empty());
}

}  // namespace
}  // namespace tierwatch
