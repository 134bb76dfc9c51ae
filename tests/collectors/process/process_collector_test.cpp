// SPDX-License-Identifier: MIT
#include "collectors/process/process_collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/process_collector_fixture.h"

namespace tierwatch {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string name_of(const testing::TestParamInfo<Way>& way) {
  return way.param == Way::kClocks ? "clocks" : "threads";
}

INSTANTIATE_TEST_SUITE_P(Ways, ProcessCollectorTest, testing::Values(Way::kClocks, Way::kThreads),
                         name_of);

/// Where a sleeper is told by its CPU clock, the collector reads `stat` by itself.
class ClockedProcessCollectorTest : public ProcessCollectorTest {};
INSTANTIATE_TEST_SUITE_P(Ways, ClockedProcessCollectorTest, testing::Values(Way::kClocks), name_of);

TEST_P(ProcessCollectorTest, MemberHasEverythingAnOutsiderNothingButStat) {
  start(10, "nginx");
  start(20, "bash");
  const auto readings = tick(1);
  ASSERT_EQ(readings.size(), 2u);
  const ProcessReading& member = readings[0];
  ASSERT_TRUE(member.member);
  EXPECT_EQ(member.memory->resident_bytes, 40u * 1024);
  EXPECT_EQ(member.io->written_bytes, 2u);
  EXPECT_EQ(member.open_fds, 2u);
  EXPECT_EQ(member.fd_limit, 1024u);
  ASSERT_EQ(member.threads->size(), 1u);
  EXPECT_EQ(member.threads->front().voluntary_switches, 5u);
  EXPECT_EQ(member.cgroup, "/system.slice/nginx.service");
  EXPECT_FALSE(readings[1].member);
  EXPECT_FALSE(readings[1].memory);
  EXPECT_FALSE(readings[1].open_fds);
}

TEST_P(ProcessCollectorTest, ProcessThatDidNotRunIsNotReadAgain) {
  start(10, "nginx");
  tick(1);
  ran(10, 200);
  table_.processes[10].major_faults = 7;
  EXPECT_EQ(tick(2)[0].major_faults, 7u);
  table_.processes[10].major_faults = 8;  // which a process that sleeps cannot have
  EXPECT_EQ(tick(3)[0].major_faults, 7u);
}

TEST_P(ClockedProcessCollectorTest, OutsiderThatDidNotRunIsNotReadAgainWhereThereAreClocks) {
  start(20, "bash");
  nanoseconds read_at{};
  for (int second = 1; second <= 12; ++second) {
    if (second == 7) table_.processes[20].major_faults = 8;
    const auto readings = tick(second);
    EXPECT_EQ(readings[0].major_faults, 0u);
    read_at = readings[0].read_at;
  }
  EXPECT_GT(read_at, seconds(6)) << "that nothing changed is known, and since when";
  ran(20, 200);
  std::uint64_t faults = 0;
  for (int second = 13; second <= 18; ++second) faults = tick(second)[0].major_faults;
  EXPECT_EQ(faults, 8u);
}

TEST_P(ProcessCollectorTest, ChildOfAMemberIsReadWheneverItRan) {
  start(10, "nginx");
  start(20, "sh", 10);
  tick(1);
  for (int second = 2; second <= 4; ++second) {
    ran(20, 1000 * second);
    table_.processes[20].user_cpu = seconds(second);
    EXPECT_EQ(tick(second)[1].user_cpu, seconds(second));
  }
}

TEST_P(ProcessCollectorTest, KnownMembersAreReadWithoutLibproc2) {
  start(10, "nginx");
  tick(1);
  EXPECT_TRUE(is_asked_of_libproc2(10));
  for (int second = 2; second <= 40; ++second) {
    ran(10, 1000 * second);
    tick(second);
    EXPECT_EQ(is_asked_of_libproc2(10), GetParam() == Way::kThreads) << second;
  }
}

TEST_P(ClockedProcessCollectorTest, OddNamesAreLibproc2sMatter) {
  rules_.tiers[0].match[0] = {.comm = Glob("a*")};
  start(10, "a\x01");
  tick(1);
  ran(10, 200);
  tick(2);
  EXPECT_TRUE(is_asked_of_libproc2(10));
}

TEST_P(ProcessCollectorTest, NameLikeAStatLineIsAName) {
  rules_.tiers[0].match[0] = {.comm = Glob("a*")};
  start(10, "a) R 1 (b");
  tick(1);
  ran(10, 200);
  table_.processes[10].user_cpu = seconds(3);
  const auto reading = tick(2)[0];
  EXPECT_EQ(reading.comm, "a) R 1 (b");
  EXPECT_EQ(reading.state, 'S');
  EXPECT_EQ(reading.user_cpu, seconds(3));
}

TEST_P(ClockedProcessCollectorTest, StatThatIsCutShortIsLeftToLibproc2AndCounted) {
  start(10, "nginx");
  tick(1);
  ran(10, 200);
  table_.processes[10].major_faults = 7;
  proc_.write("proc/10/stat", "10 (nginx) S 1 1 1 0 -1");
  const auto readings = collector_.collect({.monotonic = seconds(2), .boot = seconds(10'000 + 2)});
  EXPECT_EQ(readings[0].major_faults, 7u);
  EXPECT_EQ(faults_.counts().at({"stat", Fault::kMalformed}), 1u);
}

TEST_P(ProcessCollectorTest, ProcessThatOnlyWaitedIsReadAgain) {
  start(10, "nginx");
  tick(1);
  tick(2);
  ran(10, 100, 50);
  table_.processes[10].major_faults = 7;
  if (GetParam() == Way::kThreads) {
    EXPECT_EQ(tick(3)[0].major_faults, 7u);
    return;
  }
  // The clock stands still until it gets the CPU it waited for.
  EXPECT_EQ(tick(3)[0].major_faults, 0u);
  ran(10, 101, 50);
  const auto reading = tick(4)[0];
  EXPECT_EQ(reading.major_faults, 7u);
  EXPECT_EQ(reading.threads->front().wait, nanoseconds(50));
}

TEST_P(ProcessCollectorTest, CgroupOfASleepingProcessIsReadEveryMinute) {
  start(10, "nginx");
  tick(1);
  proc_.write("proc/10/cgroup", "0::/elsewhere\n");
  std::string cgroup;
  for (int second = 2; second <= 61; ++second) cgroup = tick(second)[0].cgroup;
  EXPECT_EQ(cgroup, "/elsewhere");
  EXPECT_THAT(collector_.cgroup_memberships(), ElementsAre("0::/elsewhere\n"));
}

TEST_P(ProcessCollectorTest, NewParentOfASleepingProcessIsSeenWithinAMinute) {
  start(10, "nginx");
  tick(1);
  table_.processes[10].parent_pid = 5;
  pid_t parent = 0;
  for (int second = 2; second <= 61; ++second) parent = tick(second)[0].parent_pid;
  EXPECT_EQ(parent, 5);
}

TEST_P(ProcessCollectorTest, TitlesThatTellStateAreReadWheneverTheProcessRan) {
  rules_.tiers[0].titles_tell_state = true;
  start(10, "nginx");
  tick(1);
  tick(2);
  proc_.write("proc/10/cmdline", "nginx idle in transaction");
  ran(10, 5000);
  const auto readings = tick(3);
  EXPECT_EQ(readings[0].title, "nginx idle in transaction");
  EXPECT_TRUE(readings[0].member);
}

TEST_P(ProcessCollectorTest, ProcessThatVanishesBetweenAnyTwoReadsIsNoFault) {
  const std::vector<std::string> files = {"cmdline", "cgroup", "status", "statm",
                                          "io",      "limits", "fd",     "task"};
  for (std::size_t kept = 0; kept <= files.size(); ++kept) {
    start(10, "nginx");
    for (std::size_t i = kept; i < files.size(); ++i) proc_.remove(path(10, files[i]));
    tick(static_cast<int>(kept) + 1);  // must neither throw nor count
    end(10);
    EXPECT_THAT(tick(static_cast<int>(kept) + 1), IsEmpty());
  }
  for (const auto& [key, count] : faults_.counts())
    EXPECT_EQ(key.second, Fault::kGone) << key.first;
}

TEST_P(ProcessCollectorTest, AListingThatFailsEndsNobody) {
  start(10, "nginx");
  start(20, "bash");
  tick(1);
  table_.fails_to_list = true;
  EXPECT_EQ(tick(2).size(), 2u);
  EXPECT_EQ(faults_.counts().at({"processes", Fault::kOther}), 1u);
  table_.fails_to_list = false;
  end(20);
  EXPECT_EQ(tick(3).size(), 1u);
}

TEST_P(ProcessCollectorTest, ReusedPidStartsAnew) {
  start(10, "nginx");
  tick(1);
  table_.processes[10].id.started = seconds(9000);
  table_.processes[10].comm = "bash";
  proc_.write("proc/10/cmdline", "bash");
  ran(10, 7);
  const auto readings = tick(2);
  EXPECT_FALSE(readings[0].member);
  EXPECT_EQ(readings[0].title, "bash");
}

TEST_P(ProcessCollectorTest, ChangedNameIsMatchedAgain) {
  start(10, "bash");
  EXPECT_FALSE(tick(1)[0].member);
  table_.processes[10].comm = "nginx";
  ran(10, 200);
  std::optional<Membership> member;
  for (int second = 2; second <= 6; ++second) member = tick(second)[0].member;
  EXPECT_TRUE(member);
}

TEST_P(ProcessCollectorTest, YoungProcessIsMatchedAtEachTick) {
  start(10, "bash");
  table_.processes[10].id.started = seconds(10'000);
  EXPECT_FALSE(tick(1)[0].member);
  table_.processes[10].comm = "nginx";
  EXPECT_TRUE(tick(2)[0].member);
}

TEST_P(ProcessCollectorTest, MemberThatDiesKeepsItsTierUntilItIsReaped) {
  start(10, "nginx");
  tick(1);
  table_.processes[10].state = 'Z';
  proc_.write("proc/10/cmdline", "");
  ran(10, 400);
  const auto readings = tick(2);
  EXPECT_TRUE(readings[0].member);
  EXPECT_EQ(readings[0].title, "nginx");
  EXPECT_EQ(readings[0].state, 'Z');
  EXPECT_FALSE(readings[0].memory) << "it has given that back";
  EXPECT_FALSE(readings[0].open_fds);
}

TEST_P(ProcessCollectorTest, ZombieFirstSeenDeadBelongsToNobody) {
  start(10, "nginx");
  table_.processes[10].state = 'Z';
  EXPECT_FALSE(tick(1)[0].member);
}

}  // namespace
}  // namespace tierwatch
