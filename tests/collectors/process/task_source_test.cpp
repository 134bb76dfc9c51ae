// SPDX-License-Identifier: MIT
//
// A collector that is told of processes by a task source, and one whose source fails.
#include "collectors/process/task_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/process_collector_fixture.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;

class FakeTasks : public TaskSource {
 public:
  struct Told {
    ProcessTask task;
    std::vector<ThreadTask> threads;
  };
  std::map<pid_t, Told> processes;
  std::optional<std::vector<pid_t>> all;  ///< absent: not known for certain
  bool works = true;

  bool read() override { return works; }
  bool are_all(std::span<const pid_t> pids) const override {
    return all && std::ranges::equal(*all, pids);
  }
  const ProcessTask* find(pid_t pid) const override {
    const auto found = processes.find(pid);
    return works && found != processes.end() ? &found->second.task : nullptr;
  }
  const std::string& trouble() const override { return trouble_; }

  Told& tell(const ProcessStat& stat, nanoseconds run) {
    Told& told = processes[stat.id.pid];
    told.threads = {{.reading = {.tid = stat.id.pid,
                                 .run = run,
                                 .wait = nanoseconds(9),
                                 .voluntary_switches = 77},
                     .accounted = true}};
    told.task = {.stat = stat,
                 .cpu = {.run = run, .user_ticks = nanoseconds(1), .system_ticks = {}},
                 .memory = MemoryReading{.resident_bytes = 4096, .anonymous_bytes = 4096},
                 .io = {.read_bytes = 11, .written_bytes = 12},
                 .open_fds = 13,
                 .threads = told.threads};
    return told;
  }

 private:
  std::string trouble_ = "it is a fake";
};

class ToldProcessCollectorTest : public ProcessCollectorTest {
 protected:
  std::vector<ProcessReading> tick(int second) {
    for (const auto& [pid, stat] : table_.processes) write_stat(stat);
    return told_.collect({.monotonic = seconds(second), .boot = seconds(10'000 + second)});
  }
  FakeTasks tasks_;
  ProcessCollector told_{files_, table_, faults_, rules_, {.kept_descriptors = 0}, &tasks_};
};
INSTANTIATE_TEST_SUITE_P(Ways, ToldProcessCollectorTest, testing::Values(Way::kClocks),
                         [](const auto&) { return "clocks"; });

TEST_P(ToldProcessCollectorTest, MemberIsWhatTheSourceTells) {
  start(10, "nginx");
  tick(1);
  tasks_.tell(table_.processes[10], milliseconds(1500) + nanoseconds(1));
  const ProcessReading member = tick(2)[0];
  EXPECT_EQ(member.user_cpu, milliseconds(1500) + nanoseconds(1));
  EXPECT_EQ(member.system_cpu, nanoseconds(0));
  EXPECT_EQ(member.memory->resident_bytes, 4096u);
  EXPECT_EQ(member.io->written_bytes, 12u);
  EXPECT_EQ(member.open_fds, 13u);
  EXPECT_EQ(member.threads->front().wait, nanoseconds(9));
  EXPECT_EQ(member.threads->front().voluntary_switches, 77u);
  EXPECT_EQ(member.fd_limit, 1024u);  // which only /proc tells
  EXPECT_EQ(member.read_at, seconds(2));
}

TEST_P(ToldProcessCollectorTest, AThreadThatWaitsForADiskIsToldToo) {
  rules_.tiers[0].roles[0].kind = RoleKind::kThreaded;
  start(10, "nginx");
  tasks_.tell(table_.processes[10], milliseconds(5)).threads[0].state = 'D';
  EXPECT_EQ(tick(1)[0].state, 'D');
}

TEST_P(ToldProcessCollectorTest, NewMemberIsWholeInItsFirstTick) {
  start(10, "nginx");
  tasks_.tell(table_.processes[10], milliseconds(5));
  const ProcessReading member = tick(1)[0];
  EXPECT_EQ(member.threads->front().run, milliseconds(5));
  EXPECT_EQ(member.open_fds, 13u);
  EXPECT_TRUE(member.allowed_cpus || member.fd_limit);
}

TEST_P(ToldProcessCollectorTest, OutsiderThatRanIsNotAskedOfLibproc2) {
  start(20, "bash", 10);
  start(10, "nginx");
  tick(1);
  tasks_.tell(table_.processes[10], milliseconds(5));
  tasks_.tell(table_.processes[20], milliseconds(30));
  const auto readings = tick(2);
  EXPECT_TRUE(table_.last_read.empty());
  EXPECT_EQ(readings[1].user_cpu, milliseconds(30));
  EXPECT_FALSE(readings[1].memory);
}

TEST_P(ToldProcessCollectorTest, AnotherProcessOfThatNumberIsAskedOfProc) {
  start(10, "nginx");
  tick(1);
  ProcessStat other = table_.processes[10];
  other.id.started += seconds(1);
  tasks_.tell(other, milliseconds(1500));
  ran(10, 200);
  const ProcessReading member = tick(2)[0];
  EXPECT_EQ(member.user_cpu, nanoseconds(0));
  EXPECT_EQ(member.io->written_bytes, 2u);
}

TEST_P(ToldProcessCollectorTest, SourceThatFailsIsReplacedByProcWithinTheTickAndNothingFalls) {
  start(10, "nginx");
  tick(1);
  tasks_.tell(table_.processes[10], milliseconds(1509));
  tick(2);
  tasks_.works = false;
  table_.processes[10].user_cpu = milliseconds(1500);  // /proc counts in steps of 10 ms
  ran(10, 1'509'500'000);
  const ProcessReading member = tick(3)[0];
  EXPECT_EQ(member.user_cpu, milliseconds(1509));
  EXPECT_EQ(member.io->written_bytes, 2u);
  EXPECT_EQ(member.threads->front().run, nanoseconds(1'509'500'000));
  tasks_.works = true;
  table_.processes[10].user_cpu = milliseconds(1600);
  ran(10, 1'600'000'000);
  EXPECT_EQ(tick(4)[0].user_cpu, milliseconds(1600));  // and /proc it stays
}

TEST_P(ToldProcessCollectorTest, ProcIsListedOnlyWhenSomebodyHasComeOrGone) {
  start(10, "nginx");
  tick(1);
  tasks_.tell(table_.processes[10], milliseconds(5));
  tasks_.all = {10};
  table_.fails_to_list = true;
  EXPECT_EQ(tick(2).size(), 1u);
  EXPECT_TRUE(faults_.counts().empty());  // nobody tried
  table_.fails_to_list = false;
  start(11, "nginx");
  tasks_.all = {10, 11};
  EXPECT_EQ(tick(3).size(), 2u);
  table_.processes.erase(10);
  tasks_.all = {11};
  EXPECT_EQ(tick(4).size(), 1u);
}

TEST_P(ToldProcessCollectorTest, ProcessThatDidNotRunIsLeftAsItIs) {
  start(10, "nginx");
  tasks_.tell(table_.processes[10], milliseconds(5));
  tick(1);
  tasks_.processes[10].task.open_fds = 99;  // which a process that sleeps cannot have
  EXPECT_EQ(tick(2)[0].open_fds, 13u);
}

}  // namespace
}  // namespace tierwatch
