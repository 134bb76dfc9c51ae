// SPDX-License-Identifier: MIT
#include "analysis/inside/statement_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tierwatch {
namespace {

constexpr std::uint32_t kTransactionLock = 0x03000005;

TEST(StatementFindings, SharesAreOfBackendsThatAreNotIdle) {
  StatementTally tally;
  for (int i = 0; i < 60; ++i)
    tally.add({.pid = 2,
               .activity = BackendActivity::kWaiting,
               .statement = 0,
               .wait = kTransactionLock,
               .blocker = BackendBlocker{9, 1, BackendActivity::kIdleInTransaction}});
  for (int i = 0; i < 20; ++i)
    tally.add({.activity = BackendActivity::kRunning, .statement = 0, .wait = 0});
  for (int i = 0; i < 20; ++i)
    tally.add(
        {.activity = BackendActivity::kIdleInTransaction, .statement = 1, .wait = 0x06000000});
  for (int i = 0; i < 100; ++i) tally.add({.activity = BackendActivity::kIdle});
  const auto found = find_statements(tally, {"update a", "select b"}, 15);
  EXPECT_EQ(found.samples, 100u);
  EXPECT_EQ(found.all_samples, 200u);
  ASSERT_EQ(found.rows.size(), 2u);
  const StatementRow& first = found.rows[0];
  EXPECT_EQ(first.statement, "update a");
  EXPECT_DOUBLE_EQ(first.share, 0.8);
  ASSERT_EQ(first.waits.size(), 2u);
  EXPECT_EQ(first.waits[0].of, "Lock");
  EXPECT_EQ(first.waits[0].event, "transactionid");
  EXPECT_DOUBLE_EQ(first.waits[0].share, 0.75);
  EXPECT_EQ(first.waits[1].of, "");
  ASSERT_EQ(first.blockers.size(), 1u);
  EXPECT_EQ(first.blockers[0].pid, 9);
  EXPECT_TRUE(first.blockers[0].idle);
  EXPECT_FALSE(first.blockers[0].several);
  EXPECT_EQ(first.blockers[0].statement, "select b");
  EXPECT_DOUBLE_EQ(first.blockers[0].share, 0.75);
  EXPECT_TRUE(found.rows[1].idle);
  EXPECT_EQ(found.waits.size(), 1u);  // an idle one waits for its client alone
}

TEST(StatementFindings, WhatIsNotKnownIsSaidSo) {
  StatementTally tally;
  tally.add({.activity = BackendActivity::kRunning, .moved = true});
  const auto found = find_statements(tally, {}, std::nullopt);
  EXPECT_EQ(found.rows.at(0).statement, "");
  EXPECT_TRUE(found.rows.at(0).waits.empty());
  EXPECT_DOUBLE_EQ(found.moved, 1);
}

TEST(StatementFindings, AreBounded) {
  StatementTally tally;
  for (std::uint32_t i = 0; i < 1000; ++i)
    tally.add({.activity = BackendActivity::kWaiting,
               .statement = 0,
               .wait = 0x01000000 + i,
               .blocker = BackendBlocker{1, i, BackendActivity::kRunning}});
  for (std::uint32_t i = 1; i < 1000; ++i)
    tally.add({.activity = BackendActivity::kRunning, .statement = i, .wait = 0});
  EXPECT_LE(tally.rows().begin()->second.waits.size(), StatementTally::kMostWaits);
  EXPECT_LE(tally.rows().begin()->second.blockers.size(), StatementTally::kMostBlockers);
  EXPECT_LE(find_statements(tally, {}, 15).rows.size(), kMostStatementRows);
}

}  // namespace
}  // namespace tierwatch
