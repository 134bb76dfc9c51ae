// SPDX-License-Identifier: MIT
//
// The whole way on the running kernel: processes in network namespaces of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "collectors/sockets/networks/sock_diag_door.h"
#include "collectors/sockets/socket_collector.h"
#include "tests/support/network_child.h"
#include "tests/support/socket_stack.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

/// In each the same address: one connection is accepted, its client has asked; two wait, which is
/// all that the kernel admits, and more ask in vain.
std::vector<FileDescriptor> busy_server() {
  std::vector<FileDescriptor> sockets;
  const SocketName name = SocketName::tcp4(8000);
  sockets.push_back(listen_on(name, 1));
  for (int i = 0; i < 5; ++i) {
    sockets.push_back(connect_to(name));
    while (i == 0) {
      FileDescriptor accepted = accept_from(sockets.front());
      if (!accepted) continue;
      (void)!write(sockets.back().get(), "ask", 3);
      sockets.push_back(std::move(accepted));
      break;
    }
  }
  return sockets;
}

class Networks : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (!first_.entered() || !second_.entered())
      GTEST_SKIP() << "needs CAP_SYS_ADMIN, to make network namespaces";
    const FileDescriptor link = files_.open(process_path(first_.pid(), "ns/net").c_str());
    if (GetParam() && !link) GTEST_SKIP() << "needs ptrace rights";
  }
  std::vector<ProcessReading> processes() {
    std::vector<ProcessReading> all{stack_process(getpid(), std::nullopt, geteuid())};
    for (const NetworkChild* child : {&first_, &second_}) {
      if (child->pid() == 0) continue;
      all.push_back(stack_process(child->pid(), kUwsgi, geteuid()));
      all.back().member->instance = child->pid();
    }
    std::ranges::sort(all, {}, &ProcessReading::id);
    return all;
  }
  SocketReading collect(nanoseconds at) {
    return collector_.collect({.monotonic = at, .boot = at}, processes());
  }
  /// Handshakes take a moment.
  SocketReading settled() {
    for (nanoseconds at = seconds(1);; at += seconds(1)) {
      SocketReading reading = collect(at);
      const bool all =
          reading.listeners.size() >= 2 && std::ranges::count(queues(reading), 2u) == 2;
      if (all || at > seconds(200)) return reading;
      std::this_thread::sleep_for(milliseconds(10));
    }
  }
  static std::vector<std::uint64_t> queues(const SocketReading& reading) {
    std::vector<std::uint64_t> all;
    for (const ListenerReading& one : reading.listeners)
      if (one.address == "127.0.0.1:8000") all.push_back(one.queue_length);
    return all;
  }

  ProcFs files_;
  FaultLog faults_;
  NetworkChild first_{busy_server}, second_{busy_server};
  SocketCollector collector_{make_sock_diag_table(), files_, faults_, stack_rules(),
                             GetParam() ? NetworkTables{} : no_entry()};
};

TEST_P(Networks, EachServerHasItsOwnQueueAndConnections) {
  const auto here = std::filesystem::read_symlink("/proc/thread-self/ns/net");
  const SocketReading reading = settled();
  EXPECT_EQ(std::filesystem::read_symlink("/proc/thread-self/ns/net"), here);
  std::vector<pid_t> instances;
  for (const ListenerReading& one : reading.listeners) {
    if (one.address != "127.0.0.1:8000") continue;
    EXPECT_THAT(one.network, HasSubstr("pid"));
    EXPECT_EQ(one.queue_length, 2u);
    EXPECT_EQ(one.in_service, 1u);
    EXPECT_EQ(one.queue_limit, GetParam() ? std::optional<std::uint64_t>(1) : std::nullopt);
    EXPECT_EQ(one.owed, 1u) << "its client has asked, and nobody has read it";
    ASSERT_TRUE(one.owner);
    EXPECT_EQ(one.owner->tier, kUwsgi);
    instances.push_back(one.owner->instance);
  }
  std::ranges::sort(instances);
  std::vector<pid_t> pids{first_.pid(), second_.pid()};
  std::ranges::sort(pids);
  EXPECT_EQ(instances, pids);
  const auto note = HasSubstr("2 other network namespaces");
  if (GetParam())
    EXPECT_THAT(reading.notes, Not(Contains(note)));
  else
    EXPECT_THAT(reading.notes, Contains(note));
}

TEST_P(Networks, OneThatLosesConnectionsCountsThem) {
  settled();
  const auto drops = [&](nanoseconds at) {
    std::uint64_t all = 0;
    const SocketReading reading = collect(at);
    for (const ListenerReading& one : reading.listeners)
      if (one.address == "127.0.0.1:8000") all += one.drops.value_or(0);
    return all;
  };
  // Clients of the full queues send their first packet again after a second.
  nanoseconds at = seconds(1000);
  const auto end = std::chrono::steady_clock::now() + seconds(8);
  while (drops(at += seconds(1)) == 0 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(milliseconds(50));
  EXPECT_GT(drops(at + seconds(1)), 0u);
}

TEST_P(Networks, ANamespaceIsNotKeptBeyondItsLastProcess) {
  settled();
  const auto sockets_in = [&](const std::string& link) {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      count += std::filesystem::read_symlink(entry.path(), gone).string().starts_with(link);
    }
    return count;
  };
  const int before = sockets_in("socket:");
  first_.end();
  collector_.sub_sample({.monotonic = seconds(900)});
  EXPECT_EQ(sockets_in("socket:"), before - (GetParam() ? 1 : 0));
  EXPECT_EQ(queues(collect(seconds(901))).size(), 1u);
  second_.end();
  EXPECT_THAT(queues(collect(seconds(902))), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Ways, Networks, testing::Bool(), [](const auto& way) {
  return std::string(way.param ? "Entered" : "FromProc");
});

TEST(SockDiagDoor, DoesNotOpenWhereAnotherLivesByNow) {
  const ProcFs files;
  EXPECT_EQ(open_sock_diag_in(files, "proc/self", 1), -1);
  EXPECT_EQ(open_sock_diag_in(files, "proc/0", 1), -1);
}

}  // namespace
}  // namespace tierwatch
