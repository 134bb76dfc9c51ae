// SPDX-License-Identifier: MIT
#include "analysis/facts/tier_facts.h"

#include <gmock/gmock.h>

#include "tests/support/facts_stage.h"

namespace tierwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<RoleSample> pool_roles() {
  return {role("master", RoleKind::kSupport), role("http-router", RoleKind::kEventWorker),
          role("worker", RoleKind::kSyncWorker)};
}
constexpr std::uint16_t kMaster = 0, kRouter = 1, kWorker = 2;

/// uWSGI with a master and two workers.
class PoolFacts : public ::testing::Test {
 protected:
  PoolFacts() : app(stage.tier("app", "uwsgi", pool_roles())) {
    stage.rule(app).single_core_processes = true;
    stage.process(app, kMaster, 0.01);
    stage.process(app, kWorker, 0.5);
    stage.process(app, kWorker, 0.7);
  }
  FactsStage stage;
  std::uint16_t app;
};

TEST_F(PoolFacts, ATierIsStoppedWhenAllOfItThatServesIs) {
  for (ProcessSample& process : stage.snapshot.processes) process.reading.state = 'T';
  EXPECT_TRUE(stage.facts(app).stopped);
  stage.snapshot.processes[0].reading.state = 'S';
  EXPECT_TRUE(stage.facts(app).stopped) << "its master serves nobody";
  stage.snapshot.processes[1].reading.state = 'R';
  EXPECT_FALSE(stage.facts(app).stopped);
  stage.snapshot.processes.clear();
  EXPECT_FALSE(stage.facts(app).stopped);
}

TEST_F(PoolFacts, WorkersAreTheProcessesOfTheServingRole) {
  const TierFacts facts = stage.facts(app);
  EXPECT_EQ(facts.serving, RoleKind::kSyncWorker);
  EXPECT_EQ(facts.processes, 3);
  EXPECT_EQ(facts.worker_processes, 2);
  EXPECT_EQ(facts.workers, 2);
  EXPECT_TRUE(facts.single_core_processes);
  EXPECT_FALSE(facts.workers_on_demand);
}

TEST_F(PoolFacts, ThreadsOfWorkersServeARequestEach) {
  stage.snapshot.tiers[app].roles[kWorker].sums.threads = 16;
  EXPECT_EQ(stage.facts(app).workers, 16);
}

TEST_F(PoolFacts, AnHttpRouterIsNotWhatServes) {
  for (int i = 0; i < 5; ++i) stage.process(app, kRouter);
  EXPECT_EQ(stage.facts(app).serving, RoleKind::kSyncWorker);
  EXPECT_EQ(stage.facts(app).worker_processes, 2);
}

TEST_F(PoolFacts, BusyWorkersAreTheConnectionsInService) {
  stage.listener(app, "/run/app.sock").in_service = 2;
  EXPECT_EQ(stage.facts(app).busy_workers, 2);
}

TEST_F(PoolFacts, AnswersThatWaitToBeSentAreThoseOverTcp) {
  stage.listener(app, "/run/app.sock").family = SocketFamily::kUnix;
  EXPECT_EQ(stage.facts(app).sending, std::nullopt) << "nobody elsewhere is a client";
  stage.listener(app, "10.0.0.1:80").sending = 3;
  stage.listener(app, "10.0.0.1:81").sending = 2;
  EXPECT_EQ(stage.facts(app).sending, 5);
  stage.listener(app, "10.0.0.1:82");
  EXPECT_EQ(stage.facts(app).sending, std::nullopt);
}

TEST_F(PoolFacts, OfTheRequestsAtWorkItIsKnownHowManyMayBeIdleClients) {
  EXPECT_EQ(stage.facts(app).owed_by_unix, std::nullopt);
  ListenerReading& local = stage.listener(app, "/run/app.sock");
  local.family = SocketFamily::kUnix;
  local.in_service = 4;
  stage.listener(app, "10.0.0.1:80").owed = 2;
  EXPECT_EQ(stage.facts(app).owed, 6);
  EXPECT_EQ(stage.facts(app).owed_by_unix, 4);
  stage.listener(app, "10.0.0.1:81");
  EXPECT_EQ(stage.facts(app).owed_by_unix, std::nullopt);
}

TEST_F(PoolFacts, HalfOpenConnectionsCountWhereWhatIsDroppedIsCounted) {
  stage.listener(app, "10.0.0.1:80").half_open = 3;
  ListenerReading& elsewhere = stage.listener(app, "10.0.0.2:80");
  elsewhere.half_open = 4;
  elsewhere.network = "container 3fa9";
  const auto listeners = *stage.facts(app).listeners;
  EXPECT_EQ(listeners.at(0).half_open, 3);
  EXPECT_EQ(listeners.at(1).half_open, std::nullopt);
}

TEST_F(PoolFacts, WithoutAListenerBusyWorkersAreNotKnown) {
  EXPECT_EQ(stage.facts(app).busy_workers, std::nullopt);
}

TEST_F(PoolFacts, AListenerWhoseConnectionsCannotBeListedLeavesThemUnknown) {
  stage.listener(app, "/run/app.sock").in_service = 2;
  stage.listener(app, "127.0.0.1:3031");
  EXPECT_EQ(stage.facts(app).busy_workers, std::nullopt);
}

TEST_F(PoolFacts, BehindARouterOnlyTheWorkersOwnConnectionsCount) {
  stage.process(app, kRouter);
  stage.listener(app, "0.0.0.0:80").in_service = 900;
  EXPECT_EQ(stage.facts(app).busy_workers, std::nullopt) << "no right to look at descriptors";

  const auto id = [&](std::size_t i) { return stage.snapshot.processes[i].reading.id; };
  stage.sources.process_sockets = {{.id = id(1), .tier = app, .serving = 3, .peers = {}},
                                   {.id = id(2), .tier = app, .serving = 0, .peers = {}},
                                   {.id = id(3), .tier = app, .serving = 900, .peers = {}}};
  EXPECT_EQ(stage.facts(app).busy_workers, 1) << "a worker of one thread holds one at a time";
}

TEST_F(PoolFacts, TheHottestIsSoughtAmongThoseThatServe) {
  stage.snapshot.processes[0].cpu_cores = 0.99;  // the master
  stage.snapshot.processes[1].hottest_thread_cores = 0.4;
  stage.snapshot.processes[1].hottest_tid = 77;
  const TierFacts facts = stage.facts(app);
  EXPECT_EQ(facts.hottest_process, (HottestFacts{.pid = 102, .tid = 0, .cores = 0.7}));
  EXPECT_EQ(facts.hottest_thread, (HottestFacts{.pid = 101, .tid = 77, .cores = 0.4}));
}

TEST_F(PoolFacts, RunAndDelayAreThoseOfTheSameProcesses) {
  ProcessSample& newcomer = stage.process(app, kWorker);
  newcomer.cpu_cores.reset();
  newcomer.run_delay_cores.reset();
  const TierFacts facts = stage.facts(app);
  EXPECT_DOUBLE_EQ(*facts.thread_run_cores, 1.21);
  EXPECT_DOUBLE_EQ(*facts.run_delay_cores, 0.121);
}

TEST_F(PoolFacts, AProcessWhoseDelayCannotBeReadIsInNeither) {
  stage.snapshot.processes[2].run_delay_cores.reset();
  EXPECT_DOUBLE_EQ(*stage.facts(app).thread_run_cores, 0.51);
  EXPECT_DOUBLE_EQ(*stage.facts(app).run_delay_cores, 0.051);
}

TEST_F(PoolFacts, BeforeTheSecondReadingNothingRan) {
  for (ProcessSample& process : stage.snapshot.processes) process.cpu_cores.reset();
  EXPECT_EQ(stage.facts(app).thread_run_cores, std::nullopt) << "not known is not zero";
  EXPECT_EQ(stage.facts(app).run_delay_cores, std::nullopt);
  EXPECT_EQ(stage.facts(app).hottest_process, std::nullopt);
}

TEST_F(PoolFacts, SharedPagesCountOnce) {
  for (const std::size_t i : {1u, 2u})
    stage.snapshot.processes[i].reading.memory = MemoryReading{.resident_bytes = 70,
                                                               .anonymous_bytes = 20,
                                                               .file_bytes = 40,
                                                               .shared_bytes = 10,
                                                               .swap_bytes = 0};
  EXPECT_EQ(stage.facts(app).own_memory_bytes, 2 * 20 + 50);
}

TEST_F(PoolFacts, ZombiesAreLeftOut) {
  stage.process(app, kWorker, 0.9).reading.state = 'Z';
  EXPECT_EQ(stage.facts(app).hottest_process->cores, 0.7);
}

TEST_F(PoolFacts, AQueueThatWasNotLookedAtIsNoFact) {
  stage.listener(app, "/run/app.sock").queue_limit = 100;
  stage.listener(app, "/run/other.sock");
  stage.snapshot.listeners[1].queued_ratio.reset();
  const TierFacts facts = stage.facts(app);
  ASSERT_EQ(facts.listeners->size(), 1u);
  EXPECT_EQ(facts.listeners->front().name, "/run/app.sock");
  EXPECT_EQ(facts.listeners->front().limit, 100);
}

TEST_F(PoolFacts, DropsAreThoseOfTheInterval) {
  stage.listener(app, "127.0.0.1:3031");
  stage.snapshot.listeners[0].drops_per_second = 3;
  stage.snapshot.interval = std::chrono::milliseconds(500);
  EXPECT_EQ(stage.facts(app).listeners->front().drops, 1.5);
}

TEST_F(PoolFacts, WhereSocketsCannotBeReadTheyAreNotKnown) {
  stage.sources.sockets_known = false;
  EXPECT_EQ(stage.facts(app).listeners, std::nullopt);
  EXPECT_EQ(stage.facts(app).peers, std::nullopt);
}

TEST_F(PoolFacts, PeersAreTiersByNameAndOthersByAddress) {
  const std::uint16_t db = stage.tier("db", "postgres", postgres_roles());
  stage.edge(app, db, "127.0.0.1:5432", 2);
  stage.edge(app, db, "/run/postgresql/.s.PGSQL.5432", 3);
  stage.edge(app, std::nullopt, "10.0.0.9:25", 4);
  stage.edge(db, std::nullopt, "10.0.0.7:5432", 1);
  EXPECT_THAT(
      *stage.facts(app).peers,
      ElementsAre(
          PeerFacts{.name = "10.0.0.9:25", .watched = false, .connections = 4, .awaiting = {}},
          PeerFacts{.name = "db", .watched = true, .connections = 5, .awaiting = {}}));
}

TEST_F(PoolFacts, HeldWorkersWaitForThoseToWhomTheySaidTheLastWord) {
  const std::uint16_t db = stage.tier("db", "postgres", postgres_roles());
  stage.listener(app, "/run/app.sock").in_service = 4;
  stage.snapshot.tiers[app].roles[kWorker].sums.threads = 4;
  stage.edge(app, db, "127.0.0.1:5432", 4).awaiting = 1;
  stage.edge(app, std::nullopt, "10.0.0.9:25", 3).awaiting = 3;
  stage.edge(app, std::nullopt, "10.0.0.8:80", 4).awaiting = 0;
  using For = WaitFacts::For;
  EXPECT_THAT(*stage.facts(app).waits, ElementsAre(WaitFacts{For::kTier, "db", 0.25},
                                                   WaitFacts{For::kExternal, "10.0.0.9:25", 0.75}));
}

TEST_F(PoolFacts, WaitsAreTheLeastThatIsCertainAndNoMoreThanWorkersAreHeld) {
  stage.listener(app, "/run/app.sock").in_service = 2;
  stage.edge(app, std::nullopt, "10.0.0.9:25", 2).awaiting = 1;
  stage.edge(app, std::nullopt, "/run/cache.sock", 2);  // what the other waits for, perhaps
  EXPECT_THAT(*stage.facts(app).waits,
              ElementsAre(WaitFacts{WaitFacts::For::kExternal, "10.0.0.9:25", 0.5}));
  stage.edge(app, std::nullopt, "10.0.0.7:514", 2).awaiting = 2;
  EXPECT_EQ(stage.facts(app).waits, std::nullopt) << "more waits than workers";
  stage.snapshot.listeners[0].reading.in_service = 0;
  EXPECT_EQ(stage.facts(app).waits, std::nullopt) << "nobody is held";
}

TEST_F(PoolFacts, ConnectionsToItselfAreNoPeer) {
  stage.edge(app, app, "127.0.0.1:3031", 9);
  EXPECT_THAT(*stage.facts(app).peers, IsEmpty());
}

TEST_F(PoolFacts, AnAmbiguousClientCountsForEachTierItMayBe) {
  const std::uint16_t other = stage.tier("other-app", "uwsgi", pool_roles());
  const std::uint16_t db = stage.tier("db", "postgres", postgres_roles());
  stage.edge(std::nullopt, db, "127.0.0.1:5432", 4).from_one_of = {app, other};
  const PeerFacts to_db{.name = "db", .watched = true, .connections = 4, .perhaps = true};
  EXPECT_THAT(*stage.facts(app).peers, ElementsAre(to_db));
  EXPECT_THAT(*stage.facts(other).peers, ElementsAre(to_db));
  EXPECT_THAT(*stage.facts(db).peers, IsEmpty());
}

TEST_F(PoolFacts, AClientThatCanOnlyBeOneTierIsCertain) {
  const std::uint16_t db = stage.tier("db", "postgres", postgres_roles());
  stage.edge(std::nullopt, db, "127.0.0.1:5432", 4).from_one_of = {app, db};
  EXPECT_FALSE(stage.facts(app).peers->front().perhaps);
}

TEST_F(PoolFacts, WhereMoreMayWaitThanAreHeldThoseCountThatSurelyDo) {
  using enum WaitFacts::For;
  const std::uint16_t other = stage.tier("other-app", "uwsgi", pool_roles());
  const std::uint16_t proxy = stage.tier("proxy", "haproxy", pool_roles());
  stage.listener(app, "127.0.0.1:80").in_service = 2;
  stage.edge(app, std::nullopt, "10.0.0.9:25", 2).awaiting = 2;
  EdgeReading& anyones = stage.edge(std::nullopt, proxy, "127.0.0.1:8080", 9);
  anyones.from_one_of = {app, other};
  anyones.awaiting = 9;
  EXPECT_THAT(*stage.facts(app).waits, ElementsAre(WaitFacts{kExternal, "10.0.0.9:25", 1}));
  stage.edge(proxy, app, "127.0.0.1:8000", 2);
  EXPECT_EQ(stage.facts(app).peers->size(), 1u) << "requests go in no circle";
}

TEST_F(PoolFacts, ProcessorsAreThoseOnWhichAnyServerMayRun) {
  const auto pin = [&](std::size_t process, std::size_t cpu) {
    stage.snapshot.processes[process].reading.allowed_cpus.emplace().add(cpu);
  };
  pin(1, 0);
  pin(2, 2);
  stage.snapshot.host.cpus.assign(4, CpuModes{.user = 0.25});
  stage.snapshot.host.cpus[2] = CpuModes{.user = 0.5};
  EXPECT_EQ(stage.facts(app).allowed_cpus, 2) << "the master's own affinity does not matter";
  EXPECT_EQ(stage.facts(app).allowed_cpus_busy_cores, 0.75);
}

TEST_F(PoolFacts, ProcessorsThatAreOfflineServeNobody) {
  stage.snapshot.host.reading.cpu_numbers = {0, 2, 3, 5};
  stage.snapshot.host.cpus.assign(4, CpuModes{.user = 0.25});
  stage.snapshot.host.cpus[3] = CpuModes{.user = 0.5};
  for (const std::size_t i : {1u, 2u})
    for (const std::size_t cpu : {1u, 3u, 5u}) {
      auto& allowed = stage.snapshot.processes[i].reading.allowed_cpus;
      if (!allowed) allowed.emplace();
      allowed->add(cpu);
    }
  EXPECT_EQ(stage.facts(app).allowed_cpus, 2);
  EXPECT_EQ(stage.facts(app).allowed_cpus_busy_cores, 0.75);
}

TEST_F(PoolFacts, TheBusiestRouterIsToldApart) {
  EXPECT_EQ(stage.facts(app).hottest_router, std::nullopt);
  stage.process(app, kRouter, 0.3);
  stage.process(app, kRouter, 0.98);
  EXPECT_EQ(stage.facts(app).hottest_router, (HottestFacts{.pid = 104, .tid = 0, .cores = 0.98}));
}

TEST_F(PoolFacts, WorkersOfSeveralMastersAreSeveralInstances) {
  const pid_t master = stage.snapshot.processes[0].reading.id.pid;
  for (const std::size_t i : {1u, 2u}) stage.snapshot.processes[i].reading.parent_pid = master;
  EXPECT_EQ(stage.facts(app).busiest_instance, std::nullopt) << "there is one only";
  const pid_t second = stage.process(app, kMaster).reading.id.pid;
  stage.process(app, kWorker, 0.97).reading.parent_pid = second;
  EXPECT_EQ(stage.facts(app).busiest_instance,
            (InstanceFacts{.instances = 2, .processes = 1, .cores = 0.97}));
}

TEST_F(PoolFacts, WorkersWithoutAMasterAreInstancesEach) {
  EXPECT_EQ(stage.facts(app).busiest_instance,
            (InstanceFacts{.instances = 2, .processes = 1, .cores = 0.7}));
}

TEST(PhpFpmFacts, PoolsOfOneMasterAreInstancesAndMayStartMore) {
  FactsStage stage;
  const auto fpm = stage.tier("php-fpm", "php-fpm", pool_roles());
  const pid_t master = stage.process(fpm, kMaster).reading.id.pid;
  for (const char* pool : {"php-fpm: pool shop", "php-fpm: pool blog", "php-fpm: pool blog"}) {
    ProcessSample& worker = stage.process(fpm, kWorker, 0.5);
    worker.reading.parent_pid = master;
    worker.reading.title = pool;
  }
  stage.listener(fpm, "/run/php/fpm.sock").in_service = 3;
  EXPECT_EQ(stage.facts(fpm).busy_workers, std::nullopt) << "how many it may start is not known";
  stage.sources.settings = {{.tier = fpm, .most_workers = 10}};
  const TierFacts facts = stage.facts(fpm);
  EXPECT_EQ(facts.worker_processes, 10);
  EXPECT_EQ(facts.workers, 10);
  EXPECT_EQ(facts.busy_workers, 3);
  EXPECT_EQ(facts.busiest_instance->instances, 2);
}

TEST(GunicornFacts, AWorkerThatHoldsManyConnectionsIsAnEventLoop) {
  FactsStage stage;
  const auto web = stage.tier("web", "gunicorn", pool_roles());
  stage.process(web, kMaster);
  stage.process(web, kWorker, 0.2);
  stage.listener(web, "127.0.0.1:8000").in_service = 40;
  EXPECT_EQ(stage.facts(web).serving, RoleKind::kEventWorker);
  EXPECT_EQ(stage.facts(web).busy_workers, std::nullopt);
}

TEST(GunicornFacts, HelpersBesideAMainThreadThatServesAreNoWorkers) {
  FactsStage stage;
  const auto web = stage.tier("web", "gunicorn", pool_roles());
  stage.process(web, kMaster);
  ProcessSample& worker = stage.process(web, kWorker, 0.2);
  stage.snapshot.tiers[web].roles[kWorker].sums.threads = 9;
  stage.listener(web, "127.0.0.1:8000").in_service = 8;
  worker.reading.thread_count = 9;
  worker.hottest_thread_cores = 0.19;
  worker.hottest_tid = worker.reading.id.pid;
  EXPECT_EQ(stage.facts(web).serving, RoleKind::kEventWorker);
  worker.hottest_tid = worker.reading.id.pid + 3;  // one of eight held threads was answered
  EXPECT_EQ(stage.facts(web).serving, RoleKind::kSyncWorker);
}

TEST_F(PoolFacts, AServerOfUnknownAffinityLeavesItUnknown) {
  stage.snapshot.processes[1].reading.allowed_cpus.emplace().add(0);
  EXPECT_EQ(stage.facts(app).allowed_cpus, std::nullopt);
}

TEST_F(PoolFacts, AProcessorWithoutARateLeavesTheirUseUnknown) {
  for (const std::size_t i : {1u, 2u})
    stage.snapshot.processes[i].reading.allowed_cpus.emplace().add(1);
  stage.snapshot.host.cpus.assign(4, std::nullopt);
  EXPECT_EQ(stage.facts(app).allowed_cpus, 1);
  EXPECT_EQ(stage.facts(app).allowed_cpus_busy_cores, std::nullopt);
}

TEST_F(PoolFacts, CgroupsOfServersAndOfAllAreToldApart) {
  stage.sources.cgroups.resize(3);
  stage.snapshot.processes[0].reading.cgroup_index = 2;
  stage.snapshot.processes[1].reading.cgroup_index = 1;
  stage.snapshot.processes[2].reading.cgroup_index = 1;
  const TierCgroups cgroups = stage.cgroups(app);
  EXPECT_THAT(cgroups.all, ElementsAre(1, 2));
  EXPECT_THAT(cgroups.serving, ElementsAre(1));
  EXPECT_TRUE(cgroups.complete);
}

TEST_F(PoolFacts, AServerWithoutACgroupMakesThemIncomplete) {
  stage.sources.cgroups.resize(1);
  stage.snapshot.processes[0].reading.cgroup_index = 0;
  stage.snapshot.processes[1].reading.cgroup_index = 0;
  stage.snapshot.processes[2].reading.cgroup_index = 7;  // not among those that were read
  EXPECT_FALSE(stage.cgroups(app).complete);
}

TEST(TierFacts, ATierWithoutServingRolesIsNotKnownToServe) {
  FactsStage stage;
  const std::uint16_t search = stage.tier("search", "", {role("main", RoleKind::kSupport)});
  stage.process(search, 0, 0.3);
  const TierFacts facts = stage.facts(search);
  EXPECT_EQ(facts.serving, RoleKind::kSupport);
  EXPECT_EQ(facts.workers, std::nullopt);
  EXPECT_EQ(facts.hottest_process, std::nullopt);
}

}  // namespace
}  // namespace tierwatch
