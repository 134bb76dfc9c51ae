// SPDX-License-Identifier: MIT
#include "collectors/python/thread_activity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>

#include "collectors/python/peer_book.h"
#include "tests/support/fake_python.h"

namespace tierwatch {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = DescriptorEnd::Kind;

SystemCall call(long number, std::uint64_t first = 0, std::uint64_t second = 0,
                std::uint64_t third = 0) {
  return {.number = number, .arguments = {first, second, third}};
}

ThreadActivity activity(const SystemCall& of) {
  FakeMemory memory;
  return waits_for(of, memory, 0x5000, 208).activity;
}

TEST(ThreadState, IsReadFromTheKernelsLine) {
  EXPECT_TRUE(parse_syscall("running\n")->running);
  const auto state = parse_syscall("202 0x7f01 0x80 0x0 0x0 0x7ffe 0x2 0x7ffe10 0x7f02\n");
  ASSERT_TRUE(state);
  EXPECT_FALSE(state->running);
  EXPECT_EQ(state->call.number, 202);
  EXPECT_THAT(state->call.arguments, ElementsAre(0x7f01, 0x80, 0, 0, 0x7ffe, 2));
  EXPECT_EQ(parse_syscall("-1 0x7ffe10 0x7f02\n")->call.number, -1);
  for (const char* nonsense : {"", "x", "202", "202 7f", "202 0xzz 0x0 0x0 0x0 0x0 0x0"})
    EXPECT_FALSE(parse_syscall(nonsense)) << nonsense;
}

TEST(ThreadActivity, TellsTheInterpretersLockFromOthers) {
  EXPECT_EQ(activity(call(SYS_futex, 0x5000)), ThreadActivity::kInterpreterLock);
  EXPECT_EQ(activity(call(SYS_futex, 0x50c8)), ThreadActivity::kInterpreterLock);
  EXPECT_EQ(activity(call(SYS_futex, 0x50d0)), ThreadActivity::kLock);
  EXPECT_EQ(activity(call(SYS_futex, 0x4ff8)), ThreadActivity::kLock);
}

TEST(ThreadActivity, IsThatOfTheSystemCall) {
  EXPECT_EQ(activity(call(SYS_clock_nanosleep)), ThreadActivity::kSleeping);
  EXPECT_EQ(activity(call(SYS_epoll_pwait, 4)), ThreadActivity::kIdle);
  EXPECT_EQ(activity(call(SYS_accept4, 4)), ThreadActivity::kIdle);
  EXPECT_EQ(activity(call(SYS_fsync, 4)), ThreadActivity::kDisk);
  EXPECT_EQ(activity(call(-1)), ThreadActivity::kDisk);
  EXPECT_EQ(activity(call(SYS_wait4)), ThreadActivity::kOther);
  FakeMemory memory;
  EXPECT_THAT(waits_for(call(SYS_recvfrom, 9), memory, 0, 0).descriptors, ElementsAre(9));
  EXPECT_EQ(activity(call(SYS_flock, 9)), ThreadActivity::kLock);
}

TEST(ThreadActivity, ReadsTheListsOfPollAndSelect) {
  FakeMemory memory;
  memory.put_value(0x1000, std::array<pollfd, 3>{{{7, POLLIN, 0}, {-1, 0, 0}, {9, POLLIN, 0}}});
  EXPECT_THAT(waits_for(call(SYS_ppoll, 0x1000, 3), memory, 0, 0).descriptors, ElementsAre(7, 9));
  // More than are there, or than anybody needs, is no reason to read on.
  EXPECT_LE(waits_for(call(SYS_ppoll, 0x1000, ~0ull), memory, 0, 0).descriptors.size(),
            kMostDescriptors);
  EXPECT_EQ(waits_for(call(SYS_ppoll, 0, 0), memory, 0, 0).activity, ThreadActivity::kSleeping);
  memory.put_value(0x2000, std::array<std::uint64_t, 16>{1u << 5 | 1u << 3, 1});
  EXPECT_THAT(waits_for(call(SYS_pselect6, 65, 0x2000), memory, 0, 0).descriptors,
              ElementsAre(3, 5, 64));
  EXPECT_THAT(waits_for(call(SYS_pselect6, 4, 0x2000), memory, 0, 0).descriptors, ElementsAre(3));
  EXPECT_THAT(waits_for(call(SYS_pselect6, 65, 0x9000), memory, 0, 0).descriptors, IsEmpty());
}

TEST(ConnectionEnds, TellClientsFromPeers) {
  const auto at = [](std::uint8_t last, std::uint16_t port) {
    Endpoint endpoint{IpAddress::v4(0), port};
    endpoint.address.bytes[12] = 127;
    endpoint.address.bytes[15] = last;
    return endpoint;
  };
  std::vector<ListenerSocket> listeners(3);
  listeners[0] = {.inode = 1, .local = at(1, 8000)};
  listeners[1] = {.inode = 2, .local = {IpAddress::v4(0), 9000}};
  listeners[2] = {.inode = 3, .name = "/run/app.sock"};
  ConnectionTable table;
  table.tcp = {{.local = at(1, 8000), .remote = at(1, 50000), .inode = 10},
               {.local = at(1, 50001), .remote = at(1, 5432), .inode = 11},
               {.local = at(2, 9000), .remote = at(9, 50002), .inode = 12}};
  table.add_unix({.inode = 20, .peer_inode = 21}, "/run/app.sock");
  table.add_unix({.inode = 21, .peer_inode = 20}, "");
  auto ends = connection_ends(listeners, table);
  EXPECT_EQ(ends[1].kind, Kind::kListening);
  EXPECT_EQ(ends[10].kind, Kind::kClient);
  EXPECT_EQ(ends[11].kind, Kind::kPeer);
  EXPECT_EQ(ends[11].name, "127.0.0.1:5432");
  EXPECT_EQ(ends[12].kind, Kind::kClient);
  EXPECT_EQ(ends[20].kind, Kind::kClient);
  EXPECT_EQ(ends[21].kind, Kind::kPeer);
  EXPECT_EQ(ends[21].name, "/run/app.sock");
}

}  // namespace
}  // namespace tierwatch
