// SPDX-License-Identifier: MIT
#include "collectors/bpf/task_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "collectors/bpf/bpf_task_source.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

/// What the kernel's program would write.
class Records {
 public:
  Records& thread(const bpf::ThreadRecord& record) { return add(&record, sizeof record); }
  Records& process(const bpf::ThreadRecord& first, const bpf::ProcessRecord& record) {
    return thread(first).add(&record, sizeof record);
  }
  std::span<const std::byte> bytes() const { return bytes_; }
  std::span<const std::byte> without_last() const { return bytes().first(bytes_.size() - 1); }

 private:
  Records& add(const void* record, std::size_t size) {
    const auto* const begin = static_cast<const std::byte*>(record);
    bytes_.insert(bytes_.end(), begin, begin + size);
    return *this;
  }
  std::vector<std::byte> bytes_;
};

bpf::ProcessRecord process_of(int threads, const char* comm = "nginx") {
  bpf::ProcessRecord record{};
  record.threads = threads;
  record.started = 123'456'789;
  record.parent = 1;
  std::strncpy(record.comm, comm, sizeof record.comm);
  return record;
}

TEST(TaskTable, ProcessIsTheSumOfItsThreadsLivingAndEnded) {
  bpf::ProcessRecord process = process_of(2);
  process.ended_run = 1'000;
  process.ended_user = 2'000;
  process.ended_major_faults = 3;
  process.ended_read_bytes = 4096;
  Records records;
  records.process({.tid = 10, .tgid = 10, .run = 10, .user_time = 20, .major_faults = 1}, process);
  records.process({.tid = 11, .tgid = 11}, process_of(1));  // numbered between the two threads
  records.thread({.tid = 12, .tgid = 10, .run = 5, .system_time = 7, .read_bytes = 1, .state = 2});
  TaskTable table;
  ASSERT_TRUE(table.fill(records.bytes()));
  const ProcessTask* const task = table.find(10);
  ASSERT_TRUE(task);
  EXPECT_EQ(task->cpu.run, nanoseconds(1'015));
  EXPECT_EQ(task->cpu.user_ticks, nanoseconds(2'020));
  EXPECT_EQ(task->cpu.system_ticks, nanoseconds(7));
  EXPECT_EQ(task->stat.major_faults, 4u);
  EXPECT_EQ(task->io.read_bytes, 4097u);
  ASSERT_EQ(task->threads.size(), 2u);
  EXPECT_EQ(task->threads[1].reading.tid, 12);
  EXPECT_EQ(task->threads[1].reading.run, nanoseconds(5));
  EXPECT_EQ(task->threads[1].state, 'D');
  EXPECT_EQ(task->stat.state, 'R');
}

TEST(TaskTable, ThreadsAreTheirProcessWhoeverHasComeAndGoneSinceTheReadBefore) {
  const auto read = [](std::initializer_list<int> others) {
    Records records;
    for (const int pid : others) records.process({.tid = pid, .tgid = pid}, process_of(1));
    records.process({.tid = 10, .tgid = 10, .run = 1}, process_of(2));
    records.process({.tid = 11, .tgid = 11, .run = 2}, process_of(1));
    return records.thread({.tid = 12, .tgid = 10, .run = 4});
  };
  TaskTable table;
  for (const auto& others : {std::initializer_list<int>{}, {}, {7}, {7, 8, 9}, {8}, {}}) {
    ASSERT_TRUE(table.fill(read(others).bytes()));
    EXPECT_EQ(table.find(10)->cpu.run, nanoseconds(5));
    EXPECT_EQ(table.find(11)->cpu.run, nanoseconds(2));
    for (const int pid : others) EXPECT_EQ(table.find(pid)->cpu.run, nanoseconds(0));
  }
}

TEST(TaskTable, KnowsWhetherTheseAreAll) {
  Records records;
  records.process({.tid = 10, .tgid = 10}, process_of(2));  // not there whole, but there
  records.process({.tid = 12, .tgid = 12}, process_of(1));
  TaskTable table;
  ASSERT_TRUE(table.fill(records.bytes()));
  EXPECT_TRUE(table.are_all(std::vector<pid_t>{10, 12}));
  EXPECT_FALSE(table.are_all(std::vector<pid_t>{10}));
  EXPECT_FALSE(table.are_all(std::vector<pid_t>{10, 11, 12}));
  table.fill({});
  EXPECT_FALSE(table.are_all(std::vector<pid_t>{10, 12}));
}

TEST(TaskTable, StartIsCutToTheStepsOfProc) {
  TaskTable table;
  ASSERT_TRUE(table.fill(Records().process({.tid = 10, .tgid = 10}, process_of(1)).bytes()));
  EXPECT_EQ(table.find(10)->stat.id, (ProcessId{.pid = 10, .started = milliseconds(120)}));
}

TEST(TaskTable, ProcessThatWasNotThereWholeIsNotTold) {
  Records records;
  records.process({.tid = 10, .tgid = 10}, process_of(2));  // one of two has ended meanwhile
  records.thread({.tid = 11, .tgid = 9});                   // its process is not seen at all
  records.process({.tid = 12, .tgid = 12}, process_of(1));
  TaskTable table;
  ASSERT_TRUE(table.fill(records.bytes()));
  EXPECT_FALSE(table.find(10));
  EXPECT_FALSE(table.find(9));
  EXPECT_TRUE(table.find(12));
}

TEST(TaskTable, NothingIsTakenFromRecordsThatAreCutOrOutOfOrder) {
  const Records whole = Records().process({.tid = 10, .tgid = 10}, process_of(1));
  TaskTable table;
  ASSERT_TRUE(table.fill(whole.bytes()));
  EXPECT_FALSE(table.fill(whole.without_last()));
  EXPECT_FALSE(table.find(10));
  Records back;
  back.process({.tid = 10, .tgid = 10}, process_of(1));
  back.process({.tid = 9, .tgid = 9}, process_of(1));
  EXPECT_FALSE(table.fill(back.bytes()));
  EXPECT_FALSE(table.find(10));
}

TEST(TaskTable, WhatIsNotThereIsAbsent) {
  bpf::ProcessRecord process = process_of(1);
  process.pages[bpf::kAnonymousPages] = 5;
  process.open_fds = 7;
  TaskTable table;
  table.fill(Records().process({.tid = 10, .tgid = 10}, process).bytes());
  EXPECT_FALSE(table.find(10)->memory);
  EXPECT_FALSE(table.find(10)->open_fds);
  process.has_memory = process.fds_known = 1;
  process.pages[bpf::kFilePages] = -3;  // counters of CPUs caught in between
  table.fill(Records().process({.tid = 10, .tgid = 10}, process).bytes());
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  EXPECT_EQ(table.find(10)->memory->resident_bytes, 5 * page);
  EXPECT_EQ(table.find(10)->memory->file_bytes, 0u);
  EXPECT_EQ(table.find(10)->open_fds, 7u);
}

TEST(TaskTable, NameMayFillItsFieldAndThreadsThatNeverRanAreNotAccounted) {
  TaskTable table;
  table.fill(Records()
                 .process({.tid = 10, .tgid = 10, .run = 5, .slices = 1},
                          process_of(2, "0123456789abcdef"))
                 .thread({.tid = 11, .tgid = 10, .run = 5})
                 .bytes());
  EXPECT_EQ(table.find(10)->stat.comm, "0123456789abcdef");
  EXPECT_TRUE(table.find(10)->threads[0].accounted);
  EXPECT_FALSE(table.find(10)->threads[1].accounted);
}

TEST(TaskState, IsTheLetterThatProcShows) {
  EXPECT_EQ(task_state(0), 'R');
  EXPECT_EQ(task_state(0x1), 'S');
  EXPECT_EQ(task_state(0x2), 'D');
  EXPECT_EQ(task_state(0x102), 'D');   // killable
  EXPECT_EQ(task_state(0x402), 'I');   // idle
  EXPECT_EQ(task_state(0x8001), 'D');  // frozen
  EXPECT_EQ(task_state(0x4), 'T');
  EXPECT_EQ(task_state(0x8), 't');
  EXPECT_EQ(task_state(0x20 | 0x80), 'Z');
  EXPECT_EQ(task_state(0x10 | 0x80), 'X');
}

TEST(ShareCpu, IsAllOfTheRunTimeAsTheTicksFell) {
  EXPECT_EQ(
      share_cpu({.run = seconds(9), .user_ticks = seconds(2), .system_ticks = seconds(1)}, {}),
      (CpuShares{.user = seconds(6), .system = seconds(3)}));
  EXPECT_EQ(share_cpu({.run = seconds(9), .user_ticks = {}, .system_ticks = {}}, {}),
            (CpuShares{.user = seconds(9), .system = {}}));
  EXPECT_EQ(share_cpu({.run = seconds(9), .user_ticks = {}, .system_ticks = seconds(1)}, {}),
            (CpuShares{.user = {}, .system = seconds(9)}));
}

TEST(ShareCpu, NeverTakesBackWhatWasTold) {
  const CpuCount count{.run = seconds(9), .user_ticks = seconds(2), .system_ticks = seconds(1)};
  EXPECT_EQ(share_cpu(count, {.user = seconds(1), .system = seconds(4)}),
            (CpuShares{.user = seconds(5), .system = seconds(4)}));
  EXPECT_EQ(share_cpu(count, {.user = seconds(7), .system = seconds(1)}),
            (CpuShares{.user = seconds(7), .system = seconds(2)}));
  const CpuShares more{.user = seconds(8), .system = seconds(2)};
  EXPECT_EQ(share_cpu(count, more), more);
}

class FailingIterator : public TaskIterator {
 public:
  std::span<const std::byte> read() override {
    if (++reads_ > 1) throw TaskIteratorError("it cannot be read: Bad file descriptor");
    return records_.bytes();
  }

 private:
  Records records_ = Records().process({.tid = 10, .tgid = 10}, process_of(1));
  int reads_ = 0;
};

TEST(BpfTaskSource, TellsNothingMoreOnceItHasFailedAndWhy) {
  const auto source = make_task_source(std::make_unique<FailingIterator>());
  ASSERT_TRUE(source->read());
  EXPECT_TRUE(source->find(10));
  EXPECT_EQ(source->trouble(), "");
  EXPECT_FALSE(source->read());
  EXPECT_FALSE(source->find(10));
  EXPECT_THAT(source->trouble(), HasSubstr("Bad file descriptor"));
  EXPECT_FALSE(source->read());
}

}  // namespace
}  // namespace tierwatch
