// SPDX-License-Identifier: MIT
#include "collectors/host/local_ports.h"

#include <gtest/gtest.h>

#include "tests/support/fake_proc.h"

namespace tierwatch {
namespace {

TEST(LocalPorts, ARangeIncludesBothItsEnds) {
  EXPECT_EQ(parse_port_range("32768\t60999\n"), 28232u);
  for (const char* text : {"", "32768\n", "60999 32768\n", "32768\t6099"})
    EXPECT_EQ(parse_port_range(text), std::nullopt) << text;
}

TEST(LocalPorts, SocketsThatWaitForTheirEndCount) {
  const char* text =
      "sockets: used 15\nTCP: inuse 3 orphan 0 tw 40 alloc 34 mem 119\nUDP: inuse 9\n";
  EXPECT_EQ(parse_tcp_sockets(text, "TCP"), 43u);
  EXPECT_EQ(parse_tcp_sockets(text, "TCP6"), std::nullopt);
}

TEST(LocalPorts, AKernelMayDoWithoutIpv6) {
  FakeProc proc;
  ProcFs files{proc.root()};
  EXPECT_EQ(read_tcp_sockets(files), std::nullopt);
  proc.write("proc/net/sockstat", "TCP: inuse 3 orphan 0 tw 4 alloc 34 mem 119\n");
  EXPECT_EQ(read_tcp_sockets(files), 7u);
  proc.write("proc/net/sockstat6", "TCP6: inuse 5\n");
  EXPECT_EQ(read_tcp_sockets(files), 12u);
}

}  // namespace
}  // namespace tierwatch
