// SPDX-License-Identifier: MIT
#include "analysis/judge/wanted.h"

#include <gtest/gtest.h>

#include "analysis/judge/saturation.h"
#include "tests/support/quiet_stack.h"

namespace tierwatch {
namespace {

/// Textbook values: of one server the load squared; of two at half of their time Erlang C is 1/3.
TEST(ChanceQueue, AgreesWithErlangC) {
  EXPECT_DOUBLE_EQ(chance_queue(1, 0.9), 0.81);
  EXPECT_DOUBLE_EQ(chance_queue(1, 0.67), 0.67 * 0.67);
  EXPECT_DOUBLE_EQ(chance_queue(2, 0.5), 0.5 / 3);
  EXPECT_NEAR(chance_queue(8, 0.9), 0.9 * 0.7016, 0.001);
}

TEST(ChanceQueue, IsLessBeforeMoreWorkersAndMoreAtMoreLoad) {
  for (double workers = 1; workers < 64; ++workers)
    EXPECT_GT(chance_queue(workers, 0.9), chance_queue(workers + 1, 0.9)) << workers;
  for (double load = 0.1; load < 0.9; load += 0.1)
    EXPECT_LT(chance_queue(4, load), chance_queue(4, load + 0.1)) << load;
}

TEST(ChanceQueue, AThresholdOfTheUserIsNeverUndercut) {
  JudgeInput in = quiet_stack();
  Thresholds thresholds;
  thresholds.queued = 0.99;
  EXPECT_DOUBLE_EQ(queued_full_at(tier_of(in, "uwsgi"), thresholds), 0.99);
  EXPECT_DOUBLE_EQ(queued_beside_busy(tier_of(in, "uwsgi"), thresholds), 0.99);
}

TEST(UsableWorkers, WhoServesNobodyGoesByTheThresholdOfTheUser) {
  JudgeInput in = quiet_stack();
  TierFacts& uwsgi = tier_of(in, "uwsgi");
  uwsgi.worker_processes = 1;
  uwsgi.single_core_processes = true;
  uwsgi.workers = 8;
  uwsgi.busy_workers = 4;
  uwsgi.listeners->front().queued_ratio = 0.40;
  EXPECT_EQ(usable_workers(uwsgi, {}), 8) << "nobody waits for the others";
  EXPECT_EQ(usable_workers(uwsgi, {.queued = 0.30}), 4);
  EXPECT_EQ(held_ratio(uwsgi, {.queued = 0.30}), 1);
}

/// Measured: Apache with 64 threads in 2 processes, of which 13 are busy while connections wait for
/// mod_wsgi's, in another accept queue.
TEST(UsableWorkers, ThreadsOfAServerWithoutAnInterpreterServe) {
  JudgeInput in = quiet_stack();
  TierFacts& apache = tier_of(in, "uwsgi");
  apache.worker_processes = 2;
  apache.single_core_processes = false;
  apache.workers = 64;
  apache.busy_workers = 13;
  apache.listeners->front().queued_ratio = 1;
  EXPECT_EQ(usable_workers(apache, {}), 64);
}

TEST(IsAwaited, CountsClientsThatAreWatchedBeforeOthers) {
  JudgeInput in = quiet_stack();
  TierFacts& postgres = tier_of(in, "postgres");
  auto& edge = tier_of(in, "uwsgi").peers->front();
  EXPECT_EQ(is_awaited(postgres, in), std::nullopt) << "its clients' sockets do not tell";
  edge.awaiting = 0.2;
  postgres.owed = 5;
  EXPECT_EQ(is_awaited(postgres, in), false) << "somebody else's sessions are no request";
  edge.awaiting = 1;
  EXPECT_EQ(is_awaited(postgres, in), true);
  tier_of(in, "uwsgi").peers->erase(tier_of(in, "uwsgi").peers->begin());
  postgres.backends->waiting = 1;
  EXPECT_EQ(is_awaited(postgres, in), false) << "one alone may be somebody's session";
  postgres.backends->waiting = 2;
  EXPECT_EQ(is_awaited(postgres, in), true) << "only outsiders are its clients";
}

}  // namespace
}  // namespace tierwatch
