// SPDX-License-Identifier: MIT
//
// Members that run a little: what is read of them at each tick, and when they are read whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collectors/process/process_collector.h"
#include "tests/support/process_collector_fixture.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;

constexpr int kMillisecond = 1'000'000;

/// One worker that has shown twice that it runs and does nothing else.
class Glances : public ProcessCollectorTest {
 protected:
  static constexpr pid_t kWorker = 10;

  Glances() {
    rules_.tiers[0].roles[0].kind = RoleKind::kSyncWorker;
    start(kWorker, "nginx");
    ProcessStat& stat = table_.processes[kWorker];
    stat.user_cpu = milliseconds(30);
    stat.system_cpu = milliseconds(10);
    runs_for(kMillisecond * 49);
    look(1);
    runs_for(kMillisecond);
    look(2);
    stat.major_faults = 7;  // what only its stat tells
  }

  void runs_for(int more_ns, int wait_ns = 0) {
    run_ns_ += more_ns;
    wait_ns_ += wait_ns;
    ran(kWorker, run_ns_, wait_ns_);
  }
  ProcessReading look(int second) {
    for (const auto& [pid, stat] : table_.processes) write_stat(stat);
    const auto at = Instant{.monotonic = seconds(second), .boot = seconds(10'000 + second)};
    return collector_.collect(at)[0];
  }
  static bool is_read(const ProcessReading& reading) { return reading.major_faults == 7; }

  int run_ns_ = 0, wait_ns_ = 0;
  ProcessCollector collector_{
      files_, table_, faults_, rules_, {.refresh_interval = seconds(20), .kept_descriptors = 0}};
};

TEST_P(Glances, TellTheCpuTimeOfNowAndReadNothingElse) {
  runs_for(2 * kMillisecond);
  const ProcessReading reading = look(3);
  EXPECT_FALSE(is_read(reading));
  EXPECT_EQ(reading.read_at, seconds(2));
  EXPECT_EQ(reading.ran_at, seconds(3));
  EXPECT_EQ(reading.run_time, milliseconds(52));
  EXPECT_EQ(reading.user_cpu + reading.system_cpu, milliseconds(42)) << "what stat told, and since";
  EXPECT_EQ(reading.user_cpu, std::chrono::microseconds(31'500)) << "shared as before";
}

TEST_P(Glances, AreForThoseOnlyWhoUseLittleInATick) {
  runs_for(3 * kMillisecond);
  EXPECT_TRUE(is_read(look(3)));
}

TEST_P(Glances, EndOnceAsMuchHasRunAsItsStatCanTell) {
  for (int second = 3; second <= 6; ++second) {
    runs_for(2 * kMillisecond);
    EXPECT_FALSE(is_read(look(second))) << second;
  }
  runs_for(2 * kMillisecond);
  EXPECT_TRUE(is_read(look(7)));
}

TEST_P(Glances, EndWithTheRefreshEvenIfItSleepsByThen) {
  runs_for(kMillisecond);
  int second = 3;
  while (!is_read(look(second)) && second < 60) ++second;
  EXPECT_LE(second, 22);
}

TEST_P(Glances, LetNoCpuTimeFall) {
  runs_for(2 * kMillisecond);
  const ProcessReading before = look(3);
  runs_for(5 * kMillisecond);
  const ProcessReading after = look(4);  // its stat tells 40 ms, still
  EXPECT_TRUE(is_read(after));
  EXPECT_EQ(after.user_cpu, before.user_cpu);
  EXPECT_EQ(after.system_cpu, before.system_cpu);
}

TEST_P(Glances, AreNotForThoseWhoWaitForACpu) {
  runs_for(4 * kMillisecond, 30 * kMillisecond);
  look(3);
  table_.processes[kWorker].major_faults = 8;
  runs_for(kMillisecond);
  EXPECT_EQ(look(4).major_faults, 8u);
}

TEST_P(Glances, AreNotForThoseWhoReadOrWrite) {
  proc_.write(path(kWorker, "io"), "read_bytes: 1\nwrite_bytes: 4096\n");
  runs_for(4 * kMillisecond);
  look(3);
  table_.processes[kWorker].major_faults = 8;
  runs_for(kMillisecond);
  EXPECT_EQ(look(4).major_faults, 8u);
}

TEST_P(Glances, AreNotForParents) {
  start(11, "helper", kWorker);
  look(3);
  runs_for(kMillisecond);
  EXPECT_TRUE(is_read(look(4))) << "a child may end, and what it used come to its parent";
}

TEST_P(Glances, CountDescriptorsOfSyncWorkers) {
  proc_.remove(path(kWorker, "fd"));
  proc_.write(path(kWorker, "fd"), "its size is their number");
  runs_for(kMillisecond);
  EXPECT_EQ(look(3).open_fds, 24u);
}

TEST_P(Glances, ReadTitlesThatTellAState) {
  rules_.tiers[0].titles_tell_state = true;
  proc_.write(path(kWorker, "cmdline"), "nginx: waiting");
  runs_for(kMillisecond);
  EXPECT_EQ(look(3).title, "nginx: waiting");
}

INSTANTIATE_TEST_SUITE_P(ByClocks, Glances, testing::Values(Way::kClocks));

}  // namespace
}  // namespace tierwatch
