// SPDX-License-Identifier: MIT
#include "analysis/facts/process_ledger.h"

#include <gtest/gtest.h>

#include "tests/support/machine_simulator.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::uint64_t ms(int count) {
  return static_cast<std::uint64_t>(nanoseconds(milliseconds(count)).count());
}

ProcessReading process(pid_t pid, pid_t parent, int user_ms, int children_ms = 0) {
  return {.id = {.pid = pid, .started = seconds(pid)},
          .parent_pid = parent,
          .state = 'S',
          .user_cpu = milliseconds(user_ms),
          .children_user_cpu = milliseconds(children_ms),
          .member = Membership{}};
}

Reading at(int second, std::vector<ProcessReading> processes) {
  return {.at = {.monotonic = seconds(second), .boot = seconds(second)},
          .processes = std::move(processes)};
}

std::uint64_t total(const std::vector<ProcessGrowth>& growth) {
  std::uint64_t sum = 0;
  for (const ProcessGrowth& one : growth)
    sum += one.own[kUserCpu] + one.own[kSystemCpu] + one.reaped[kUserCpu] + one.reaped[kSystemCpu];
  return sum;
}

TEST(ProcessLedger, WhatWasUsedBeforeTheFirstReadingIsNotOurs) {
  ProcessLedger ledger;
  const auto growth = ledger.advance(at(100, {process(10, 1, 5000, 700)}));
  EXPECT_FALSE(growth[0].comparable);
  EXPECT_EQ(total(growth), 0u);
}

TEST(ProcessLedger, ProcessBornSinceCountsWhole) {
  ProcessLedger ledger;
  ledger.advance(at(100, {process(10, 1, 5000)}));
  ProcessReading newborn = process(11, 10, 40);
  newborn.id.started = seconds(100) + milliseconds(500);
  EXPECT_EQ(total(ledger.advance(at(101, {process(10, 1, 5000), newborn}))), ms(40));
}

TEST(ProcessLedger, ProcessThatWasThereButHiddenIsABaseline) {
  ProcessLedger ledger;
  ledger.advance(at(100, {process(10, 1, 5000)}));
  const auto growth = ledger.advance(at(101, {process(10, 1, 5000), process(50, 1, 99000)}));
  EXPECT_FALSE(growth[1].comparable);
  EXPECT_EQ(total(growth), 0u);
}

TEST(ProcessLedger, ChildNeverSeenComesWithItsParent) {
  ProcessLedger ledger;
  ledger.advance(at(100, {process(10, 1, 0, 0)}));
  const auto growth = ledger.advance(at(101, {process(10, 1, 0, 70)}));
  EXPECT_EQ(growth[0].reaped[kUserCpu], ms(70));
}

TEST(ProcessLedger, SeenChildIsNotCountedAgainWhenItsParentWaitsForIt) {
  ProcessLedger ledger;
  ledger.advance(at(100, {process(10, 1, 0), process(20, 10, 50)}));
  const auto growth = ledger.advance(at(101, {process(10, 1, 0, 65)}));
  EXPECT_EQ(growth[0].reaped[kUserCpu], ms(15));  // its last moments only
}

TEST(ProcessLedger, ChildWhoseTimeTheKernelSharesOutAnewIsNotCountedTwice) {
  ProcessLedger ledger;
  ProcessReading child = process(20, 10, 3);
  child.system_cpu = milliseconds(1);
  ledger.advance(at(100, {process(10, 1, 0), child}));
  ProcessReading parent = process(10, 1, 0);
  parent.children_system_cpu = milliseconds(5);  // all of it was system time, as it turned out
  EXPECT_EQ(total(ledger.advance(at(101, {parent}))), ms(1));
}

TEST(ProcessLedger, ParentReadBeforeItWaitedIsSettledOneReadingLater) {
  ProcessLedger ledger;
  ledger.advance(at(100, {process(10, 1, 0), process(20, 10, 50)}));
  EXPECT_EQ(total(ledger.advance(at(101, {process(10, 1, 0, 0)}))), 0u);
  EXPECT_EQ(total(ledger.advance(at(102, {process(10, 1, 0, 65)}))), ms(15));
}

TEST(ProcessLedger, ParentThatNeverWaitsIsNotInDebtForEver) {
  ProcessLedger ledger;  // SIGCHLD ignored: the kernel adds nothing to cutime
  ledger.advance(at(100, {process(10, 1, 0), process(20, 10, 50)}));
  ledger.advance(at(101, {process(10, 1, 0)}));
  ledger.advance(at(102, {process(10, 1, 0)}));
  EXPECT_EQ(total(ledger.advance(at(103, {process(10, 1, 0, 30)}))), ms(30));
}

TEST(ProcessLedger, GrandchildReapedByADyingChildIsCountedOnce) {
  ProcessLedger ledger;
  ledger.advance(at(100, {process(10, 1, 0), process(20, 10, 5), process(30, 20, 50)}));
  // 30 ended with 60, 20 waited for it and ended with 8, 10 waited for 20: 68 in all, 55 of them
  // seen.
  EXPECT_EQ(total(ledger.advance(at(101, {process(10, 1, 0, 68)}))), ms(13));
}

TEST(ProcessLedger, ZombieBornUnseenIsCountedOnceThroughItsParent) {
  ProcessLedger ledger;
  ledger.advance(at(100, {process(10, 1, 0)}));
  ProcessReading zombie = process(20, 10, 45);
  zombie.id.started = seconds(100) + milliseconds(10);
  zombie.state = 'Z';
  zombie.member.reset();
  const auto first = ledger.advance(at(101, {process(10, 1, 0), zombie}));
  EXPECT_EQ(first[0].reaped[kUserCpu], 0u);
  const auto growth = ledger.advance(at(102, {process(10, 1, 0, 45)}));
  EXPECT_EQ(growth[0].reaped[kUserCpu], ms(45));
}

TEST(ProcessLedger, OldZombieReapedLaterIsNoNewWork) {
  ProcessLedger ledger;
  ProcessReading zombie = process(20, 10, 3600'000);
  zombie.state = 'Z';
  ledger.advance(at(100, {process(10, 1, 0), zombie}));
  EXPECT_EQ(total(ledger.advance(at(101, {process(10, 1, 0, 3600'000)}))), 0u);
}

TEST(ProcessLedger, ReusedPidIsAnotherProcess) {
  ProcessLedger ledger;
  ledger.advance(at(100, {process(10, 1, 5000)}));
  ProcessReading other = process(10, 1, 20);
  other.id.started = seconds(100) + milliseconds(700);
  const auto growth = ledger.advance(at(101, {other}));
  EXPECT_EQ(growth[0].own[kUserCpu], ms(20));
}

/// Strangers are read every few seconds: what this one used before the last reading was no
/// member's.
TEST(ProcessLedger, StrangerThatBecomesAMemberBringsNothingOfBefore) {
  ProcessLedger ledger;
  ProcessReading stranger = process(10, 1, 100);
  stranger.member.reset();
  stranger.read_at = seconds(100);
  ledger.advance(at(100, {stranger}));
  ledger.advance(at(104, {stranger}));
  const auto growth = ledger.advance(at(105, {process(10, 1, 5000)}));
  EXPECT_FALSE(growth[0].comparable);
  EXPECT_EQ(total(growth), 0u);
  EXPECT_EQ(total(ledger.advance(at(106, {process(10, 1, 5300)}))), ms(300));
}

TEST(ProcessLedger, StrangerThatWasReadJustBeforeIsCompared) {
  ProcessLedger ledger;
  ProcessReading stranger = process(10, 1, 100);
  stranger.member.reset();
  stranger.read_at = seconds(100);
  ledger.advance(at(100, {stranger}));
  EXPECT_EQ(total(ledger.advance(at(101, {process(10, 1, 300)}))), ms(200));
}

TEST(ProcessLedger, IoThatBecomesReadableIsKnownFromTheSecondReadingOn) {
  ProcessLedger ledger;
  ledger.advance(at(100, {process(10, 1, 0)}));
  ProcessReading readable = process(10, 1, 0);
  readable.io.emplace();
  EXPECT_FALSE(ledger.advance(at(101, {readable}))[0].io_known);
  EXPECT_TRUE(ledger.advance(at(102, {readable}))[0].io_known);
}

TEST(ProcessLedger, IoThatBecomesReadableIsABaseline) {
  ProcessLedger ledger;
  ledger.advance(at(100, {process(10, 1, 0)}));
  ProcessReading readable = process(10, 1, 0);
  readable.io = IoReading{.read_bytes = 1 << 30, .written_bytes = 7};
  EXPECT_EQ(ledger.advance(at(101, {readable}))[0].own[kReadBytes], 0u);
  readable.io->read_bytes += 512;
  EXPECT_EQ(ledger.advance(at(102, {readable}))[0].own[kReadBytes], 512u);
}

TEST(ProcessLedger, IoOfAChildArrivesInTheParentOnce) {
  ProcessLedger ledger;
  ProcessReading parent = process(10, 1, 0);
  ProcessReading child = process(20, 10, 0);
  parent.io = IoReading{.written_bytes = 100};
  child.io = IoReading{.written_bytes = 4096};
  ledger.advance(at(100, {parent, child}));
  parent.io->written_bytes += 4096 + 512;
  EXPECT_EQ(ledger.advance(at(101, {parent}))[0].own[kWrittenBytes], 512u);
}

ProcessReading with_threads(std::vector<ThreadReading> threads) {
  ProcessReading result = process(10, 1, 0);
  result.threads = std::move(threads);
  return result;
}

TEST(ProcessLedger, RunDelaySumsThreadsAndKeepsTheHottest) {
  ProcessLedger ledger;
  ledger.advance(at(100, {with_threads({{.tid = 10, .run = seconds(9), .wait = seconds(1)},
                                        {.tid = 11, .run = seconds(5), .wait = seconds(0)}})}));
  const auto growth = ledger.advance(
      at(101, {with_threads({{.tid = 10, .run = seconds(9), .wait = seconds(2)},
                             {.tid = 11, .run = milliseconds(5900), .wait = milliseconds(100)}})}));
  EXPECT_EQ(growth[0].run_delay, milliseconds(1100));
  EXPECT_EQ(growth[0].hottest_tid, 11);
  EXPECT_EQ(growth[0].hottest_thread_run, milliseconds(900));
  EXPECT_EQ(growth[0].thread_run, milliseconds(900));
}

TEST(ProcessLedger, ProcessThatSleptHasGrownByNothingThatIsKnown) {
  ProcessLedger ledger;
  ProcessReading one = process(10, 1, 500);
  one.threads = {{.tid = 10, .run = milliseconds(400)}, {.tid = 11, .run = milliseconds(100)}};
  ledger.advance(at(1000, {one, process(12, 1, 70)}));
  const auto growth = ledger.advance(at(1001, {one, process(12, 1, 70)}));
  EXPECT_TRUE(growth[0].comparable);
  EXPECT_EQ(growth[0].thread_run, nanoseconds(0));
  EXPECT_EQ(growth[0].hottest_tid, 10);
  EXPECT_TRUE(growth[1].comparable);
  EXPECT_FALSE(growth[1].thread_run) << "without threads it is not known to the nanosecond";
  one.threads->back().run += milliseconds(3);  // before its stat shows a whole clock tick
  EXPECT_EQ(ledger.advance(at(1002, {one}))[0].thread_run, milliseconds(3));
}

TEST(ProcessLedger, ThreadThatEndedMakesTheNanosecondSumUnknown) {
  ProcessLedger ledger;
  ledger.advance(at(100, {with_threads({{.tid = 10}, {.tid = 11, .run = seconds(5)}})}));
  EXPECT_EQ(ledger.advance(at(101, {with_threads({{.tid = 10}})}))[0].thread_run, std::nullopt);
}

TEST(ProcessLedger, ReusedTidCountsFromZero) {
  ProcessLedger ledger;
  ledger.advance(at(100, {with_threads({{.tid = 10, .run = seconds(5), .wait = seconds(5)}})}));
  const auto growth =
      ledger.advance(at(101, {with_threads({{.tid = 10, .run = milliseconds(3)}})}));
  EXPECT_EQ(growth[0].hottest_thread_run, milliseconds(3));
}

TEST(ProcessLedger, ATimeOfAThreadThatStepsBackAddsNothing) {
  ProcessLedger ledger;
  const auto growth_to = [&](int second, nanoseconds run, nanoseconds wait) {
    return ledger.advance(at(second, {with_threads({{.tid = 10, .run = run, .wait = wait}})}))[0];
  };
  growth_to(100, seconds(5000), seconds(700));
  EXPECT_EQ(growth_to(101, seconds(5000) - milliseconds(1), seconds(701)).thread_run,
            nanoseconds{});
  const auto back = growth_to(102, seconds(5001), seconds(701) - milliseconds(1));
  EXPECT_EQ(back.run_delay, nanoseconds{});
  EXPECT_EQ(back.thread_run, milliseconds(1001));
}

/// Whatever is born, dies, is reaped or reuses a pid between two readings: nothing is counted
/// twice, and nothing that a reading could have known is lost.
TEST(ProcessLedger, EqualsTheTruthOfARandomMachine) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    MachineSimulator machine(seed);
    ProcessLedger ledger;
    ledger.advance(machine.read());
    nanoseconds counted{};
    for (int tick = 0; tick < 150; ++tick) {
      machine.live();
      counted += nanoseconds(total(ledger.advance(machine.read())));
      ASSERT_EQ(counted, machine.truth()) << "seed " << seed << " tick " << tick;
    }
  }
}

}  // namespace
}  // namespace tierwatch
