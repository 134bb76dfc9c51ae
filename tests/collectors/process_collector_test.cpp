// SPDX-License-Identifier: MIT
#include "collectors/process_collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/fake_proc.h"
#include "tests/support/fake_process_table.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

/// Who tells what ran and what it did.
enum class Way {
  kClocks,   ///< CPU clocks of processes, and their stat read by ourselves
  kThreads,  ///< schedstat of their threads, and libproc2: all there is in a foreign pid namespace
};

/// A machine on which everything was started long ago: nothing is young, and what is read is
/// decided by what ran.
class ProcessCollectorTest : public testing::TestWithParam<Way> {
 protected:
  ProcessCollectorTest() {
    TierRule nginx{.name = "nginx", .roles = {{.name = "worker", .kind = RoleKind::kEventWorker}}};
    nginx.match.push_back({.comm = Glob("nginx")});
    rules_.tiers.push_back(std::move(nginx));
    proc_.make_directory("proc/self/fd");
  }

  std::string path(pid_t pid, const std::string& file) const {
    return "proc/" + std::to_string(pid) + "/" + file;
  }

  void start(pid_t pid, const std::string& comm, pid_t parent = 1) {
    table_.processes[pid] = {.id = {.pid = pid, .started = seconds(pid)},
                             .parent_pid = parent,
                             .comm = comm,
                             .state = 'S',
                             .thread_count = 1};
    proc_.write(path(pid, "cmdline"), comm);
    proc_.write(path(pid, "cgroup"), "0::/system.slice/" + comm + ".service\n");
    proc_.write(
        path(pid, "status"),
        "State:\tS (sleeping)\nUid:\t0\t0\t0\t0\nVmRSS:\t40 kB\nRssAnon:\t10 kB\nRssFile:\t20 kB\n"
        "RssShmem:\t10 kB\nvoluntary_ctxt_switches:\t5\nnonvoluntary_ctxt_switches:\t6\n");
    proc_.write(path(pid, "io"), "read_bytes: 1\nwrite_bytes: 2\n");
    proc_.write(path(pid, "limits"),
                "Max open files            1024                 4096                 files\n");
    proc_.write(path(pid, "fd/0"), "");
    proc_.write(path(pid, "fd/1"), "");
    ran(pid, 100);
  }

  /// Its main thread has run for so long by now.
  void ran(pid_t pid, int run_ns, int wait_ns = 0) {
    if (GetParam() == Way::kClocks) table_.run_times[pid] = nanoseconds(run_ns);
    proc_.write(path(pid, "task/" + std::to_string(pid) + "/schedstat"),
                std::to_string(run_ns) + " " + std::to_string(wait_ns) + " 1\n");
  }

  void end(pid_t pid) {
    table_.processes.erase(pid);
    table_.run_times.erase(pid);
    proc_.remove("proc/" + std::to_string(pid));
  }

  /// The kernel's own text of what the table says.
  void write_stat(const ProcessStat& stat) {
    const auto ticks = [](nanoseconds time) {
      return std::to_string(time / std::chrono::milliseconds(10)) + " ";
    };
    proc_.write(path(stat.id.pid, "stat"),
                std::to_string(stat.id.pid) + " (" + stat.comm + ") " + stat.state + " " +
                    std::to_string(stat.parent_pid) + " 1 1 0 -1 4194560 0 0 " +
                    std::to_string(stat.major_faults) + " 0 " + ticks(stat.user_cpu) +
                    ticks(stat.system_cpu) + ticks(stat.children_user_cpu) +
                    ticks(stat.children_system_cpu) + "20 0 " + std::to_string(stat.thread_count) +
                    " 0 " + ticks(stat.id.started) + "1000000 10 18446744073709551615\n");
  }

  std::vector<ProcessReading> tick(int second) {
    if (GetParam() == Way::kClocks) {
      for (const auto& [pid, stat] : table_.processes) write_stat(stat);
    }
    return collector_.collect({.monotonic = seconds(second), .boot = seconds(10'000 + second)});
  }

  FakeProc proc_;
  ProcFs files_{proc_.root()};
  FakeProcessTable table_;
  FaultLog faults_;
  TierRules rules_;
  bool is_asked_of_libproc2(pid_t pid) const {
    const auto& asked = table_.last_read;
    return std::find(asked.begin(), asked.end(), pid) != asked.end();
  }

  // Without kept files: a test tree's files are replaced, not changed, so an open one would show
  // the old text.
  ProcessCollector collector_{files_, table_, faults_, rules_, {.kept_descriptors = 0}};
};

INSTANTIATE_TEST_SUITE_P(Ways, ProcessCollectorTest, testing::Values(Way::kClocks, Way::kThreads),
                         [](const auto& way) {
                           return way.param == Way::kClocks ? "clocks" : "threads";
                         });

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

TEST_P(ProcessCollectorTest, OutsiderThatDidNotRunIsNotReadAgainWhereThereAreClocks) {
  if (GetParam() == Way::kThreads) GTEST_SKIP() << "nobody asks an outsider's threads";
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

TEST_P(ProcessCollectorTest, OddNamesAreLibproc2sMatter) {
  if (GetParam() == Way::kThreads) GTEST_SKIP() << "all is";
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

TEST_P(ProcessCollectorTest, StatThatIsCutShortIsLeftToLibproc2AndCounted) {
  if (GetParam() == Way::kThreads) GTEST_SKIP() << "it reads none itself";
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

TEST_P(ProcessCollectorTest, CgroupOfASleepingProcessIsReadEveryHalfMinute) {
  start(10, "nginx");
  tick(1);
  proc_.write("proc/10/cgroup", "0::/elsewhere\n");
  std::string cgroup;
  for (int second = 2; second <= 61; ++second) cgroup = tick(second)[0].cgroup;
  EXPECT_EQ(cgroup, "/elsewhere");
  EXPECT_THAT(collector_.cgroup_memberships(), ElementsAre("0::/elsewhere\n"));
}

TEST_P(ProcessCollectorTest, NewParentOfASleepingProcessIsSeenWithinHalfAMinute) {
  start(10, "nginx");
  tick(1);
  table_.processes[10].parent_pid = 5;
  pid_t parent = 0;
  for (int second = 2; second <= 61; ++second) parent = tick(second)[0].parent_pid;
  EXPECT_EQ(parent, 5);
}

TEST_P(ProcessCollectorTest, MemoryOfASleepingProcessIsReadEveryFiveSeconds) {
  start(10, "nginx");
  tick(1);
  proc_.write(
      "proc/10/status",
      "State:\tS (sleeping)\nVmRSS:\t8 kB\nRssAnon:\t8 kB\nRssFile:\t0 kB\nRssShmem:\t0 kB\n");
  std::optional<MemoryReading> memory;
  for (int second = 2; second <= 6; ++second) memory = tick(second)[0].memory;
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->resident_bytes, 8u * 1024);
}

TEST_P(ProcessCollectorTest, LimitsAreReadEveryHalfMinute) {
  start(10, "nginx");
  tick(1);
  proc_.write("proc/10/limits",
              "Max open files            9                 9                 files\n");
  std::optional<std::uint64_t> limit;
  for (int second = 2; second <= 31; ++second) limit = tick(second)[0].fd_limit;
  EXPECT_EQ(limit, 9u);
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

TEST_P(ProcessCollectorTest, ProcessThatVanishesBetweenAnyTwoReadsIsNoFault) {
  const std::vector<std::string> files = {"cmdline", "cgroup", "status", "io",
                                          "limits",  "fd",     "task"};
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

TEST_P(ProcessCollectorTest, KernelWithoutSchedstatLeavesThreadsAbsent) {
  start(10, "nginx");
  proc_.remove("proc/10/task/10/schedstat");
  EXPECT_FALSE(tick(1)[0].threads);
  tick(2);
  table_.processes[10].major_faults = 7;
  const bool told = GetParam() == Way::kClocks;  // else nobody knows that it sleeps
  EXPECT_EQ(tick(3)[0].major_faults, told ? 0u : 7u);
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
}

TEST_P(ProcessCollectorTest, ZombieFirstSeenDeadBelongsToNobody) {
  start(10, "nginx");
  table_.processes[10].state = 'Z';
  EXPECT_FALSE(tick(1)[0].member);
}

TEST_P(ProcessCollectorTest, ProportionalMemoryIsOffUnlessAskedFor) {
  start(10, "nginx");
  proc_.write("proc/10/smaps_rollup", "Pss:   12 kB\n");
  EXPECT_FALSE(tick(1)[0].proportional_bytes);

  ProcessCollector asked(files_, table_, faults_, rules_,
                         {.kept_descriptors = 0, .proportional_memory = true});
  EXPECT_EQ(asked.collect({.monotonic = seconds(2), .boot = seconds(10'002)})[0].proportional_bytes,
            12u * 1024);
}

TEST_P(ProcessCollectorTest, ProportionalMemoryOfLargeProcessesIsLeftOut) {
  start(10, "nginx");
  proc_.write("proc/10/smaps_rollup", "Pss:   12 kB\n");
  ProcessCollector asked(
      files_, table_, faults_, rules_,
      {.kept_descriptors = 0, .proportional_memory = true, .proportional_max_bytes = 39 * 1024});
  EXPECT_FALSE(
      asked.collect({.monotonic = seconds(2), .boot = seconds(10'002)})[0].proportional_bytes);
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
