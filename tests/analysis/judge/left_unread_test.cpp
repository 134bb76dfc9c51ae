// SPDX-License-Identifier: MIT
#include "analysis/judge/left_unread.h"

#include <gmock/gmock.h>

#include "analysis/judge/judge.h"
#include "tests/support/judge_cases.h"

namespace tierwatch {
namespace {

using testing::Contains;
using testing::HasSubstr;

JudgeInput blocked_loop() { return judge_case("an event loop does not read what came").input(); }

TEST(LeftUnread, ABlockedLoopIsSaidAndThatNobodySeesWhatBlocksIt) {
  const Verdict verdict = judge(blocked_loop());
  EXPECT_THAT(verdict.sentence,
              HasSubstr("uvicorn is full: its event loop is blocked (6 requests not read)"));
  EXPECT_EQ(verdict.confidence, Confidence::kMedium);
  EXPECT_THAT(verdict.blind_spots, Contains("uvicorn: what blocks it is not seen"));
  EXPECT_THAT(verdict.relief, Contains(HasSubstr("no calls that block its event loop")));
}

TEST(LeftUnread, ALoopIsBlockedByThePeerThatOwesItAnAnswerMostOfTheTime) {
  JudgeInput input = blocked_loop();
  const auto peer_awaits = [&](double awaiting) {
    tier_of(input, "uvicorn").peers = {{{"127.0.0.1:2600", false, 1, awaiting}}};
    return judge(input).waiting_on;
  };
  ASSERT_TRUE(peer_awaits(0.9));
  EXPECT_EQ(peer_awaits(0.9)->address, "127.0.0.1:2600");
  EXPECT_DOUBLE_EQ(*peer_awaits(0.9)->share, 0.9);
  EXPECT_FALSE(peer_awaits(0.05));
}

TEST(LeftUnread, WhatALoopHasNotReadIsQueuedInFrontOfIt) {
  double queued = 0;
  for (const TierTime& time : judge(blocked_loop()).in_flight)
    for (const TimeSpent& part : time.spent)
      if (time.tier == "uvicorn" && part.on == Spent::kQueued) queued += part.requests;
  EXPECT_DOUBLE_EQ(queued, 6);
}

TEST(LeftUnread, WhatALoopAtWorkHasNotReadIsQueuedToo) {
  JudgeInput in = quiet_stack();
  TierFacts& redis = tier_of(in, "redis");
  redis.owed = 16;
  redis.listeners->front().name = "127.0.0.1:6379";
  redis.unread = 2;
  redis.waits = {{{WaitFacts::For::kOther, "", 12.0 / 14}}};  // of those that are not unread
  EXPECT_DOUBLE_EQ(waits_to_be_read(redis, in.host), 14);
  redis.preset = "pgbouncer";
  EXPECT_DOUBLE_EQ(waits_to_be_read(redis, in.host), 0) << "on purpose";
  redis.serving = RoleKind::kSyncWorker;
  EXPECT_DOUBLE_EQ(waits_to_be_read(redis, in.host), 0);
}

TEST(LeftUnread, AServerWithThreadsHasNoneFree) {
  const Verdict verdict = judge(judge_case("no thread of a server reads what came").input());
  EXPECT_THAT(verdict.sentence, HasSubstr("no thread of it is free (12 requests not read)"));
  EXPECT_THAT(verdict.relief, Contains("more workers"));
}

TEST(LeftUnread, OfSeveralThreadsItMustBeKnownThatNoneWaitsForAProcessor) {
  JudgeInput input = blocked_loop();
  tier_of(input, "uvicorn").workers = 11;
  EXPECT_TRUE(left_unread(tier_of(input, "uvicorn"), input.host));
  tier_of(input, "uvicorn").run_delay_cores.reset();
  EXPECT_FALSE(left_unread(tier_of(input, "uvicorn"), input.host));
}

TEST(LeftUnread, APoolerLetsItsClientsWaitOnPurpose) {
  JudgeInput input = blocked_loop();
  tier_of(input, "uvicorn").preset = "pgbouncer";
  EXPECT_FALSE(left_unread(tier_of(input, "uvicorn"), input.host));
}

TEST(LeftUnread, IsNotKnownWhereConnectionsDoNotTell) {
  JudgeInput input = blocked_loop();
  tier_of(input, "uvicorn").unread.reset();
  EXPECT_NE(named_by(judge(input)), "uvicorn workers");
}

TEST(UnreadByClients, ManyAnswersSayThatWhoeverAsksIsSlower) {
  JudgeInput in = quiet_stack();
  TierFacts& nginx = tier_of(in, "nginx");
  nginx.listeners->front().name = "127.0.0.1:80";
  nginx.owed = 25;
  nginx.connections = 60;
  nginx.unread_by_clients = 35;
  in.host.foreign = {{.pid = 4000, .comm = "wrk", .cores = 0.6}};
  const Verdict slow = judge(in);
  EXPECT_THAT(slow.evidence, testing::Contains(testing::HasSubstr(
                                 "nginx: 35 answers not read by its clients on this host")));
  EXPECT_THAT(slow.blind_spots, testing::IsEmpty());
  nginx.unread_by_clients = 3;
  EXPECT_THAT(judge(in).blind_spots, testing::Contains(testing::HasSubstr("what many of its")));
}

}  // namespace
}  // namespace tierwatch
