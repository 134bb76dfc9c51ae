// SPDX-License-Identifier: MIT
#include "analysis/facts/facts_builder.h"

#include <gmock/gmock.h>

#include "tests/support/facts_stage.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::IsEmpty;

ProcessSample outsider(std::string comm, double cores) {
  ProcessSample sample;
  sample.reading.comm = std::move(comm);
  sample.cpu_cores = cores;
  return sample;
}

DiskReading disk(std::string name, milliseconds busy, milliseconds queued) {
  return {.name = std::move(name), .busy = busy, .queued = queued};
}

class FactsBuilderTest : public ::testing::Test {
 protected:
  JudgeInput build() { return builder_.build(stage.snapshot, stage.sources); }
  HostReading& host() { return stage.snapshot.host.reading; }

  FactsStage stage;
  FactsBuilder builder_;
};

TEST_F(FactsBuilderTest, TiersAreInTheirOrderAndTheTimeIsTheIntervals) {
  stage.tier("b", "", {});
  stage.tier("a", "", {});
  stage.snapshot.interval = milliseconds(250);
  const JudgeInput input = build();
  EXPECT_EQ(input.seconds, 0.25);
  ASSERT_EQ(input.tiers.size(), 2u);
  EXPECT_EQ(input.tiers[0].name, "b");
  EXPECT_EQ(input.tiers[1].name, "a");
  EXPECT_EQ(input.load, std::nullopt);
}

TEST_F(FactsBuilderTest, WhatTheHostDoesNotTellIsAbsent) {
  const HostFacts facts = build().host;
  EXPECT_EQ(facts.processors, 4);
  EXPECT_EQ(facts.busy_cores, std::nullopt);
  EXPECT_EQ(facts.steal_cores, std::nullopt);
  EXPECT_EQ(facts.memory_total_bytes, std::nullopt);
  EXPECT_EQ(facts.oom_kills, std::nullopt);
  EXPECT_THAT(facts.disks, IsEmpty());
}

TEST_F(FactsBuilderTest, StealAndWaitingForDisksAreNoWork) {
  stage.snapshot.host.cpu =
      CpuModes{.user = 1, .system = 0.5, .idle = 1.25, .iowait = 0.5, .irq = 0.25, .steal = 0.5};
  EXPECT_EQ(build().host.busy_cores, 1.75);
  EXPECT_EQ(build().host.steal_cores, 0.5);
}

TEST_F(FactsBuilderTest, ForeignProgramsAreTheBiggestOfNoTier) {
  stage.tier("app", "", {{.name = "main"}});
  for (const double cores : {0.3, 0.01, 0.9, 0.1, 0.2, 0.05, 0.4})
    stage.snapshot.processes.push_back(outsider("p" + std::to_string(cores).substr(0, 4), cores));
  stage.process(0, 0, 0.99);
  const auto foreign = build().host.foreign;
  ASSERT_EQ(foreign.size(), 5u);
  EXPECT_EQ(foreign.front().comm, "p0.90");
  EXPECT_EQ(foreign.back().cores, 0.1);
}

TEST_F(FactsBuilderTest, ManySmallProcessesOfOneNameAreOneForeignProgram) {
  stage.snapshot.processes = {outsider("backup", 0.5)};
  for (const double cores : {0.125, 0.25, 0.015625, 0.125, 0.125})
    stage.snapshot.processes.push_back(outsider("cc1plus", cores));
  const auto foreign = build().host.foreign;
  ASSERT_EQ(foreign.size(), 2u);
  EXPECT_EQ(foreign[0].comm, "cc1plus");
  EXPECT_EQ(foreign[0].cores, 0.640625);
  EXPECT_EQ(foreign[0].pid, stage.snapshot.processes[2].reading.id.pid);
  EXPECT_EQ(foreign[1].comm, "backup");
}

TEST_F(FactsBuilderTest, ForeignProgramsThatDoNothingAreLeftOut) {
  stage.snapshot.processes = {outsider("idle", 0.01), outsider("new", 0)};
  stage.snapshot.processes[1].cpu_cores.reset();
  EXPECT_THAT(build().host.foreign, IsEmpty());
}

TEST_F(FactsBuilderTest, DisksAreJudgedByTheInterval) {
  host().disks = {disk("sda", seconds(100), seconds(1000))};
  EXPECT_THAT(build().host.disks, IsEmpty()) << "one reading has no rate";
  host().disks = {disk("sda", milliseconds(100'750), milliseconds(1'006'000))};
  const auto disks = build().host.disks;
  ASSERT_EQ(disks.size(), 1u);
  EXPECT_EQ(disks[0], (DiskFacts{.name = "sda", .busy_ratio = 0.75, .queue = 6}));
}

TEST_F(FactsBuilderTest, ADiskWhoseCounterWrappedOrThatIsNewIsLeftOut) {
  host().disks = {disk("sda", seconds(4'000'000), {})};
  build();
  host().disks = {disk("sda", seconds(1), {}), disk("sdb", seconds(1), {})};
  EXPECT_THAT(build().host.disks, IsEmpty());
}

TEST_F(FactsBuilderTest, ALinkInWhoseQueueSomethingWaitsSendsAsFastAsItCan) {
  host().link_queues = {{"eth0", 3, 1000}, {"v0", 0, 1000}};
  build();
  host().link_queues = {{"eth0", 5, 126'000}, {"v0", 0, 2000}};
  const auto links = build().host.links;
  ASSERT_EQ(links.size(), 2u);
  EXPECT_EQ(links[0], (LinkFacts{"eth0", 1e6, 1, 0}));
  EXPECT_EQ(links[1].sent_ratio, 0);
}

TEST_F(FactsBuilderTest, LinksAreJudgedByTheirSpeedEachWay) {
  host().links = {{"eth0", 1'000'000, 1000, 2000}};
  EXPECT_THAT(build().host.links, IsEmpty()) << "one reading has no rate";
  host().links = {{"eth0", 1'000'000, 1000 + 12'500, 2000 + 125'000}, {"eth1", 1'000'000, 9, 9}};
  const auto links = build().host.links;
  ASSERT_EQ(links.size(), 1u) << "the other has just come";
  EXPECT_EQ(links[0], (LinkFacts{"eth0", 1e6, 1, 0.1}));
  host().restarted = {"link eth0", "link eth1"};
  EXPECT_THAT(build().host.links, IsEmpty());
}

TEST_F(FactsBuilderTest, ADiskIsNeverBusierThanAlways) {
  host().disks = {disk("sda", seconds(10), {})};
  build();
  host().disks = {disk("sda", milliseconds(11'050), {})};
  EXPECT_EQ(build().host.disks.at(0).busy_ratio, 1);
}

TEST_F(FactsBuilderTest, KillsOfTheHostAreThoseOfTheInterval) {
  host().oom_kills = 3;
  EXPECT_EQ(build().host.oom_kills, std::nullopt);
  host().oom_kills = 4;
  EXPECT_EQ(build().host.oom_kills, 1);
  host().oom_kills.reset();
  EXPECT_EQ(build().host.oom_kills, std::nullopt);
}

TEST_F(FactsBuilderTest, TasksAreThoseOfTheUserAgainstItsNearestLimit) {
  const auto app = stage.tier("app", "", {{.name = "main", .kind = RoleKind::kSyncWorker}});
  for (const std::uint64_t limit : {200, 20}) {
    ProcessReading& reading = stage.process(app, 0).reading;
    reading.uid = 33;
    reading.thread_count = 4;
    reading.task_limit = limit;
  }
  ProcessReading& another = stage.process(app, 0).reading;
  another.uid = 34;
  another.thread_count = 30;
  EXPECT_EQ(build().tiers[app].tasks, (LimitFacts{8, 20}));
}

TEST_F(FactsBuilderTest, WhoAllowedItselfNoNewTaskLacksNone) {
  const auto proxy = stage.tier("proxy", "", {{.name = "main", .kind = RoleKind::kEventWorker}});
  ProcessReading& reading = stage.process(proxy, 0).reading;
  reading.uid = 33;
  reading.thread_count = 2;
  reading.task_limit = 0;
  EXPECT_EQ(build().tiers[proxy].tasks, std::nullopt);
  reading.task_limit = 2;
  EXPECT_EQ(build().tiers[proxy].tasks, (LimitFacts{2, 2}));
}

TEST_F(FactsBuilderTest, RoomThatTheKernelMakesIsToldPerSecond) {
  const auto read = [&](std::uint64_t direct, std::uint64_t background, std::uint64_t refaults) {
    host().direct_scanned_pages = direct;
    host().background_scanned_pages = background;
    host().refaulted_pages = refaults;
    return build().host.reclaim;
  };
  stage.snapshot.interval = milliseconds(500);
  EXPECT_EQ(read(10, 20, 30), std::nullopt) << "one reading has no rate";
  EXPECT_EQ(read(15, 40, 31), (ReclaimFacts{10, 40, 2}));
  host().swap_in_pages = 3;
  EXPECT_EQ(read(15, 40, 31), (ReclaimFacts{0, 0, 0})) << "swap is told since now only";
  host().swap_in_pages = 5;
  EXPECT_EQ(read(15, 40, 32), (ReclaimFacts{0, 0, 6}));
  host().restarted = {"refaults"};
  EXPECT_EQ(read(16, 41, 33), std::nullopt);
  host().restarted.clear();
  host().direct_scanned_pages.reset();
  EXPECT_EQ(build().host.reclaim, std::nullopt);
}

TEST_F(FactsBuilderTest, RequestsForAConnectionThatWereDroppedAreThoseOfTheInterval) {
  host().syn_drops = host().failed_connects = 3;
  EXPECT_EQ(build().host.syn_drops, std::nullopt);
  host().syn_drops = host().failed_connects = 5;
  host().tracked_connections = 7;
  EXPECT_EQ(build().host.tracked_connections, std::nullopt);
  host().max_tracked_connections = 9;
  const HostFacts facts = build().host;
  EXPECT_EQ(facts.syn_drops, 0);
  host().failed_connects = 9;
  EXPECT_EQ(build().host.failed_connects, 4);
  EXPECT_EQ(facts.tracked_connections, (LimitFacts{7, 9}));
}

TEST_F(FactsBuilderTest, NoMoreConnectionsAreLostThanTheHostCounts) {
  const auto app = stage.tier("app", "", {{.name = "main", .kind = RoleKind::kSyncWorker}});
  stage.listener(app, "127.0.0.1:3031");
  stage.snapshot.listeners[0].drops_per_second = 20;
  host().listen_drops = 7;
  build();
  EXPECT_EQ(build().tiers[0].listeners->at(0).drops, 0) << "handshakes that were put off";
  host().listen_drops = 10;
  EXPECT_EQ(build().tiers[0].listeners->at(0).drops, 3);
  host().listen_drops.reset();
  EXPECT_EQ(build().tiers[0].listeners->at(0).drops, 20) << "not known is no bound";
  for (const std::uint64_t host_lost : {20, 20}) {
    host().listen_drops = host_lost;
    stage.snapshot.listeners[0].reading.network = "container shop";
    EXPECT_EQ(build().tiers[0].listeners->at(0).drops, 20) << "the host counts its own";
  }
}

TEST_F(FactsBuilderTest, OfListenersOfNobodyThoseWithAQueueAreTold) {
  const auto app = stage.tier("app", "", {{.name = "main", .kind = RoleKind::kSyncWorker}});
  for (const char* address : {"10.0.0.1:1", "10.0.0.1:2", "10.0.0.1:3"})
    stage.listener(app, address);
  auto& listeners = stage.snapshot.listeners;
  listeners[1].reading.owner.reset();
  listeners[2].reading.owner.reset();
  EXPECT_THAT(build().host.unowned_listeners, IsEmpty());
  for (ListenerSample& one : listeners) one.queued_ratio = 0.5;
  const auto found = build().host.unowned_listeners;
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].name, "10.0.0.1:2");
  EXPECT_EQ(found[0].queued_ratio, 0.5);
  for (int i = 0; i < 9; ++i) listeners.push_back(listeners[2]);
  listeners.back().queued_ratio = 1;
  ASSERT_EQ(build().host.unowned_listeners.size(), 4u);
  EXPECT_EQ(build().host.unowned_listeners[0].queued_ratio, 1);
}

TEST_F(FactsBuilderTest, WhatStartedAnewIsAbsentInThatTickAndNoZero) {
  const auto app = stage.tier("app", "", {{.name = "main", .kind = RoleKind::kSyncWorker}});
  stage.listener(app, "127.0.0.1:3031");
  stage.snapshot.listeners[0].drops_per_second = 20;
  const auto tick = [&](milliseconds busy) {
    host().oom_kills = host().listen_drops = 7;
    host().disks = {disk("sda", milliseconds(10) + busy, {}), disk("sdb", busy, {})};
    return build();
  };
  tick({});
  host().restarted = {"oom kills", "listen drops", "disk sda"};
  const JudgeInput anew = tick(milliseconds(500));
  EXPECT_EQ(anew.host.oom_kills, std::nullopt);
  EXPECT_EQ(anew.tiers[0].listeners->at(0).drops, 20) << "not known is no bound";
  ASSERT_EQ(anew.host.disks.size(), 1u);
  EXPECT_EQ(anew.host.disks[0].name, "sdb");
  host().restarted.clear();
  EXPECT_EQ(tick(seconds(1)).host.oom_kills, 0);
}

TEST_F(FactsBuilderTest, AnImpostorIsAForeignProgramWithItsUsersName) {
  const auto db = stage.tier("postgres", "", {{.name = "backend", .kind = RoleKind::kSyncWorker}});
  for (const uid_t uid : {104u, 1000u}) {
    ProcessReading& process = stage.process(db, 0, uid == 1000 ? 0.9 : 0.1).reading;
    process.member->instance = process.id.pid;
    process.comm = "postgres";
    process.uid = uid;
    process.user = uid == 1000 ? "mallory" : "postgres";
  }
  ListenerReading& listener = stage.listener(db, "127.0.0.1:5432");
  listener.uid = listener.owner->user = 104;
  listener.owner->instance = 100;
  const JudgeInput input = build();
  ASSERT_EQ(input.host.foreign.size(), 1u);
  EXPECT_EQ(input.host.foreign[0].comm, "postgres (user mallory)");
  EXPECT_EQ(input.host.foreign[0].cores, 0.9);
  ASSERT_EQ(input.instances.size(), 1u);
  EXPECT_EQ(input.instances[0].name, "postgres");
  EXPECT_EQ(input.instances[0].cpu_cores, 0.1);
}

TEST_F(FactsBuilderTest, ServersOfSeveralUsersAreNeverSummed) {
  const auto db = stage.tier("postgres", "", {{.name = "backend", .kind = RoleKind::kSyncWorker}});
  for (const uid_t uid : {104u, 1000u, 1000u}) {
    ProcessReading& process = stage.process(db, 0, uid == 1000 ? 0.9 : 0.1).reading;
    process.member->instance = process.id.pid;
    process.uid = uid;
    process.user = uid == 1000 ? "mallory" : "postgres";
    ListenerReading& listener = stage.listener(db, "127.0.0.1:" + std::to_string(process.id.pid));
    listener.uid = listener.owner->user = uid;
    listener.owner->instance = uid == 1000 ? 0 : process.id.pid;
    listener.in_service = uid == 1000 ? 50 : 3;
  }
  const JudgeInput input = build();
  ASSERT_EQ(input.instances.size(), 2u);
  EXPECT_EQ(input.instances[0].name, "postgres");
  EXPECT_EQ(input.instances[0].cpu_cores, 0.1);
  EXPECT_EQ(input.instances[0].connections, 3);
  EXPECT_EQ(input.instances[1].name, "postgres (user mallory)");
  EXPECT_EQ(input.instances[1].cpu_cores, 1.8);
  EXPECT_EQ(input.instances[1].connections, 100);
  stage.snapshot.listeners[1].reading.owner->user.reset();
  EXPECT_EQ(build().instances[0].connections, std::nullopt) << "it may be anybody's";
  EXPECT_EQ(build().instances[0].listeners, std::nullopt);
}

TEST_F(FactsBuilderTest, CgroupsFillInWhatTiersAreLimitedTo) {
  stage.tier("app", "", {{.name = "main", .kind = RoleKind::kSyncWorker}});
  stage.process(0, 0, 0.5).reading.cgroup_index = 0;
  CgroupReading limited;
  limited.quotas = {{{.cgroup = "/app", .cores = 0.5}}};
  stage.sources.cgroups = {limited};
  EXPECT_EQ(build().tiers[0].quota->cores, 0.5);
}

}  // namespace
}  // namespace tierwatch
