// SPDX-License-Identifier: MIT
//
// What the process collector reads of members only.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/process/process_collector.h"
#include "tests/support/process_collector_fixture.h"

namespace tierwatch {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(ProcessCollectorTest, MemoryOfASleepingProcessIsReadEveryTenSeconds) {
  start(10, "nginx");
  tick(1);
  write_pages(10, 2, 0);
  std::optional<MemoryReading> memory;
  for (int second = 2; second <= 11; ++second) memory = tick(second)[0].memory;
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->resident_bytes, 2 * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)));
}

TEST_P(ProcessCollectorTest, MemoryOfARunningProcessIsReadAtEachTick) {
  start(10, "nginx");
  tick(1);
  write_pages(10, 20, 8);
  ran(10, 200);
  const auto memory = tick(2)[0].memory;
  ASSERT_TRUE(memory);
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  EXPECT_EQ(memory->resident_bytes, 20 * page);
  EXPECT_EQ(memory->anonymous_bytes, 12 * page);
  EXPECT_EQ(memory->shared_bytes, 8u * 1024) << "as status said";
  EXPECT_EQ(memory->file_bytes, 8 * page - 8 * 1024);
}

TEST_P(ProcessCollectorTest, SharedMemoryIsNeverMoreThanWhatIsShared) {
  start(10, "nginx");
  tick(1);
  write_pages(10, 20, 1);
  ran(10, 200);
  const auto memory = tick(2)[0].memory;
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->shared_bytes, static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)));
  EXPECT_EQ(memory->file_bytes, 0u);
}

TEST_P(ProcessCollectorTest, MemoryThatIsGarbledIsAbsentUntilItIsReadWhole) {
  start(10, "nginx");
  tick(1);
  write_pages(10, 6, 10);
  ran(10, 200);
  EXPECT_FALSE(tick(2)[0].memory);
  EXPECT_EQ(faults_.counts().at({"statm", Fault::kMalformed}), 1u);
  write_pages(10, 10, 6);
  ran(10, 300);
  std::optional<MemoryReading> memory;
  for (int second = 3; second <= 7; ++second) memory = tick(second)[0].memory;
  EXPECT_TRUE(memory);
}

TEST_P(ProcessCollectorTest, LimitsOfASleepingProcessAreReadEveryMinute) {
  start(10, "nginx");
  tick(1);
  proc_.write("proc/10/limits",
              "Max processes             90                90                processes\n"
              "Max open files            9                 9                 files\n");
  std::optional<std::uint64_t> limit;
  for (int second = 2; second <= 61; ++second) limit = tick(second)[0].fd_limit;
  EXPECT_EQ(limit, 9u);
}

TEST_P(ProcessCollectorTest, FilesThatMayNotBeReadLeaveFieldsAbsentAndAreCounted) {
  start(10, "nginx");
  proc_.make_unreadable("proc/10/io");
  proc_.make_unreadable("proc/10/limits");
  const auto readings = tick(1);
  EXPECT_FALSE(readings[0].io);
  EXPECT_FALSE(readings[0].fd_limit);
  EXPECT_TRUE(readings[0].memory);
  EXPECT_EQ(faults_.counts().at({"io", Fault::kOther}), 1u);
}

TEST_P(ProcessCollectorTest, GarbageIsCountedAndAbsent) {
  start(10, "nginx");
  proc_.write("proc/10/status", "\xff\x00\x01");
  proc_.write("proc/10/io", "read_bytes: many\n");
  proc_.write("proc/10/limits", "");
  const auto readings = tick(1);
  EXPECT_FALSE(readings[0].memory);
  EXPECT_FALSE(readings[0].io);
  EXPECT_EQ(faults_.counts().at({"status", Fault::kMalformed}), 1u);
  EXPECT_EQ(faults_.counts().at({"io", Fault::kMalformed}), 1u);
  EXPECT_EQ(faults_.counts().at({"limits", Fault::kMalformed}), 1u);
}

TEST_P(ProcessCollectorTest, NewThreadsAreFoundAndSorted) {
  start(10, "nginx");
  tick(1);
  proc_.write("proc/10/task/7/schedstat", "5 0 1\n");
  proc_.write("proc/10/task/7/status",
              "State:\tS\nvoluntary_ctxt_switches:\t70\nnonvoluntary_ctxt_switches:\t1\n");
  table_.processes[10].thread_count = 2;
  ran(10, 300);
  const auto readings = tick(2);
  ASSERT_EQ(readings[0].threads->size(), 2u);
  EXPECT_EQ(readings[0].threads->at(0).tid, 7);
  EXPECT_EQ(readings[0].threads->at(0).voluntary_switches, 70u);
  EXPECT_EQ(readings[0].threads->at(1).run, nanoseconds(300));
}

TEST_P(ProcessCollectorTest, ThreadThatEndedIsForgotten) {
  start(10, "nginx");
  proc_.write("proc/10/task/11/schedstat", "5 0 1\n");
  table_.processes[10].thread_count = 2;
  EXPECT_EQ(tick(1)[0].threads->size(), 2u);
  proc_.remove("proc/10/task/11");
  table_.processes[10].thread_count = 1;
  if (GetParam() == Way::kClocks) table_.run_times[10] = nanoseconds(101);  // it ended by running
  EXPECT_EQ(tick(2)[0].threads->size(), 1u);
}

TEST_P(ProcessCollectorTest, AServerWithThreadsWaitsForADiskWhenOneOfThemDoes) {
  rules_.tiers[0].roles[0].kind = RoleKind::kThreaded;
  start(10, "nginx");
  const auto thread = [&](int tid, char state, int run_ns) {
    const std::string folder = "proc/10/task/" + std::to_string(tid) + "/";
    proc_.write(folder + "schedstat", std::to_string(run_ns) + " 0 1\n");
    proc_.write(folder + "stat", std::to_string(tid) + " (a) b) " + state +
                                     " 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 3 0 100 0 0 0\n");
  };
  thread(11, 'D', 5);
  table_.processes[10].thread_count = 2;
  EXPECT_EQ(tick(1)[0].state, 'D');
  EXPECT_EQ(tick(2)[0].state, 'D') << "none has run since";
  thread(11, 'S', 6);
  ran(10, 300);
  EXPECT_EQ(tick(3)[0].state, 'S');
  thread(11, 'D', 7);
  ran(10, 400);
  table_.processes[10].state = 'R';
  EXPECT_EQ(tick(4)[0].state, 'R') << "its main thread says more";
  table_.processes[10].state = 'S';
  rules_.tiers[0].roles[0].kind = RoleKind::kEventWorker;
  ran(10, 500);
  EXPECT_EQ(tick(5)[0].state, 'S') << "its main thread does the work";
}

TEST_P(ProcessCollectorTest, ScheduleTimesThatAreAllZeroAreNone) {
  start(10, "nginx");
  proc_.write("proc/10/task/10/schedstat", "0 0 0\n");
  EXPECT_FALSE(tick(1)[0].threads);
  tick(2);
  table_.processes[10].major_faults = 7;
  const bool known_to_sleep = GetParam() == Way::kClocks;  // zeros do not say that it slept
  EXPECT_EQ(tick(3)[0].major_faults, known_to_sleep ? 0u : 7u);
}

TEST_P(ProcessCollectorTest, ThreadThatNeverRanStandsBesideThoseThatDid) {
  start(10, "nginx");
  proc_.write("proc/10/task/11/schedstat", "0 0 0\n");
  table_.processes[10].thread_count = 2;
  const auto readings = tick(1);
  ASSERT_TRUE(readings[0].threads);
  EXPECT_EQ(readings[0].threads->size(), 2u);
}

TEST_P(ProcessCollectorTest, KernelWithoutSchedstatLeavesThreadsAbsent) {
  start(10, "nginx");
  proc_.remove("proc/10/task/10/schedstat");
  EXPECT_FALSE(tick(1)[0].threads);
  tick(2);
  table_.processes[10].major_faults = 7;
  const bool told = GetParam() == Way::kClocks;  // else nobody knows that it sleeps
  EXPECT_EQ(tick(3)[0].major_faults, told ? 0u : 7u);
}

TEST_P(ProcessCollectorTest, ProportionalMemoryIsOffUnlessAskedFor) {
  start(10, "nginx");
  proc_.write("proc/10/smaps_rollup", "Pss:   12 kB\n");
  EXPECT_FALSE(tick(1)[0].proportional_bytes);

  ProcessCollector asked(files_, table_, faults_, rules_,
                         {.kept_descriptors = 0, .proportional_memory = true});
  asked.collect({.monotonic = seconds(2), .boot = seconds(10'002)});
  ASSERT_TRUE(asked.wait(seconds(60)));
  EXPECT_EQ(asked.collect({.monotonic = seconds(3), .boot = seconds(10'003)})[0].proportional_bytes,
            12u * 1024);
}

TEST_P(ProcessCollectorTest, ProportionalMemoryThatIsNotToldHoldsUpNoTick) {
  start(10, "nginx");
  start(11, "nginx");
  proc_.write("proc/10/smaps_rollup", "");
  proc_.write("proc/11/smaps_rollup", "Pss:   12 kB\n");
  const std::string file = proc_.root() / "proc/10/smaps_rollup";
  ASSERT_EQ(unlink(file.c_str()), 0);
  ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
  ProcessCollector asked(files_, table_, faults_, rules_,
                         {.kept_descriptors = 0, .proportional_memory = true});
  const auto at = [&](int second) {
    return asked.collect({.monotonic = seconds(second), .boot = seconds(10'000 + second)});
  };
  at(2);
  EXPECT_FALSE(asked.wait(std::chrono::milliseconds(1))) << "nobody writes into the first one";
  at(3);
  at(14);  // given up
  at(75);
  ASSERT_TRUE(asked.wait(seconds(60)));
  const auto readings = at(76);
  EXPECT_FALSE(readings[0].proportional_bytes);
  EXPECT_EQ(readings[1].proportional_bytes, 12u * 1024);
  // Who hangs there may end; a thread that was too slow to begin has ended by itself.
  const FileDescriptor writer(open(file.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
}

TEST_P(ProcessCollectorTest, ProportionalMemoryOfLargeProcessesIsLeftOut) {
  start(10, "nginx");
  proc_.write("proc/10/smaps_rollup", "Pss:   12 kB\n");
  ProcessCollector asked(
      files_, table_, faults_, rules_,
      {.kept_descriptors = 0, .proportional_memory = true, .proportional_max_bytes = 39 * 1024});
  asked.collect({.monotonic = seconds(2), .boot = seconds(10'002)});
  ASSERT_TRUE(asked.wait(seconds(60)));
  EXPECT_FALSE(
      asked.collect({.monotonic = seconds(3), .boot = seconds(10'003)})[0].proportional_bytes);
}

TEST_P(ProcessCollectorTest, EachMembershipOfMembersIsToldOnceAndNumbered) {
  start(10, "nginx");
  start(11, "nginx");
  start(12, "nginx");
  start(20, "bash");
  proc_.write(path(12, "cgroup"), "0::/docker/abc\n");
  const auto readings = tick(1);
  EXPECT_THAT(collector_.cgroup_memberships(),
              ElementsAre("0::/system.slice/nginx.service\n", "0::/docker/abc\n"));
  EXPECT_EQ(readings[0].cgroup_index, 0u);
  EXPECT_EQ(readings[1].cgroup_index, 0u);
  EXPECT_EQ(readings[2].cgroup_index, 1u);
  EXPECT_EQ(readings[3].cgroup_index, std::nullopt) << "an outsider's limits are of no interest";
}

TEST_P(ProcessCollectorTest, MembershipsOfThoseThatEndedAreForgotten) {
  start(10, "nginx");
  start(11, "nginx");
  proc_.write(path(10, "cgroup"), "0::/a\n");
  proc_.write(path(11, "cgroup"), "0::/b\n");
  tick(1);
  end(10);
  const auto readings = tick(2);
  EXPECT_THAT(collector_.cgroup_memberships(), ElementsAre("0::/b\n"));
  EXPECT_EQ(readings[0].cgroup_index, 0u);
}

TEST_P(ProcessCollectorTest, AMemberWithoutACgroupFileHasNoIndex) {
  start(10, "nginx");
  proc_.remove(path(10, "cgroup"));
  const auto readings = tick(1);
  ASSERT_TRUE(readings[0].member);
  EXPECT_EQ(readings[0].cgroup_index, std::nullopt);
  EXPECT_THAT(collector_.cgroup_memberships(), IsEmpty());
}

TEST_P(ProcessCollectorTest, AffinityIsThatOfTheMainThread) {
  start(10, "nginx");
  proc_.write(path(10, "status"), "State:\tS (sleeping)\nCpus_allowed_list:\t0-1,3\n");
  const auto readings = tick(1);
  ASSERT_TRUE(readings[0].allowed_cpus);
  EXPECT_EQ(readings[0].allowed_cpus->count(), 3u);
  EXPECT_TRUE(readings[0].allowed_cpus->contains(3));
  EXPECT_FALSE(readings[0].allowed_cpus->contains(2));
}

TEST_P(ProcessCollectorTest, WithoutTheLineAffinityIsNotKnown) {
  start(10, "nginx");
  EXPECT_EQ(tick(1)[0].allowed_cpus, std::nullopt);
}

}  // namespace
}  // namespace tierwatch
