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

TEST(ServerLimits, ALimitBelongsToItsPreset) {
  TierFacts tier = quiet_tier("shop", RoleKind::kEventWorker, 1);
  EXPECT_THAT(unseen_limits(tier), IsEmpty());
  tier.preset = "nginx";
  EXPECT_THAT(unseen_limits(tier), ElementsAre(testing::StartsWith("shop: how near")));
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
  redis.possible_limit = {15, 32};
  EXPECT_THAT(unseen_limits(redis), IsEmpty());
  redis.possible_limit = {16, 32};
  EXPECT_THAT(unseen_limits(redis), said);
  redis.connection_table = {39, 40};
  EXPECT_THAT(unseen_limits(redis), IsEmpty()) << "it is counted and can be named";
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
