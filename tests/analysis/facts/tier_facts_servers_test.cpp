// SPDX-License-Identifier: MIT
//
// What only one kind of server tells: nginx its table of connections, PostgreSQL its titles and how
// many connections it allows.
#include <gmock/gmock.h>

#include "analysis/facts/tier_facts.h"
#include "tests/support/facts_stage.h"

namespace tierwatch {
namespace {

constexpr std::uint16_t kPostmaster = 0, kParallel = 1, kBackend = 2;  // of postgres_roles()

/// nginx with two workers that may hold 768 connections each.
class NginxFacts : public ::testing::Test {
 protected:
  NginxFacts()
      : nginx(stage.tier(
            "nginx", "nginx",
            {role("master", RoleKind::kSupport), role("worker", RoleKind::kEventWorker)})) {
    master = server(768);
    worker(master);
    worker(master);
  }

  /// A master that allows each of its workers so many connections.
  pid_t server(std::optional<std::uint64_t> connections) {
    const ProcessId id = stage.process(nginx, 0).reading.id;
    stage.sources.settings.push_back(
        {.tier = nginx, .server = id, .worker_connections = connections});
    return id.pid;
  }

  ProcessId worker(pid_t of, const char* title = "nginx: worker process") {
    ProcessReading& reading = stage.process(nginx, 1).reading;
    reading.parent_pid = of;
    reading.title = title;
    return reading.id;
  }

  /// Those whose descriptors may be read.
  void holds(const ProcessId& process, std::uint64_t serving, std::uint64_t upstream = 0) {
    stage.sources.process_sockets.push_back({.id = process,
                                             .tier = nginx,
                                             .serving = serving,
                                             .peers = {{{}, "10.0.0.5:8000", upstream}}});
    std::ranges::sort(stage.sources.process_sockets, {}, &ProcessSocketsReading::id);
  }

  std::optional<LimitFacts> table() { return stage.facts(nginx).connection_table; }

  FactsStage stage;
  std::uint16_t nginx;
  pid_t master = 0;
};

constexpr const char* kDraining = "nginx: worker process is shutting down";

/// Apache with a worker of one thread, as prefork has.
class ApacheFacts : public ::testing::Test {
 protected:
  ApacheFacts()
      : apache(stage.tier("apache", "apache",
                          {role("master", RoleKind::kSupport), role("wsgi", RoleKind::kThreaded),
                           role("worker", RoleKind::kSyncWorker)})) {
    stage.process(apache, 0);
    stage.process(apache, 2);
    stage.listener(apache, "0.0.0.0:80").in_service = 7;
  }

  void allow(std::optional<std::uint64_t> workers, std::optional<bool> parks) {
    stage.sources.settings.push_back(
        {.tier = apache, .most_workers = workers, .parks_connections = parks});
  }

  std::optional<double> busy() { return stage.facts(apache).busy_workers; }

  FactsStage stage;
  std::uint16_t apache;
};

TEST_F(ApacheFacts, WhereEachConnectionHoldsAWorkerTheyAreBusy) {
  allow(8, false);
  EXPECT_EQ(busy(), 7);
  EXPECT_EQ(stage.facts(apache).workers, 8);
}

// 2 processes of 25 threads and some helpers: a pool of 50 is no 50 processes.
TEST_F(ApacheFacts, OfWorkersThatAreThreadsSeveralMakeOneProcess) {
  stage.process(apache, 2);
  stage.snapshot.tiers[apache].roles[2].sums.threads = 54;
  allow(50, false);
  EXPECT_EQ(stage.facts(apache).worker_processes, 2);
  EXPECT_EQ(stage.facts(apache).workers, 50);
}

TEST_F(ApacheFacts, WhereIdleOnesMayHoldNoneItIsNotKnown) {
  EXPECT_EQ(busy(), std::nullopt) << "nothing is known";
  allow(8, true);
  EXPECT_EQ(busy(), std::nullopt);
  stage.snapshot.listeners.back().reading.in_service = 5;
  EXPECT_EQ(busy(), 5) << "no more than that";
  allow(8, false);
  stage.snapshot.listeners.back().reading.in_service = 15;
  EXPECT_EQ(busy(), std::nullopt) << "one of two does";
}

TEST_F(ApacheFacts, AnApplicationBehindItsWorkersHoldsAConnectionOfItsOwn) {
  allow(8, false);
  stage.process(apache, 1);
  EXPECT_EQ(busy(), std::nullopt);
  stage.sources.process_sockets = {{.id = {.pid = 101}, .tier = apache, .serving = 1, .peers = {}},
                                   {.id = {.pid = 102}, .tier = apache, .serving = 5, .peers = {}}};
  EXPECT_EQ(busy(), 1);
}

TEST_F(NginxFacts, AWorkerThatShutsDownIsNoRoom) {
  worker(master, kDraining);
  stage.listener(nginx, "0.0.0.0:80").in_service = 100;
  EXPECT_EQ(table(), (LimitFacts{.used = 100, .limit = 768})) << "at most";
}

TEST_F(NginxFacts, AnAngieThatShutsDownIsNoRoomEither) {
  worker(master, "angie: worker process is shutting down #1");
  stage.listener(nginx, "0.0.0.0:80").in_service = 100;
  EXPECT_EQ(table()->limit, 768);
  EXPECT_EQ(table()->used, 100);
}

TEST_F(NginxFacts, WhoseConnectionsAreLeftIsToldByDescriptorsAlone) {
  const ProcessId old = worker(master, kDraining);
  stage.listener(nginx, "0.0.0.0:80").in_service = 1500;
  EXPECT_EQ(table(), std::nullopt) << "the old one may hold them";
  holds(old, 700);
  EXPECT_EQ(table(), std::nullopt) << "of the others nothing is known";
  holds({.pid = 101}, 500, 100);
  holds({.pid = 102}, 100, 99);
  EXPECT_EQ(table(), std::nullopt) << "one is nobody's";
  stage.sources.process_sockets[1].peers[0].connections = 100;
  EXPECT_EQ(table(), (LimitFacts{.used = 600, .limit = 768}));
}

TEST_F(NginxFacts, OneFullWorkerRefusesWhileTheOtherIsFree) {
  stage.listener(nginx, "0.0.0.0:80").in_service = 460;
  EXPECT_EQ(table(), (LimitFacts{.used = 460, .limit = 768})) << "whosever they are";
  stage.snapshot.listeners.back().reading.in_service = 461;
  EXPECT_EQ(table(), std::nullopt) << "one may have them all";
  holds({.pid = 101}, 461);
  holds({.pid = 102}, 0);
  EXPECT_EQ(table(), (LimitFacts{.used = 461, .limit = 768}));
}

TEST_F(NginxFacts, ConnectionsThatItsUpstreamHasNotAcceptedAreItsOwn) {
  stage.snapshot.processes.pop_back();  // one worker
  stage.listener(nginx, "0.0.0.0:80").in_service = 400;
  stage.listener(nginx, "0.0.0.0:81").queue_length = 9;
  stage.snapshot.listeners.back().reading.in_service = 0;
  ListenerReading& upstream = stage.listener(nginx, "/run/app.sock");
  upstream.family = SocketFamily::kUnix;
  upstream.queue_length = 300;
  upstream.in_service = 0;
  EXPECT_EQ(table()->used, 400) << "its own listener's are its clients";
  stage.snapshot.listeners.back().reading.owner.reset();
  EXPECT_EQ(table(), (LimitFacts{.used = 700, .limit = 768}));
  worker(master);
  holds({.pid = 101}, 200);
  holds({.pid = 103}, 200);
  EXPECT_EQ(table(), std::nullopt) << "of which worker those are is not known";
}

TEST_F(NginxFacts, OfSeveralServersTheFullestCounts) {
  const ProcessId other = worker(server(100));
  stage.listener(nginx, "0.0.0.0:80").in_service = 50;
  EXPECT_EQ(table(), (LimitFacts{.used = 50, .limit = 100})) << "at most";
  stage.snapshot.listeners.back().reading.in_service = 99;
  EXPECT_EQ(table(), std::nullopt);
  holds({.pid = 101}, 5);
  holds({.pid = 102}, 5);
  holds(other, 89);
  EXPECT_EQ(table(), (LimitFacts{.used = 89, .limit = 100}));
}

TEST_F(NginxFacts, AServerWhoseLimitIsNotKnownLeavesAllUnknown) {
  worker(server(std::nullopt));
  stage.listener(nginx, "0.0.0.0:80").in_service = 5;
  EXPECT_EQ(table(), std::nullopt);
}

TEST_F(NginxFacts, ItsTableHoldsClientsAndUpstreamsAlike) {
  stage.listener(nginx, "0.0.0.0:80").in_service = 500;
  stage.edge(nginx, std::nullopt, "10.0.0.5:8000", 400);
  EXPECT_EQ(table(), std::nullopt) << "more than one worker may have";
  stage.snapshot.processes.pop_back();
  EXPECT_EQ(table(), (LimitFacts{.used = 900, .limit = 768})) << "the only one has them";
}

TEST_F(NginxFacts, EventLoopsHaveNoBusyWorkers) {
  stage.listener(nginx, "0.0.0.0:80").in_service = 500;
  EXPECT_EQ(stage.facts(nginx).busy_workers, std::nullopt);
}

TEST_F(NginxFacts, WithoutItsClientsTheTableIsNotKnown) {
  EXPECT_EQ(stage.facts(nginx).connection_table, std::nullopt) << "no listener is known";
  stage.listener(nginx, "0.0.0.0:80");
  EXPECT_EQ(stage.facts(nginx).connection_table, std::nullopt) << "they cannot be listed";
  stage.sources.sockets_known = false;
  stage.snapshot.listeners.clear();
  EXPECT_EQ(stage.facts(nginx).connection_table, std::nullopt) << "sockets are not watched";
}

TEST_F(NginxFacts, WithoutTheSettingThereIsNoTable) {
  stage.listener(nginx, "0.0.0.0:80").in_service = 500;
  stage.sources.settings.clear();
  EXPECT_EQ(stage.facts(nginx).connection_table, std::nullopt);
}

class PostgresFacts : public ::testing::Test {
 protected:
  PostgresFacts() : db(stage.tier("db", "postgres", postgres_roles())) {}

  void server(const std::string& version) {
    stage.process(db, kPostmaster).reading.title =
        "/usr/lib/postgresql/" + version + "/bin/postgres -D /var/lib/postgresql/" + version;
  }
  void backend(const std::string& activity) {
    stage.process(db, kBackend).reading.title = "postgres: 15/main: u d [local] " + activity;
  }
  /// The servers' settings: that of process 100 and on.
  void allow(std::initializer_list<std::optional<std::uint64_t>> connections) {
    stage.sources.settings.clear();
    for (const auto& one : connections)
      stage.sources.settings.push_back(
          {.tier = db,
           .server = {.pid = static_cast<pid_t>(100 + stage.sources.settings.size())},
           .usable_connections = one});
  }
  std::optional<double> usable() { return stage.facts(db).backends->usable_connections; }

  FactsStage stage;
  std::uint16_t db;
};

TEST_F(PostgresFacts, BackendsAreCountedByTheirTitles) {
  server("15");
  for (const char* activity : {"idle", "SELECT", "UPDATE waiting", "idle in transaction",
                               "idle in transaction (aborted)", "authentication"})
    backend(activity);
  EXPECT_EQ(stage.facts(db).backends, (BackendFacts{.backends = 5,
                                                    .active = 2,
                                                    .waiting = 1,
                                                    .idle_in_transaction = 2,
                                                    .usable_connections = {}}));
}

TEST_F(PostgresFacts, TitlesThatNeverTellLeaveTheStatesUnknown) {
  server("15");
  for (int i = 0; i < 3; ++i) backend("");
  EXPECT_EQ(stage.facts(db).backends, (BackendFacts{.backends = 3}));
}

TEST_F(PostgresFacts, BetweenTwoCommandsABackendIsActive) {
  server("15");
  for (const char* activity : {"", "idle", "SELECT"}) backend(activity);
  EXPECT_EQ(stage.facts(db).backends->active, 2);
}

TEST_F(PostgresFacts, BackendsThatTheirTitlesHideAreNotCounted) {
  server("15");
  stage.listener(db, "127.0.0.1:5432").in_service = 12;
  EXPECT_EQ(stage.facts(db).backends, std::nullopt);
  for (int i = 0; i < 5; ++i) backend("idle");
  EXPECT_TRUE(stage.facts(db).backends) << "some may have come since";
}

TEST_F(PostgresFacts, SeveralServersAllowTheirSumUnlessItHidesAFullOne) {
  server("15");
  server("16");
  allow({97, 17});
  backend("idle");
  stage.snapshot.processes.back().reading.parent_pid = 101;
  EXPECT_EQ(usable(), 114);
  for (int i = 0; i < 12; ++i) {
    backend("idle");
    stage.snapshot.processes.back().reading.parent_pid = 101;
  }
  EXPECT_EQ(usable(), std::nullopt);
  allow({97, std::nullopt});
  EXPECT_EQ(usable(), std::nullopt);
}

TEST_F(PostgresFacts, ThePlaceWithTheLeastRoomStandsForAll) {
  server("15");
  const ProcessId id = stage.snapshot.processes.back().reading.id;
  EXPECT_FALSE(stage.facts(db).space_hidden);
  stage.sources.data_space = {
      {db, id, {{"/data", 1000, 600, {}, {}}, {"/wal", 100, 20, {}, {}}, {"/fast", 9, 9, 64, 32}}}};
  ASSERT_TRUE(stage.facts(db).space);
  EXPECT_EQ(*stage.facts(db).space, (SpaceFacts{"/wal", 100, 20, {}, {}}));
  stage.sources.data_space[0].places[2].left_inodes = 1;
  EXPECT_EQ(stage.facts(db).space->directory, "/fast");
  EXPECT_EQ(stage.facts(db).space->left_inodes, 1);
  stage.sources.data_space[0].some_hidden = true;
  EXPECT_TRUE(stage.facts(db).space_hidden);
  stage.sources.data_space[0].some_hidden = false;
  stage.sources.data_space[0].places.clear();
  EXPECT_TRUE(stage.facts(db).space_hidden);
  EXPECT_FALSE(stage.facts(db).space);
}

TEST_F(PostgresFacts, WorkersComeOnDemandAndAreNotCountedAsBusy) {
  backend("SELECT");
  stage.listener(db, "127.0.0.1:5432").in_service = 1;
  EXPECT_TRUE(stage.facts(db).workers_on_demand);
  EXPECT_EQ(stage.facts(db).busy_workers, std::nullopt);
}

TEST_F(PostgresFacts, ParallelWorkersAreNoBackends) {
  backend("SELECT");
  stage.process(db, kParallel).reading.title = "postgres: 15/main: parallel worker for PID 100";
  EXPECT_EQ(stage.facts(db).backends->backends, 1);
}

TEST_F(PostgresFacts, ConnectionsThatAreConfiguredComeFirst) {
  server("15");
  stage.listener(db, "127.0.0.1:5432").queue_limit = 244;
  allow({47});
  EXPECT_EQ(usable(), 47);
}

TEST_F(PostgresFacts, AConfigurationThatIsNotInForceTellsNothing) {
  server("15");
  allow({2});
  for (int i = 0; i < 5; ++i) backend("idle");
  EXPECT_EQ(usable(), 2) << "three of them may be superusers'";
  backend("idle");
  EXPECT_EQ(usable(), std::nullopt);
}

TEST_F(PostgresFacts, UpToVersion15TheBacklogTellsThem) {
  server("15");
  stage.listener(db, "127.0.0.1:5432").queue_limit = 2 * (100 + 22);
  EXPECT_EQ(usable(), 97);
}

TEST_F(PostgresFacts, FromVersion16OnTheBacklogIsAnother) {
  server("17");
  stage.listener(db, "127.0.0.1:5432").queue_limit = 200;
  EXPECT_EQ(usable(), std::nullopt);
}

TEST_F(PostgresFacts, ABacklogCutByTheKernelTellsNothing) {
  server("15");
  stage.sources.somaxconn = 128;
  stage.listener(db, "127.0.0.1:5432").queue_limit = 128;
  EXPECT_EQ(usable(), std::nullopt);
}

TEST_F(PostgresFacts, OfSeveralListenersTheFirstThatTellsDoes) {
  server("14");
  stage.listener(db, "127.0.0.1:5432");
  stage.listener(db, "/run/postgresql/.s.PGSQL.5432").queue_limit = 444;
  EXPECT_EQ(usable(), 197);
}

}  // namespace
}  // namespace tierwatch
