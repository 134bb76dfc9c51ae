// SPDX-License-Identifier: MIT
#include "collectors/host/host_collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/fake_proc.h"
#include "tests/support/fixture.h"

namespace tierwatch {
namespace {

using std::chrono::microseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class HostCollectorTest : public testing::Test {
 protected:
  HostCollectorTest() {
    for (const char* file :
         {"stat", "meminfo", "loadavg", "vmstat", "pressure/cpu", "pressure/memory", "pressure/io"})
      proc.write(std::string("proc/") + file, kernel(file));
    proc.write("proc/sys/fs/file-nr", kernel("file-nr"));
    proc.write("proc/net/netstat", kernel("netstat"));
  }
  static std::string kernel(const std::string& file) { return fixture("proc/linux-6.18/" + file); }

  FakeProc proc;
  ProcFs files{proc.root()};
  FaultLog faults;
  HostCollector collector{files, faults};
};

TEST_F(HostCollectorTest, EveryFileFillsItsFields) {
  const HostReading host = collector.collect({});
  ASSERT_TRUE(host.cpu);
  EXPECT_GT(host.cpu->user, nanoseconds(0));
  EXPECT_EQ(host.cpus.size(), 2u);
  EXPECT_EQ(host.load1, 6.69);
  EXPECT_EQ(host.load5, 3.33);
  EXPECT_EQ(host.load15, 1.37);
  EXPECT_EQ(host.runnable, 1u);
  EXPECT_EQ(host.blocked, 0u);
  EXPECT_EQ(host.forks, 54144u);
  EXPECT_EQ(host.context_switches, 1765336u);
  ASSERT_TRUE(host.memory);
  EXPECT_EQ(host.memory->total_bytes, 24682416ull * 1024);
  ASSERT_TRUE(host.cpu_pressure && host.memory_pressure && host.io_pressure);
  EXPECT_EQ(host.cpu_pressure->some, microseconds(41444558));
  EXPECT_EQ(host.memory_pressure->some, microseconds(0));
  EXPECT_EQ(host.io_pressure->full, microseconds(19574346));
  EXPECT_EQ(host.open_files, 15464u);
  EXPECT_EQ(host.max_files, 2465620u);
  EXPECT_EQ(host.listen_overflows, 17u);
  EXPECT_EQ(host.listen_drops, 23u);
  EXPECT_EQ(host.oom_kills, 3u);
  EXPECT_EQ(host.swap_in_pages, 41u);
  EXPECT_EQ(host.swap_out_pages, 43u);
  EXPECT_THAT(faults.counts(), IsEmpty());
  EXPECT_THAT(collector.notes(), IsEmpty());
}

TEST_F(HostCollectorTest, DisksAreWholeDevicesOnly) {
  const auto line = [](const std::string& name) {
    return "8 0 " + name + " 1 2 3 4 5 6 7 8 0 10 11\n";
  };
  std::string text;
  for (const char* name : {"sda", "sda1", "loop0", "ram0", "zram0", "dm-0", "cciss/c0d0"})
    text += line(name);
  proc.write("proc/diskstats", text);
  for (const char* name : {"sda", "loop0", "ram0", "zram0", "dm-0", "cciss!c0d0"})
    proc.make_directory(std::string("sys/block/") + name);
  std::vector<std::string> names;
  for (const DiskReading& disk : collector.collect({}).disks) names.push_back(disk.name);
  EXPECT_THAT(names, ElementsAre("sda", "dm-0", "cciss/c0d0"));
  EXPECT_THAT(faults.counts(), IsEmpty());
}

TEST_F(HostCollectorTest, KernelWithoutPressureIsNotedAndNoFault) {
  proc.remove("proc/pressure");
  const HostReading host = collector.collect({});
  EXPECT_FALSE(host.cpu_pressure || host.memory_pressure || host.io_pressure);
  EXPECT_THAT(faults.counts(), IsEmpty());
  EXPECT_THAT(collector.notes(), ElementsAre(testing::HasSubstr("psi=1")));
}

TEST_F(HostCollectorTest, SenselessFileIsCountedAndItsFieldsAbsent) {
  proc.write("proc/meminfo", "MemTotal: plenty\n");
  const HostReading host = collector.collect({});
  EXPECT_FALSE(host.memory);
  EXPECT_TRUE(host.cpu);
  EXPECT_THAT(faults.counts(), ElementsAre(Pair(Pair("meminfo", Fault::kMalformed), 1)));
}

TEST_F(HostCollectorTest, UnreadableFileIsCountedAtEachTick) {
  proc.make_unreadable("proc/pressure/io");
  collector.collect({});
  const HostReading host = collector.collect({});
  EXPECT_FALSE(host.io_pressure);
  EXPECT_TRUE(host.cpu_pressure);
  EXPECT_THAT(faults.counts(), ElementsAre(Pair(Pair("pressure/io", Fault::kOther), 2)));
}

TEST_F(HostCollectorTest, FileThatComesBackIsReadAgain) {
  proc.write("proc/stat", "cpu 1");
  EXPECT_FALSE(collector.collect({}).cpu);
  proc.write("proc/stat", kernel("stat"));
  EXPECT_TRUE(collector.collect({}).cpu);
}

TEST_F(HostCollectorTest, IdleAndIowaitThatStepBackDoNotFall) {
  const auto read = [&](const std::string& times) {
    proc.write("proc/stat", "cpu " + times + "\ncpu0 " + times + "\nctxt 5\nprocesses 3\n");
    return collector.collect({});
  };
  const HostReading before = read("10 0 10 5000 700 0 0 0 0 0");
  const HostReading back = read("11 0 10 4990 699 0 0 0 0 0");
  EXPECT_EQ(back.cpu->idle, before.cpu->idle);
  EXPECT_EQ(back.cpu->iowait, before.cpu->iowait);
  EXPECT_EQ(back.cpus[0].idle, before.cpus[0].idle);
  EXPECT_GT(back.cpu->user, before.cpu->user);
  EXPECT_EQ(read("11 0 10 5010 700 0 0 0 0 0").cpu->idle,  // nothing is counted twice
            before.cpu->idle + 10 * (before.cpu->user / 10));
}

TEST_F(HostCollectorTest, ConnectionsAreTrackedWhereThereIsATable) {
  EXPECT_FALSE(collector.collect({}).tracked_connections);
  proc.write("proc/sys/net/netfilter/nf_conntrack_count", "95\n");
  proc.write("proc/sys/net/netfilter/nf_conntrack_max", "100\n");
  const HostReading host = collector.collect({});
  EXPECT_EQ(host.tracked_connections, 95u);
  EXPECT_EQ(host.max_tracked_connections, 100u);
  EXPECT_THAT(faults.counts(), IsEmpty());
}

TEST_F(HostCollectorTest, CountersThatStartAnewAreNamed) {
  proc.make_directory("sys/block/sda");
  const auto read = [&](const std::string& sectors, const std::string& kills) {
    proc.write("proc/diskstats", "8 0 sda 1 2 " + sectors + " 4 5 6 7 8 0 10 11\n");
    proc.write("proc/vmstat", "nr_free_pages 9\npswpin 41\npswpout 43\noom_kill " + kills + "\n");
    return collector.collect({}).restarted;
  };
  EXPECT_THAT(read("3000", "5"), IsEmpty());
  EXPECT_THAT(read("3001", "6"), IsEmpty());
  EXPECT_THAT(read("7", "6"), ElementsAre("disk sda"));
  EXPECT_THAT(read("8", "1"), ElementsAre("oom kills"));
  EXPECT_THAT(read("9", "2"), IsEmpty());
}

TEST_F(HostCollectorTest, ProcessorThatStartsAnewGoesOnFromWhereItWas) {
  const auto idle = [&](int ticks) {
    proc.write("proc/stat", "cpu 1 0 1 " + std::to_string(ticks) + " 0 0 0 0 0 0\nctxt 5\n");
    return collector.collect({}).cpu->idle;
  };
  const auto before = idle(50'000);
  EXPECT_EQ(idle(20), before);
  EXPECT_EQ(idle(120), before + std::chrono::seconds(100) / sysconf(_SC_CLK_TCK));
}

TEST_F(HostCollectorTest, CountersThatStartAnewDoNotFall) {
  const auto forks = [&](int count) {
    proc.write("proc/stat", "cpu 1 0 1 1\nctxt 5\nprocesses " + std::to_string(count) + "\n");
    return collector.collect({}).forks;
  };
  EXPECT_EQ(forks(1000), 1000u);
  EXPECT_EQ(forks(10), 1000u);
  EXPECT_EQ(forks(15), 1005u);
}

TEST_F(HostCollectorTest, DiskTimesOfThirtyTwoBitsWrapWithoutLoss) {
  proc.make_directory("sys/block/sda");
  const auto busy = [&](const std::string& milliseconds) {
    proc.write("proc/diskstats", "8 0 sda 1 2 3 4 5 6 7 8 0 " + milliseconds + " 11\n");
    return collector.collect({}).disks.at(0).busy;
  };
  const auto before = busy("4294967000");
  EXPECT_EQ(busy("704") - before, std::chrono::milliseconds(1000));
}

TEST_F(HostCollectorTest, EmptyProcLeavesAllAbsent) {
  proc.remove("proc");
  const HostReading host = collector.collect({});
  EXPECT_FALSE(host.cpu || host.memory || host.load1 || host.runnable || host.open_files ||
               host.listen_drops || host.oom_kills);
  EXPECT_THAT(host.cpus, IsEmpty());
  EXPECT_THAT(faults.counts(), IsEmpty());
}

TEST(HostCollectorLive, ThisMachineIsReadWithoutFault) {
  const ProcFs files;
  FaultLog faults;
  HostCollector collector(files, faults);
  const HostReading host = collector.collect({});
  ASSERT_TRUE(host.cpu && host.memory && host.load1 && host.runnable);
  EXPECT_EQ(host.cpus.size(), static_cast<std::size_t>(sysconf(_SC_NPROCESSORS_ONLN)));
  EXPECT_LE(host.memory->available_bytes, host.memory->total_bytes);
  EXPECT_GE(host.runnable, 1u);  // we
  EXPECT_THAT(faults.counts(), IsEmpty());
}

}  // namespace
}  // namespace tierwatch
