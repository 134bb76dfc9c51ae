// SPDX-License-Identifier: MIT
#include "collectors/sockets/socket_collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "tests/support/loopback.h"
#include "tests/support/socket_stack.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// What a fake kernel holds, and how it answers.
struct FakeKernel {
  std::map<SocketFamily, DumpStatus> status;
  std::map<SocketFamily, std::vector<ListenerSocket>> listeners;
  ConnectionTable connections;
  std::map<SocketFamily, int> listener_dumps;
  int tcp_connection_dumps = 0, unix_connection_dumps = 0;
  nanoseconds cost{};  ///< CPU time of a dump of TCP listeners; all others are free
  nanoseconds cpu_time{};
  DumpStatus answer(SocketFamily family) {
    return status.try_emplace(family, DumpStatus::kComplete).first->second;
  }
};

class FakeTable : public SocketTable {
 public:
  explicit FakeTable(FakeKernel& kernel) : kernel_(kernel) {}
  DumpStatus listeners(SocketFamily family, std::vector<ListenerSocket>& found) override {
    ++kernel_.listener_dumps[family];
    if (family == SocketFamily::kTcp4) kernel_.cpu_time += kernel_.cost;
    const DumpStatus status = kernel_.answer(family);
    if (status == DumpStatus::kComplete) found = kernel_.listeners[family];
    return status;
  }
  DumpStatus connections(SocketFamily family, ConnectionTable& found) override {
    const DumpStatus status = kernel_.answer(family);
    if (family == SocketFamily::kTcp4) ++kernel_.tcp_connection_dumps;
    if (family == SocketFamily::kUnix) ++kernel_.unix_connection_dumps;
    if (family == SocketFamily::kTcp4 && status == DumpStatus::kComplete)
      found.tcp = kernel_.connections.tcp;
    return status;
  }

  nanoseconds cpu_time() const override { return kernel_.cpu_time; }

 private:
  FakeKernel& kernel_;
};

Instant at(nanoseconds monotonic) { return {.monotonic = monotonic}; }

class Collector : public testing::Test {
 protected:
  Collector() {
    kernel_.listeners[SocketFamily::kTcp4] = {
        {.cookie = 1, .inode = 11, .local = local(5432), .queue_length = 3, .queue_limit = 2}};
    processes_ = {stack_process(3, kPostgres, kPostgresUser)};
  }
  SocketReading collect(nanoseconds now) { return collector_.collect(at(now), processes_); }
  std::uint64_t faults(const std::string& file) {
    const auto found = faults_.counts().find({file, Fault::kOther});
    return found == faults_.counts().end() ? 0 : found->second;
  }

  FakeKernel kernel_;
  FakeProc fake_;
  ProcFs files_{fake_.root()};
  FaultLog faults_;
  std::vector<ProcessReading> processes_;
  SocketCollector collector_{std::make_unique<FakeTable>(kernel_), files_, faults_, stack_rules()};
};

TEST_F(Collector, ATickTellsListenersWithOwnerQueueAndConnectionsInService) {
  kernel_.connections.tcp = {{.local = local(5432), .remote = local(50001), .inode = 12}};
  collector_.sub_sample(at(seconds(1)));
  collector_.sub_sample(at(milliseconds(1500)));
  const SocketReading reading = collect(seconds(2));
  ASSERT_EQ(reading.listeners.size(), 1u);
  const ListenerReading& listener = reading.listeners[0];
  EXPECT_EQ(listener.address, "127.0.0.1:5432");
  EXPECT_EQ(listener.owner, (SocketOwner{kPostgres, OwnerSource::kAddress}));
  EXPECT_EQ(listener.in_service, 1u);
  EXPECT_EQ(listener.samples, 3u);
  EXPECT_EQ(listener.full_time, seconds(1));
  EXPECT_DOUBLE_EQ(listener.queue_seconds, 3);
}

TEST_F(Collector, ATickAtTheInstantOfASubSampleDoesNotSampleTwice) {
  collector_.sub_sample(at(seconds(1)));
  EXPECT_EQ(collect(seconds(1)).listeners[0].samples, 1u);
}

TEST_F(Collector, CalmIsWhereNoQueueHeldAnythingForAWhile) {
  nanoseconds now = seconds(1);
  const auto look = [&](int times) {
    for (int i = 0; i < times; ++i) collector_.sub_sample(at(now += milliseconds(50)));
  };
  auto& queue = kernel_.listeners[SocketFamily::kTcp4][0].queue_length;
  look(50);
  EXPECT_FALSE(collector_.calm()) << "3 wait";
  queue = 0;
  look(19);
  EXPECT_FALSE(collector_.calm());
  look(1);
  EXPECT_TRUE(collector_.calm());
  queue = 1;
  look(1);
  EXPECT_FALSE(collector_.calm());
}

TEST_F(Collector, AClosedListenerIsNotTold) {
  collect(seconds(1));
  kernel_.listeners.clear();
  EXPECT_TRUE(collect(seconds(2)).listeners.empty());
}

TEST_F(Collector, AFailedDumpIsAFaultAndTheGapIsBridged) {
  collect(seconds(1));
  kernel_.status[SocketFamily::kTcp4] = DumpStatus::kFailed;
  collector_.sub_sample(at(milliseconds(1500)));
  EXPECT_EQ(faults("sock_diag/tcp"), 1u);
  kernel_.status[SocketFamily::kTcp4] = DumpStatus::kComplete;
  EXPECT_EQ(collect(seconds(2)).listeners[0].observed, seconds(1));
}

TEST_F(Collector, ConnectionsInServiceAreAbsentWhenConnectionsCannotBeListed) {
  collector_.sub_sample(at(seconds(1)));
  kernel_.status[SocketFamily::kTcp4] = DumpStatus::kFailed;
  EXPECT_FALSE(collect(seconds(1)).listeners[0].in_service);
}

TEST_F(Collector, WithoutSockDiagQueuesComeFromProcAndANoteSaysSo) {
  kernel_.status[SocketFamily::kTcp4] = DumpStatus::kUnavailable;
  fake_.write("proc/net/tcp",
              "header\n"
              " 0: 0100007F:1538 00000000:0000 0A 00000000:00000007 00:00000000 00000000 104 0 71 "
              "1\n"
              " 1: 0100007F:1538 0100007F:C350 01 00000000:00000000 00:00000000 00000000 104 0 72 "
              "1\n");
  const SocketReading reading = collect(seconds(1));
  ASSERT_EQ(reading.listeners.size(), 1u);
  EXPECT_EQ(reading.listeners[0].queue_length, 7u);
  EXPECT_FALSE(reading.listeners[0].queue_limit);
  EXPECT_EQ(reading.listeners[0].in_service, 1u);
  EXPECT_THAT(reading.notes, ElementsAre(HasSubstr("modprobe tcp_diag")));
}

TEST_F(Collector, ProcIsReadLessOftenThanSockDiag) {
  kernel_.status[SocketFamily::kTcp4] = DumpStatus::kUnavailable;
  fake_.write("proc/net/tcp", "header\n 0: 0100007F:1538 00000000:0000 0A 0:7 00:0 0 104 0 71 1\n");
  for (int i = 0; i < 20; ++i) collector_.sub_sample(at(seconds(1) + i * milliseconds(50)));
  EXPECT_EQ(collect(seconds(2)).listeners[0].samples, 3u) << "0, 500 and 1000 ms";
}

TEST_F(Collector, AFamilyWithoutListenersIsLookedAtOncePerTick) {
  processes_.push_back(stack_process(4, kUwsgi, kWwwData));
  for (int i = 0; i < 20; ++i) collector_.sub_sample(at(seconds(1) + i * milliseconds(50)));
  EXPECT_EQ(kernel_.listener_dumps[SocketFamily::kUnix], 1);
  EXPECT_EQ(kernel_.listener_dumps[SocketFamily::kTcp4], 20);
  kernel_.listeners[SocketFamily::kUnix] = {
      {.cookie = 2, .inode = 12, .name = "/run/uwsgi/app.sock", .uid = kWwwData}};
  EXPECT_EQ(collect(seconds(2)).listeners.size(), 2u);
  for (int i = 1; i < 20; ++i) collector_.sub_sample(at(seconds(2) + i * milliseconds(50)));
  EXPECT_EQ(kernel_.listener_dumps[SocketFamily::kUnix], 21);
}

TEST_F(Collector, AFamilyWithoutATiersListenerIsLookedAtOncePerTickWhileNothingWaits) {
  auto& unix_listeners = kernel_.listeners[SocketFamily::kUnix];
  unix_listeners = {{.cookie = 2, .inode = 12, .name = "/run/dbus/system_bus_socket"}};
  nanoseconds now = seconds(1);
  const auto dumps_of_a_second = [&] {
    collect(now);
    const int before = kernel_.listener_dumps[SocketFamily::kUnix];
    for (int i = 1; i < 20; ++i) collector_.sub_sample(at(now + i * milliseconds(50)));
    now += seconds(1);
    return kernel_.listener_dumps[SocketFamily::kUnix] - before;
  };
  EXPECT_EQ(dumps_of_a_second(), 0);
  unix_listeners[0].queue_length = 1;
  EXPECT_EQ(dumps_of_a_second(), 19);
  processes_.push_back(stack_process(4, kUwsgi, kWwwData));
  unix_listeners = {{.cookie = 3, .inode = 13, .name = "/run/uwsgi/app.sock", .uid = kWwwData}};
  EXPECT_EQ(dumps_of_a_second(), 19) << "of uwsgi, by its address";
}

TEST_F(Collector, QueuesThatTakeLongAreLookedAtLessOftenButAtEachTick) {
  kernel_.cost = milliseconds(2);
  for (int i = 0; i < 20; ++i) collector_.sub_sample(at(seconds(1) + i * milliseconds(50)));
  EXPECT_LE(kernel_.listener_dumps[SocketFamily::kTcp4], 2) << "2 ms make 800 of pause";
  const int before = kernel_.listener_dumps[SocketFamily::kTcp4];
  collect(seconds(2));
  collect(seconds(2) + milliseconds(100));
  EXPECT_EQ(kernel_.listener_dumps[SocketFamily::kTcp4], before + 2);
}

TEST_F(Collector, ListenersThatTakeVeryLongAreListedAtFewerTicksAndNothingIsLost) {
  kernel_.cost = NetworkSockets::kDear + milliseconds(5);
  const int& dumps = kernel_.listener_dumps[SocketFamily::kTcp4];
  for (const auto later : {0, 500, 1000, 1500}) collect(seconds(1) + milliseconds(later));
  EXPECT_EQ(dumps, 1);
  const SocketReading reading = collect(seconds(3));
  EXPECT_EQ(dumps, 2);
  EXPECT_EQ(reading.listeners[0].queued_time, seconds(2)) << "the queue is told of all the time";
}

TEST_F(Collector, ListenersOfNoTierThatTakeLongAreListedAtFewerTicksWhileNothingWaits) {
  processes_.clear();
  kernel_.cost = milliseconds(1);
  ListenerSocket& listener = kernel_.listeners[SocketFamily::kTcp4][0];
  listener.queue_length = 0;
  const int& dumps = kernel_.listener_dumps[SocketFamily::kTcp4];
  for (int second = 1; second <= 5; ++second) collect(seconds(second));
  EXPECT_EQ(dumps, 3);
  listener.queue_length = 1;
  collect(seconds(6));
  for (int second = 7; second <= 10; ++second) collect(seconds(second));
  EXPECT_EQ(dumps, 7) << "found a tick late, then looked at each";
}

TEST_F(Collector, UnixConnectionsAreNotListedWhereNoneListens) {
  collect(seconds(1));
  EXPECT_EQ(kernel_.unix_connection_dumps, 0);
  kernel_.listeners[SocketFamily::kUnix] = {{.cookie = 2, .inode = 12, .name = "/run/app.sock"}};
  collect(seconds(10));
  EXPECT_EQ(kernel_.unix_connection_dumps, 1);
}

TEST_F(Collector, SockDiagIsTriedAgainAfterAWhile) {
  kernel_.status[SocketFamily::kTcp4] = DumpStatus::kUnavailable;
  EXPECT_FALSE(collect(seconds(1)).notes.empty());
  kernel_.status[SocketFamily::kTcp4] = DumpStatus::kComplete;
  EXPECT_FALSE(collect(seconds(2)).notes.empty());
  const SocketReading reading = collect(seconds(1) + SocketCollector::kRetryInterval);
  EXPECT_THAT(reading.notes, IsEmpty());
  EXPECT_EQ(reading.listeners.size(), 1u);
}

TEST_F(Collector, TheWalkOverConnectionsIsSparedWhenTheKernelCountsNone) {
  fake_.write("proc/net/sockstat",
              "sockets: used 9\nTCP: inuse 1 orphan 0 tw 48000 alloc 7 mem 1\n");
  EXPECT_EQ(collect(seconds(1)).listeners[0].in_service, 0u);
  EXPECT_EQ(kernel_.tcp_connection_dumps, 0);
  fake_.write("proc/net/sockstat",
              "sockets: used 9\nTCP: inuse 2 orphan 0 tw 48000 alloc 7 mem 1\n");
  collect(seconds(10));
  EXPECT_EQ(kernel_.tcp_connection_dumps, 1);
}

TEST_F(Collector, ALookupOfANameIsAWaitWhileItsSocketIsYoung) {
  const auto lookups = [&](std::initializer_list<int> inodes) {
    std::string text = "header\n";
    for (const int inode : inodes)
      text += " 140: 0100007F:BAE7 3500007F:0035 01 00000000:00000000 00:00000000 00000000 " +
              std::to_string(kPostgresUser) + " 0 " + std::to_string(inode) + " 2 0 0\n";
    fake_.write("proc/net/udp", text);
  };
  const auto awaiting = [](const SocketReading& reading) {
    const auto edge = std::ranges::find(reading.edges, "127.0.0.53:53", &EdgeReading::peer);
    return edge == reading.edges.end() ? 0 : edge->awaiting.value_or(0);
  };
  lookups({81});
  EXPECT_EQ(awaiting(collect(seconds(1))), 0u) << "it may be there for days";
  lookups({81, 82});
  EXPECT_EQ(awaiting(collect(seconds(2))), 1u);
  EXPECT_EQ(awaiting(collect(seconds(2) + NetworkSockets::kLongestLookup)), 0u) << "it stays";
}

TEST_F(Collector, AReloadOfTheRulesKeepsTotals) {
  collect(seconds(1));
  TierRules rules = stack_rules();
  rules.tiers[kPostgres].listen.clear();
  collector_.set_rules(rules);
  const ListenerReading listener = collect(seconds(2)).listeners[0];
  EXPECT_FALSE(listener.owner);
  EXPECT_EQ(listener.samples, 2u);
}

TEST_F(Collector, DeniedLinksAreSaidOnceWithTheRemedy) {
  fake_.write("proc/3/fd/0", "no link");
  EXPECT_THAT(collect(seconds(1)).notes, ElementsAre(HasSubstr("CAP_SYS_PTRACE")));
}

/// The whole way on the running kernel: this process is the server and the client.
TEST(CollectorLive, AWorkerThatServesOneOfThreeIsFullAndKnown) {
  const ProcFs files;
  FaultLog faults;
  TierRules rules = stack_rules();
  SocketCollector collector(make_sock_diag_table(), files, faults, rules);
  const std::string name = "tierwatch-collector-" + std::to_string(getpid());
  const auto server = listen_on(SocketName::unix_name(std::string(1, '\0') + name), 1);
  std::vector<FileDescriptor> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(connect_to(SocketName::of(server)));
    if (i == 0) clients.push_back(accept_from(server));
  }
  ProcessReading self = stack_process(getpid(), kUwsgi, geteuid());
  const SocketReading reading = collector.collect(at(seconds(1)), std::span(&self, 1));
  const auto listener =
      std::find_if(reading.listeners.begin(), reading.listeners.end(),
                   [&](const ListenerReading& one) { return one.address == "@" + name; });
  ASSERT_NE(listener, reading.listeners.end());
  EXPECT_EQ(listener->queue_length, 2u);
  EXPECT_EQ(listener->samples_full, 1u);
  EXPECT_EQ(listener->in_service, 1u);
  EXPECT_EQ(listener->owner, (SocketOwner{kUwsgi, OwnerSource::kDescriptor}));
  ASSERT_EQ(reading.processes.size(), 1u);
  EXPECT_EQ(reading.processes[0].serving, 1u);
  EXPECT_THAT(reading.processes[0].peers, ElementsAre(ProcessPeerReading{kUwsgi, "@" + name, 1}));
}

}  // namespace
}  // namespace tierwatch
