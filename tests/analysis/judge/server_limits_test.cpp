// SPDX-License-Identifier: MIT
#include "analysis/judge/server_limits.h"

#include <gmock/gmock.h>

#include "analysis/judge/judge.h"
#include "tests/support/quiet_stack.h"

namespace tierwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ServerLimits, OfAStackWhoseEveryLimitIsSeenNothingIsSaid) {
  for (const TierFacts& tier : quiet_stack().tiers)
    EXPECT_THAT(unseen_limits(tier), IsEmpty()) << tier.name;
}

TEST(ServerLimits, EachLimitThatWasNotSeenIsSaid) {
  JudgeInput in = quiet_stack();
  tier_of(in, "redis").worst_fds.reset();
  tier_of(in, "nginx").connection_table.reset();
  tier_of(in, "postgres").backends->usable_connections.reset();
  EXPECT_THAT(unseen_limits(tier_of(in, "redis")),
              ElementsAre("redis: open files cannot be counted"));
  EXPECT_THAT(unseen_limits(tier_of(in, "nginx")),
              ElementsAre("nginx: how near it is to its worker_connections is not known"));
  EXPECT_THAT(unseen_limits(tier_of(in, "postgres")),
              ElementsAre("postgres: how many connections it allows is not known"));
  tier_of(in, "postgres").backends->usable_connections = 97;
  tier_of(in, "postgres").backends->waiting.reset();
  EXPECT_THAT(unseen_limits(tier_of(in, "postgres")),
              ElementsAre(testing::HasSubstr("update_process_title")));
  tier_of(in, "postgres").backends.reset();
  EXPECT_THAT(unseen_limits(tier_of(in, "postgres")),
              ElementsAre("postgres: whether it waits for locks or is out of connections is not "
                          "seen"));
}

Verdict with_room(double mebibytes, const std::string& tier = "postgres") {
  JudgeInput in = quiet_stack();
  tier_of(in, tier).space = SpaceFacts{
      .directory = "/data", .size_bytes = 20480 * kMebibyte, .left_bytes = mebibytes * kMebibyte};
  return judge(in, {}, {}, {});
}

TEST(ServerLimits, WhereThereIsHardlyAnyRoomSomebodyMayBeDenied) {
  const Verdict clear = with_room(20);
  EXPECT_EQ(clear.confidence, Confidence::kLow);
  EXPECT_THAT(clear.blind_spots, ElementsAre(testing::StartsWith("postgres: there is hardly any")));
  EXPECT_EQ(with_room(400).confidence, Confidence::kHigh) << "listed, and nobody is denied";
  EXPECT_EQ(with_room(400).sentence, "nothing is full; nearest: postgres space 98 %");
  EXPECT_EQ(with_room(10000).sentence, judge(quiet_stack(), {}, {}, {}).sentence);
  EXPECT_EQ(with_room(0, "redis").confidence, Confidence::kLow);
}

TEST(ServerLimits, RoomThatCannotBeAskedForLeavesNothingCertain) {
  JudgeInput in = quiet_stack();
  tier_of(in, "postgres").space_hidden = true;
  const Verdict clear = judge(in, {}, {}, {});
  EXPECT_EQ(clear.confidence, Confidence::kMedium);
  EXPECT_THAT(clear.blind_spots, ElementsAre(testing::StartsWith("postgres: how much room")));
}

TEST(ServerLimits, AQuotaThatCannotBeReadLeavesNothingCertain) {
  JudgeInput in = quiet_stack();
  TierFacts& app = tier_of(in, "uwsgi");
  app.quota.reset();
  app.quota_hidden = true;
  const Verdict clear = judge(in, {}, {}, {});
  EXPECT_EQ(clear.confidence, Confidence::kMedium);
  EXPECT_THAT(clear.blind_spots,
              ElementsAre(testing::StartsWith("uwsgi: its CPU quota cannot be read")));
  app.busy_workers = app.workers;
  app.listeners->front().queued_ratio = 1;
  const Verdict held = judge(in, {}, {}, {});
  EXPECT_EQ(held.resource, Resource::kWorkers);
  EXPECT_EQ(held.confidence, Confidence::kMedium) << "the quota may be what holds them";
  EXPECT_THAT(held.blind_spots, testing::Contains(testing::HasSubstr("its CPU quota")));
  app.quota_hidden = false;
  app.memory_limit_hidden = true;
  EXPECT_THAT(unseen_limits(app),
              ElementsAre(testing::StartsWith("uwsgi: its memory limit cannot be read")));
}

TEST(ServerLimits, WithoutAnySocketOfAServerNothingIsFullIsAGuess) {
  JudgeInput in = quiet_stack();
  TierFacts proxy = quiet_tier("haproxy", RoleKind::kEventWorker, 1);
  proxy.possible_limit = {0, 0};
  proxy.connection_table = {1, 100};
  in.tiers.push_back(proxy);
  EXPECT_EQ(judge(in, {}, {}, {}).confidence, Confidence::kHigh);
  in.tiers.back().connections.reset();
  EXPECT_EQ(judge(in, {}, {}, {}).confidence, Confidence::kHigh) << "its listeners are known";
  in.tiers.back().listeners->clear();
  const Verdict clear = judge(in, {}, {}, {});
  EXPECT_EQ(clear.confidence, Confidence::kLow);
  EXPECT_THAT(clear.blind_spots,
              ElementsAre("haproxy: which listeners and connections are its own is not known"));
  in.tiers.back().preset.clear();
  EXPECT_EQ(judge(in, {}, {}, {}).confidence, Confidence::kHigh) << "a program that may only ask";
}

TEST(ServerLimits, AsManyClientsAsALimitMayBeAreHardlyCertainlyFine) {
  JudgeInput in = quiet_stack();
  tier_of(in, "redis").possible_limit = {31, 32};
  EXPECT_EQ(judge(in, {}, {}, {}).confidence, Confidence::kMedium);
  tier_of(in, "redis").possible_limit = {32, 32};
  EXPECT_EQ(judge(in, {}, {}, {}).confidence, Confidence::kLow);
  tier_of(in, "redis").connection_table = {32, 10000};
  EXPECT_EQ(judge(in, {}, {}, {}).confidence, Confidence::kMedium) << "only CONFIG SET may be it";
}

TEST(ServerLimits, WhoWaitsAtAListenerOfNobodyMayWaitForATier) {
  JudgeInput in = quiet_stack();
  in.host.unowned_listeners = {{.name = "127.0.0.1:8080", .queued_ratio = 0.4}};
  EXPECT_EQ(judge(in, {}, {}, {}).confidence, Confidence::kHigh);
  in.host.unowned_listeners.front().queued_ratio = 0.5;
  const Verdict clear = judge(in, {}, {}, {});
  EXPECT_EQ(clear.confidence, Confidence::kLow);
  EXPECT_THAT(clear.blind_spots,
              ElementsAre("connections wait in the accept queue of 127.0.0.1:8080 50 % of the "
                          "time; its owner is not known"));
}

TEST(ServerLimits, ConnectionsThatTheKernelDroppedAreSaid) {
  JudgeInput in = quiet_stack();
  in.host.syn_drops = 0;
  in.host.tracked_connections = {89, 100};
  EXPECT_EQ(judge(in, {}, {}, {}).confidence, Confidence::kHigh);
  in.host.tracked_connections = {90, 100};
  EXPECT_EQ(judge(in, {}, {}, {}).confidence, Confidence::kMedium);
  in.host.tracked_connections = {100, 100};
  EXPECT_EQ(judge(in, {}, {}, {}).confidence, Confidence::kLow);
  EXPECT_THAT(judge(in, {}, {}, {}).blind_spots,
              ElementsAre(testing::StartsWith("the kernel tracks 100 connections of 100 at most")));
  in.host.tracked_connections.reset();
  in.host.syn_drops = 1;
  EXPECT_EQ(judge(in, {}, {}, {}).confidence, Confidence::kLow);
  EXPECT_THAT(judge(in, {}, {}, {}).blind_spots,
              ElementsAre(testing::HasSubstr("1 request for a connection dropped")));
}

TEST(ServerLimits, AMemoryLimitForDataThatIsNotKnownIsSaid) {
  JudgeInput in = quiet_stack();
  tier_of(in, "redis").data_limit_hidden = true;
  EXPECT_EQ(judge(in, {}, {}, {}).confidence, Confidence::kMedium);
  EXPECT_THAT(unseen_limits(tier_of(in, "redis")),
              ElementsAre("redis: how near it is to its maxmemory is not known"));
}

TEST(ServerLimits, AConfigurationThatWasChangedLeavesNothingCertain) {
  JudgeInput in = quiet_stack();
  tier_of(in, "postgres").settings_changed = true;
  const Verdict clear = judge(in, {}, {}, {});
  EXPECT_EQ(clear.confidence, Confidence::kMedium);
  EXPECT_THAT(clear.blind_spots,
              ElementsAre(testing::StartsWith("postgres: its configuration was changed after")));
}

TEST(ServerLimits, ALimitBelongsToItsPreset) {
  TierFacts tier = quiet_tier("shop", RoleKind::kEventWorker, 1);
  EXPECT_THAT(unseen_limits(tier), IsEmpty());
  tier.preset = "nginx";
  tier.connection_table = {1, 768};
  EXPECT_THAT(unseen_limits(tier), ElementsAre(testing::StartsWith("shop: how near")));
  tier.possible_limit = {2, 5};
  EXPECT_THAT(unseen_limits(tier), IsEmpty());
  tier.possible_limit = {3, 5};
  EXPECT_THAT(unseen_limits(tier), ElementsAre(testing::HasSubstr("limit_conn")));
}

TEST(ServerLimits, OneNumberForAllClientsIsCountedOrSaid) {
  for (const auto& [server, option] :
       {std::pair("pgbouncer", "max_client_conn"), std::pair("memcached", "-c"),
        std::pair("mongodb", "maxIncomingConnections")}) {
    TierFacts tier = quiet_tier(server, RoleKind::kThreaded, 1);
    EXPECT_THAT(unseen_limits(tier), ElementsAre(std::string(server) + ": how near it is to its " +
                                                 option + " is not known"));
    tier.connections = 0;
    EXPECT_THAT(unseen_limits(tier), IsEmpty()) << server;
    tier.connections = 1;
    tier.connection_table = {1, 100};
    EXPECT_THAT(unseen_limits(tier), IsEmpty()) << server;
  }
}

TEST(ServerLimits, ALimitThatMayHaveBeenSetSinceIsSaidFromSomeClientsOn) {
  for (const auto& [server, option] :
       {std::pair("mysql", "max_connections"), std::pair("redis", "maxclients")}) {
    TierFacts tier = quiet_tier(server, RoleKind::kThreaded, 1);
    tier.connection_table = {9, 151};
    tier.possible_limit = {9, 20};
    EXPECT_THAT(unseen_limits(tier), IsEmpty()) << server;
    tier.possible_limit = {10, 20};
    EXPECT_THAT(unseen_limits(tier), ElementsAre(std::string(server) + ": how near it is to its " +
                                                 option + " is not known"));
  }
}

TEST(ServerLimits, SessionsThatFailBelowTheLimitMayBeRefusedByAnother) {
  JudgeInput in = quiet_stack();
  BackendFacts& backends = *tier_of(in, "postgres").backends;
  backends.ended_cores = 0.002;
  EXPECT_THAT(unseen_limits(tier_of(in, "postgres")),
              ElementsAre(testing::HasSubstr("CONNECTION LIMIT")));
  EXPECT_EQ(judge(in, {}, {}, {}).confidence, Confidence::kMedium);
  backends.steady = false;
  EXPECT_THAT(unseen_limits(tier_of(in, "postgres")), IsEmpty()) << "sessions that were let in";
  backends.steady = true;
  backends.ended_cores = 0.001;
  EXPECT_THAT(unseen_limits(tier_of(in, "postgres")), IsEmpty()) << "hardly any";
}

TEST(ServerLimits, SettingsThatMayOverruleWhatWasReadAreSaid) {
  JudgeInput in = quiet_stack();
  tier_of(in, "postgres").overrides_hidden = true;
  EXPECT_THAT(unseen_limits(tier_of(in, "postgres")),
              ElementsAre(testing::HasSubstr("ALTER SYSTEM")));
  tier_of(in, "redis").overrides_hidden = true;
  EXPECT_THAT(unseen_limits(tier_of(in, "redis")), IsEmpty());
}

TEST(ServerLimits, WhoMayRefuseWhatComesTooFastIsNeverCertainlyFine) {
  JudgeInput in = quiet_stack();
  tier_of(in, "nginx").limits_rate = true;
  EXPECT_THAT(unseen_limits(tier_of(in, "nginx")), ElementsAre(testing::HasSubstr("limit_req")));
  EXPECT_EQ(judge(in, {}, {}, {}).confidence, Confidence::kMedium);
}

TEST(ServerLimits, RedisThatEvictsNothingMayRefuseToWrite) {
  JudgeInput in = quiet_stack();
  TierFacts& redis = tier_of(in, "redis");
  redis.data_memory = {89, 100};
  EXPECT_THAT(unseen_limits(redis), IsEmpty());
  redis.data_memory = {90, 100};
  EXPECT_THAT(unseen_limits(redis), ElementsAre(testing::HasSubstr("noeviction")));
  EXPECT_EQ(judge(in, {}, {}, {}).confidence, Confidence::kMedium);
  redis.data_memory = {100, 100};
  EXPECT_EQ(judge(in, {}, {}, {}).confidence, Confidence::kLow);
}

TEST(ServerLimits, OneThreadThatFillsACoreWhileOthersAreIdleMayBeWhatAllWaitFor) {
  TierFacts tier = quiet_tier("memcached", RoleKind::kThreaded, 1);
  tier.connection_table = {1, 100};
  tier.single_core_processes = false;
  tier.hottest_thread->cores = 0.94;
  tier.cpu_cores = 1;
  EXPECT_THAT(unseen_limits(tier), IsEmpty());
  tier.hottest_thread->cores = 0.95;
  EXPECT_THAT(unseen_limits(tier), ElementsAre(testing::HasSubstr("one of its threads")));
  tier.cpu_cores = 2;
  EXPECT_THAT(unseen_limits(tier), IsEmpty()) << "others work as well";
  tier.cpu_cores = 1;
  tier.serving = RoleKind::kEventWorker;
  EXPECT_THAT(unseen_limits(tier), IsEmpty()) << "that is judged";
}

TEST(ServerLimits, AServerThatNobodyKnowsMayHaveAny) {
  TierFacts shop = quiet_tier("shop", RoleKind::kThreaded, 1);
  shop.preset.clear();
  shop.connections = 15;
  EXPECT_THAT(unseen_limits(shop), IsEmpty());
  shop.connections = 16;
  EXPECT_THAT(unseen_limits(shop), ElementsAre("shop: limits of its own are not known"));
}

TEST(ServerLimits, ATierThatIsStoppedIsSaidEvenWhenIdle) {
  TierFacts redis = quiet_tier("redis", RoleKind::kEventWorker, 1);
  redis.cpu_cores = redis.connections = 0;
  EXPECT_THAT(unseen_limits(redis), IsEmpty());
  redis.stopped = true;
  EXPECT_THAT(unseen_limits(redis),
              ElementsAre("redis: all its processes that serve are stopped (SIGSTOP)"));
}

TEST(ServerLimits, ConnectionsThatMayBeIdleDoNotTellWhoIsBusy) {
  TierFacts tier = quiet_tier("web", RoleKind::kSyncWorker, 8);
  tier.preset = "apache";
  tier.busy_workers = 5;
  EXPECT_THAT(unseen_limits(tier), IsEmpty());
  tier.busy_workers.reset();
  EXPECT_THAT(unseen_limits(tier),
              ElementsAre("web: how many of its workers are free is not known"));
  tier.serving = RoleKind::kEventWorker;
  EXPECT_THAT(unseen_limits(tier), IsEmpty()) << "it has no workers to be free";
}

TEST(ServerLimits, AnIdleTierComesToNoLimit) {
  TierFacts tier = quiet_tier("nginx", RoleKind::kEventWorker, 1);
  tier.cpu_cores = 0.001;
  tier.connections = 0;
  EXPECT_FALSE(is_busy(tier));
  EXPECT_THAT(unseen_limits(tier), IsEmpty());
  TierFacts working = tier, held = tier, queued = tier, connected = tier, dark = tier;
  working.cpu_cores = 0.01;
  held.busy_workers = 1;
  queued.listeners->at(0).queued_ratio = 0.1;
  connected.connections = 1;
  dark.connections.reset();
  for (const TierFacts& busy : {working, held, queued, connected, dark}) EXPECT_TRUE(is_busy(busy));
}

TEST(ServerLimits, NothingIsFullIsCertainOnlyWhereAllWereSeen) {
  JudgeInput in = quiet_stack();
  EXPECT_EQ(judge(in, {}, {}, {}).confidence, Confidence::kHigh);
  tier_of(in, "nginx").connection_table.reset();
  const Verdict verdict = judge(in, {}, {}, {});
  EXPECT_EQ(verdict.state, VerdictState::kClear);
  EXPECT_EQ(verdict.confidence, Confidence::kMedium);
  EXPECT_THAT(verdict.blind_spots, ElementsAre(testing::HasSubstr("worker_connections")));
}

TEST(ServerLimits, RedisIsFarFromItsMaxclientsOrThatIsNotKnown) {
  TierFacts redis = quiet_tier("redis", RoleKind::kEventWorker, 1);
  const auto said = ElementsAre("redis: how near it is to its maxclients is not known");
  EXPECT_THAT(unseen_limits(redis), said) << "nothing is known";
  redis.possible_limit = {9, 20};
  EXPECT_THAT(unseen_limits(redis), IsEmpty());
  redis.possible_limit = {10, 20};
  EXPECT_THAT(unseen_limits(redis), said);
  redis.connection_table = {16, 10000};
  EXPECT_THAT(unseen_limits(redis), said) << "CONFIG SET may have set another";
}

TEST(ServerLimits, HaproxyIsFarFromEachMaxconnOrThatIsNotKnown) {
  TierFacts haproxy = quiet_tier("haproxy", RoleKind::kEventWorker, 1);
  const auto said = ElementsAre(testing::HasSubstr("maxconn"));
  EXPECT_THAT(unseen_limits(haproxy), said);
  haproxy.possible_limit = {900, 0};
  EXPECT_THAT(unseen_limits(haproxy), IsEmpty()) << "none is set";
  haproxy.possible_limit = {2, 2};
  haproxy.connection_table = {20, 4000};
  EXPECT_THAT(unseen_limits(haproxy), said) << "that of one server is full, that of all is not";
}

TEST(ServerLimits, ACgroupThatIsFullOfProcessesIsSaid) {
  TierFacts app = quiet_tier("app", RoleKind::kSyncWorker, 4);
  app.tasks = {89, 100};
  EXPECT_THAT(unseen_limits(app), IsEmpty());
  app.tasks = {90, 100};
  EXPECT_THAT(unseen_limits(app), ElementsAre(testing::HasSubstr("pids.max")));
}

TEST(ServerLimits, ConnectionsOfAnIdleServerAreWork) {
  TierFacts redis = quiet_tier("redis", RoleKind::kEventWorker, 1);
  redis.cpu_cores = 0;
  redis.connections = 0;
  EXPECT_FALSE(is_busy(redis));
  redis.connections = 1;
  EXPECT_TRUE(is_busy(redis));
}

TEST(HostLimits, AProgramOfNoTierAtAWholeCoreIsSaid) {
  JudgeInput in = quiet_stack();
  in.host.foreign = {{.pid = 123, .comm = "python3", .cores = 0.98},
                     {.pid = 124, .comm = "backup", .cores = 0.89}};
  Verdict verdict = judge(in, {}, {}, {});
  EXPECT_EQ(verdict.state, VerdictState::kClear);
  EXPECT_EQ(verdict.confidence, Confidence::kMedium);
  EXPECT_THAT(verdict.blind_spots,
              ElementsAre("python3 (pid 123), which no tier takes, uses 0.98 of a core"));
  in.host.foreign[0].cores = 3;
  EXPECT_THAT(judge(in, {}, {}, {}).blind_spots, ElementsAre(testing::HasSubstr("3.00 cores")));
}

TEST(HostLimits, TheLoadGeneratorOfARunIsMeantToWork) {
  JudgeInput in = quiet_stack();
  in.host.foreign = {{.pid = 123, .comm = "python3", .cores = 0.98}};
  in.load = LoadFacts{.generator = "python3"};
  EXPECT_THAT(judge(in, {}, {}, {}).blind_spots, IsEmpty());
}

TEST(HostLimits, SocketsThatMayHoldAllLocalPortsAreSaid) {
  JudgeInput in = quiet_stack();
  in.host.local_ports = {899, 1000};
  EXPECT_EQ(judge(in, {}, {}, {}).confidence, Confidence::kHigh);
  in.host.local_ports = {900, 1000};
  const Verdict verdict = judge(in, {}, {}, {});
  EXPECT_EQ(verdict.confidence, Confidence::kMedium);
  EXPECT_THAT(verdict.blind_spots, ElementsAre(testing::HasSubstr("1000 local ports only")));
}

}  // namespace
}  // namespace tierwatch
