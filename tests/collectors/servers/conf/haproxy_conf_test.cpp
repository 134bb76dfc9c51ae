// SPDX-License-Identifier: MIT
#include "collectors/servers/conf/haproxy_conf.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

TEST(Haproxy, TheSmallestMaxconnOfEachKindCounts) {
  HaproxyLimits limits;
  EXPECT_TRUE(
      add_haproxy_limits("global\n  maxconn 4000 # all\n  maxconnrate 5\n"
                         "defaults\n  maxconn 3000\n"
                         "frontend web\n  maxconn 200\n"
                         "backend app\n  server a 10.0.0.1:80 check maxconn 9\n"
                         "  server b 10.0.0.2:80 maxconn 7 check\n",
                         limits));
  EXPECT_EQ(limits.global, 4000u);
  EXPECT_EQ(limits.frontend, 200u);
  EXPECT_EQ(limits.server, 7u);
}

TEST(Haproxy, WordsMayBeQuoted) {
  HaproxyLimits limits;
  EXPECT_TRUE(
      add_haproxy_limits("backend app\n  server a \"1.2.3.4:5\" \"maxconn\" 2 # maxconn 1\n"
                         "  server b 'c maxconn 1' check\nfrontend web\n  max\\conn '3'\n",
                         limits));
  EXPECT_EQ(limits.server, 2u);
  EXPECT_EQ(limits.frontend, 3u);
}

TEST(Haproxy, WithoutMaxconnNoneIsSet) {
  HaproxyLimits limits;
  EXPECT_TRUE(
      add_haproxy_limits("global\n  daemon\nlisten a\n  server maxconn 1.2.3.4:5\n", limits));
  EXPECT_FALSE(limits.global || limits.frontend);
}

TEST(Haproxy, ANumberThatIsAVariableIsNotKnown) {
  HaproxyLimits limits;
  EXPECT_FALSE(add_haproxy_limits("global\n  maxconn \"${MAXCONN}\"\n", limits));
}

TEST(Haproxy, TheCommandLineNamesItsFiles) {
  EXPECT_EQ(haproxy_conf_paths("/usr/sbin/haproxy -Ws -f /etc/a.cfg -p /run/h.pid -f b.cfg"),
            (std::vector<std::string>{"/etc/a.cfg", "b.cfg"}));
  EXPECT_EQ(haproxy_conf_paths("haproxy -f /etc/a.cfg -n 50"), std::nullopt);
}

}  // namespace
}  // namespace tierwatch
