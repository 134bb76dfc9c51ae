// SPDX-License-Identifier: MIT
#include "daemon/feeds/port_owner.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>

namespace tierwatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr uid_t kRoot = 0, kOwn = 1000, kService = 990, kOther = 4'000'000'000;

class FakeSocketTable : public SocketTable {
 public:
  DumpStatus listeners(SocketFamily family, std::vector<ListenerSocket>& found) override {
    for (const auto& [of, socket] : sockets)
      if (of == family) found.push_back(socket);
    return DumpStatus::kComplete;
  }
  DumpStatus connections(SocketFamily, ConnectionTable&) override { return DumpStatus::kComplete; }

  void add(SocketFamily family, IpAddress address, std::uint16_t port, uid_t uid) {
    ListenerSocket socket;
    socket.local = {.address = address, .port = port};
    socket.uid = uid;
    sockets.emplace_back(family, socket);
  }
  std::vector<std::pair<SocketFamily, ListenerSocket>> sockets;
};

TEST(OwnersOfAPort, AreThoseWhomAConnectionToLoopbackMayMeet) {
  FakeSocketTable table;
  table.add(SocketFamily::kTcp4, IpAddress::v4(htonl(0x7f000001)), 9718, 1);
  table.add(SocketFamily::kTcp4, IpAddress::v4(0), 9718, 2);
  table.add(SocketFamily::kTcp6, {}, 9718, 3);
  table.add(SocketFamily::kTcp4, IpAddress::v4(htonl(0x7f000001)), 9719, 4);
  table.add(SocketFamily::kTcp4, IpAddress::v4(htonl(0x0a000001)), 9718, 5);
  EXPECT_THAT(owners_of(table, 9718), ElementsAre(1, 2, 3));
  EXPECT_THAT(owners_of(table, 80), IsEmpty());
}

TEST(StrangerAtAPort, IsWhoIsNeitherRootNorTheServiceNorWe) {
  EXPECT_EQ(stranger_among({}, kOwn, kService), "");
  EXPECT_EQ(stranger_among({kRoot, kOwn, kService}, kOwn, kService), "");
  EXPECT_THAT(stranger_among({kRoot, kOther}, kOwn, kService), HasSubstr("user 4000000000"));
  EXPECT_THAT(stranger_among({kService}, kOwn, std::nullopt), HasSubstr("--url"));
}

}  // namespace
}  // namespace tierwatch
