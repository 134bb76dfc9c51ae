// SPDX-License-Identifier: MIT
//
// What a server has not read of its connections, of one event loop; what it could not send.
#include <gmock/gmock.h>

#include "analysis/facts/tier_facts.h"
#include "tests/support/facts_stage.h"

namespace tierwatch {
namespace {

class UnreadFacts : public ::testing::Test {
 protected:
  UnreadFacts() : loop(stage.tier("node", "node", {role("main", RoleKind::kEventWorker)})) {
    stage.process(loop, 0);
  }
  FactsStage stage;
  std::uint16_t loop;
};

TEST_F(UnreadFacts, AreThoseOfAllItsListeners) {
  EXPECT_EQ(stage.facts(loop).unread, std::nullopt);
  stage.listener(loop, "10.0.0.1:80").unread = 3;
  stage.listener(loop, "/run/app.sock").unread = 2;
  EXPECT_EQ(stage.facts(loop).unread, 5);
  stage.listener(loop, "10.0.0.1:82");
  EXPECT_EQ(stage.facts(loop).unread, std::nullopt) << "one is not known";
}

TEST_F(UnreadFacts, CountOnlyWhileALoopSleeps) {
  stage.listener(loop, "10.0.0.1:80").unread = 3;
  stage.snapshot.processes[0].reading.state = 'R';
  EXPECT_EQ(stage.facts(loop).unread, 0) << "it reads next";
  EXPECT_EQ(stage.facts(loop).waits, std::nullopt) << "nothing is known to be owed";
  stage.snapshot.listeners[0].reading.owed = 4;
  EXPECT_THAT(*stage.facts(loop).waits,
              testing::ElementsAre(WaitFacts{WaitFacts::For::kOther, "", 0.75}));
  stage.process(loop, 0);
  EXPECT_EQ(stage.facts(loop).unread, 3) << "another one sleeps";
  EXPECT_TRUE(stage.facts(loop).waits->empty());
  stage.snapshot.processes.pop_back();
  stage.snapshot.tiers[loop].roles[0].kind = RoleKind::kThreaded;
  EXPECT_EQ(stage.facts(loop).unread, 3) << "its first thread tells nothing of the others";
}

TEST_F(UnreadFacts, WhatIsNotReadWaitsForNobodyElse) {
  stage.listener(loop, "127.0.0.1:80").owed = 12;
  stage.edge(loop, std::nullopt, "10.0.0.9:25", 1).awaiting = 1;
  EXPECT_DOUBLE_EQ(stage.facts(loop).waits->front().share, 1.0 / 12);
  stage.snapshot.listeners[0].reading.unread = 11;
  EXPECT_DOUBLE_EQ(stage.facts(loop).waits->front().share, 1);
  stage.snapshot.processes[0].reading.state = 'R';
  using enum WaitFacts::For;
  EXPECT_THAT(*stage.facts(loop).waits,
              testing::ElementsAre(WaitFacts{kExternal, "10.0.0.9:25", 1.0 / 12},
                                   WaitFacts{kOther, "", 11.0 / 12}));
}

TEST(ListenersOfNobody, MayBeOfWhoRunsUnderTheirUser) {
  FactsStage stage;
  const auto loop = stage.tier("uvicorn", "uvicorn", {role("main", RoleKind::kEventWorker)});
  const auto other = stage.tier("gunicorn", "gunicorn", {role("main", RoleKind::kSyncWorker)});
  stage.process(loop, 0).reading.uid = 33;
  stage.listener(other, "127.0.0.1:8001").uid = 33;
  EXPECT_TRUE(stage.facts(loop).listeners) << "it is another's";
  stage.snapshot.listeners[0].reading.owner.reset();
  EXPECT_FALSE(stage.facts(loop).listeners);
  stage.snapshot.listeners[0].reading.uid = 34;
  EXPECT_TRUE(stage.facts(loop).listeners) << "another user's";
  stage.snapshot.listeners[0].reading.uid = 33;
  stage.sources.process_sockets.push_back({.id = stage.snapshot.processes[0].reading.id});
  EXPECT_TRUE(stage.facts(loop).listeners) << "it is seen to have none";
}

/// 12 connections at one of two processes of five threads, of which one accepts.
TEST(ThreadsThatAccept, ServeWhatTheirOwnProcessHasAccepted) {
  FactsStage stage;
  const auto pool = stage.tier("gunicorn", "gunicorn", {role("worker", RoleKind::kSyncWorker)});
  for (int i = 0; i < 2; ++i) {
    ProcessSample& process = stage.process(pool, 0);
    process.reading.title = "gunicorn --threads 4 app:app";
    process.reading.thread_count = 5;
  }
  ListenerReading& listener = stage.listener(pool, "127.0.0.1:8000");
  listener.in_service = listener.owed = 12;
  EXPECT_EQ(stage.facts(pool).busy_workers, 12) << "nobody knows whose they are";
  for (const ProcessSample& process : stage.snapshot.processes)
    stage.sources.process_sockets.push_back({.id = process.reading.id, .tier = pool});
  EXPECT_EQ(stage.facts(pool).busy_workers, 12) << "not looked at since";
  stage.sources.process_sockets[0].serving = 12;
  EXPECT_EQ(stage.facts(pool).busy_workers, 4);
  stage.sources.process_sockets[0].serving = 6;
  stage.sources.process_sockets[1].serving = 6;
  EXPECT_EQ(stage.facts(pool).busy_workers, 12);
}

TEST(UnsentFacts, WorkersThatSendAreHeldByTheirClients) {
  FactsStage stage;
  const std::uint16_t app = stage.tier("app", "uwsgi", {role("worker", RoleKind::kSyncWorker)});
  stage.process(app, 0);
  stage.process(app, 0);
  ListenerReading& listener = stage.listener(app, "10.0.0.1:80");
  listener.in_service = listener.owed = 2;
  listener.unsent = 1;
  const TierFacts facts = stage.facts(app);
  ASSERT_TRUE(facts.waits && facts.waits->size() == 1);
  EXPECT_EQ(facts.waits->front(), (WaitFacts{WaitFacts::For::kClients, "", 0.5}));
}

}  // namespace
}  // namespace tierwatch
