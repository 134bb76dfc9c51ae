// SPDX-License-Identifier: MIT
#include "collectors/cgroups/cgroup_collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/support/fake_proc.h"

namespace tierwatch {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::Optional;
using testing::Pair;
using testing::SizeIs;

constexpr const char* kV2Mount = "41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr const char* kV1Mounts =
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "34 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

class CgroupCollectorTest : public testing::Test {
 protected:
  void mounts(const std::string& text) { proc.write("proc/self/mountinfo", text); }
  CgroupReading read(const std::string& membership) {
    return collector.collect(std::array{membership}).at(0);
  }

  FakeProc proc;
  ProcFs files{proc.root()};
  FaultLog faults;
  CgroupCollector collector{files, faults};
};

/// /web.slice (quota 3 cores, 1 GiB) above /web.slice/app.service (quota half a core, no limit).
class CgroupV2Test : public CgroupCollectorTest {
 protected:
  CgroupV2Test() {
    mounts(kV2Mount);
    write("cpu.stat", "usage_usec 99000000\n");
    write("cpuset.cpus.effective", "0-7\n");
    write("web.slice/cpu.max", "300000 100000\n");
    write("web.slice/cpu.stat",
          "usage_usec 5\nnr_periods 10\nnr_throttled 1\nthrottled_usec 7000\n");
    write("web.slice/cpuset.cpus.effective", "0-3\n");
    write("web.slice/memory.max", "1073741824\n");
    write("web.slice/memory.current", "1000000000\n");
    write("web.slice/memory.stat", "anon 1\ninactive_file 500000000\nactive_file 100000000\n");
    write("web.slice/memory.events", "max 3\noom_kill 2\n");
    write("web.slice/app.service/cpu.max", "50000 100000\n");
    write("web.slice/app.service/cpu.stat",
          "usage_usec 1234567\nnr_periods 260\nnr_throttled 259\nthrottled_usec 12000000\n");
    write("web.slice/app.service/memory.max", "max\n");
    write("web.slice/app.service/memory.current", "300000000\n");
    write("web.slice/app.service/memory.stat", "anon 1\ninactive_file 100000000\nactive_file 0\n");
    write("web.slice/app.service/memory.events", "max 0\noom_kill 1\n");
  }
  void write(const std::string& file, std::string_view text) {
    proc.write("sys/fs/cgroup/" + file, text);
  }
  static constexpr const char* kApp = "0::/web.slice/app.service\n";
};

TEST_F(CgroupV2Test, QuotasUpTheTreeInnermostFirst) {
  const CgroupReading reading = read(kApp);
  ASSERT_TRUE(reading.quotas);
  EXPECT_THAT(*reading.quotas, ElementsAre(Field(&CpuQuota::cgroup, "/web.slice/app.service"),
                                           Field(&CpuQuota::cgroup, "/web.slice")));
  const CpuQuota* tightest = tightest_quota(reading);
  ASSERT_NE(tightest, nullptr);
  EXPECT_EQ(tightest->cores, 0.5);
  EXPECT_EQ(tightest->cgroup, "/web.slice/app.service");
  EXPECT_EQ(tightest->periods, 260u);
  EXPECT_EQ(tightest->throttled_periods, 259u);
}

TEST_F(CgroupV2Test, TightestQuotaMayBeFarAbove) {
  write("web.slice/cpu.max", "20000 100000\n");
  EXPECT_EQ(tightest_quota(read(kApp))->cgroup, "/web.slice");
}

TEST_F(CgroupV2Test, WithoutQuotaThereIsNone) {
  write("web.slice/cpu.max", "max 100000\n");
  write("web.slice/app.service/cpu.max", "max 100000\n");
  const CgroupReading reading = read(kApp);
  ASSERT_TRUE(reading.quotas);
  EXPECT_THAT(*reading.quotas, IsEmpty());
  EXPECT_EQ(tightest_quota(reading), nullptr);
}

// One that could not be read may be the tightest.
TEST_F(CgroupV2Test, QuotasAreAbsentWhenOneIsUnreadable) {
  proc.make_unreadable("sys/fs/cgroup/web.slice/cpu.max");
  const CgroupReading reading = read(kApp);
  EXPECT_FALSE(reading.quotas);
  EXPECT_EQ(tightest_quota(reading), nullptr);
  EXPECT_TRUE(reading.memory);
  EXPECT_THAT(faults.counts(), ElementsAre(Pair(Pair("cgroup/cpu.max", Fault::kOther), 1)));
}

TEST_F(CgroupV2Test, QuotaStandsWithoutItsCounts) {
  write("web.slice/app.service/cpu.stat", "nr_periods lots\n");
  const CgroupReading reading = read(kApp);
  EXPECT_EQ(tightest_quota(reading)->cores, 0.5);
  EXPECT_FALSE(tightest_quota(reading)->periods);
}

TEST_F(CgroupV2Test, CpusAreThoseOfTheNearestCgroupThatTells) {
  EXPECT_EQ(read(kApp).cpus, parse_cpu_list("0-3"));
  write("web.slice/app.service/cpuset.cpus.effective", "2\n");
  EXPECT_EQ(read(kApp).cpus, parse_cpu_list("2"));
}

TEST_F(CgroupV2Test, MemoryIsItsOwnThenThoseThatLimit) {
  const CgroupReading reading = read(kApp);
  ASSERT_TRUE(reading.memory);
  ASSERT_EQ(reading.memory->size(), 2u);
  const CgroupMemory& own = reading.memory->front();
  EXPECT_FALSE(own.limit_bytes);
  EXPECT_EQ(own.used_bytes, 300000000u);
  EXPECT_EQ(needed_bytes(own), 200000000u);
  EXPECT_EQ(own.oom_kills, 1u);
  const CgroupMemory* nearest = nearest_memory_limit(reading);
  ASSERT_NE(nearest, nullptr);
  EXPECT_EQ(nearest->cgroup, "/web.slice");
  EXPECT_EQ(nearest->limit_bytes, 1073741824u);
  EXPECT_EQ(needed_bytes(*nearest), 400000000u);  // page cache is not need
  EXPECT_EQ(nearest->limit_hits, 3u);
  EXPECT_EQ(nearest->oom_kills, 2u);
}

TEST_F(CgroupV2Test, NearestLimitIsTheFullest) {
  write("web.slice/app.service/memory.max", "400000000\n");
  EXPECT_EQ(nearest_memory_limit(read(kApp))->cgroup, "/web.slice/app.service");
}

TEST_F(CgroupV2Test, RootHasNoLimits) {
  const CgroupReading reading = read("0::/\n");
  ASSERT_TRUE(reading.quotas && reading.memory);
  EXPECT_THAT(*reading.quotas, IsEmpty());
  EXPECT_THAT(*reading.memory, IsEmpty());
  EXPECT_EQ(reading.cpus, parse_cpu_list("0-7"));
  EXPECT_THAT(faults.counts(), IsEmpty());
}

TEST_F(CgroupV2Test, GoneCgroupIsAbsentAndNoFault) {
  for (const char* membership :
       {"0::/web.slice/old.service\n", "0::/web.slice/app (deleted)\n", "0::/../outside.slice\n"}) {
    const CgroupReading reading = read(membership);
    EXPECT_FALSE(reading.quotas || reading.memory || reading.cpus) << membership;
  }
  EXPECT_THAT(faults.counts(), IsEmpty());
}

TEST_F(CgroupV2Test, SharedCgroupsAreReadOnceATick) {
  write("web.slice/cpu.max", "senseless\n");
  write("web.slice/other.service/cpu.max", "max 100000\n");
  const std::array<std::string, 2> memberships = {kApp, "0::/web.slice/other.service\n"};
  collector.collect(memberships);
  EXPECT_THAT(faults.counts(), ElementsAre(Pair(Pair("cgroup/cpu.max", Fault::kMalformed), 1)));
  collector.collect(memberships);
  EXPECT_THAT(faults.counts(), ElementsAre(Pair(Pair("cgroup/cpu.max", Fault::kMalformed), 2)));
}

TEST_F(CgroupV2Test, ReadingsComeInTheOrderAsked) {
  const std::array<std::string, 3> memberships = {"0::/\n", kApp, "0::/web.slice\n"};
  const auto readings = collector.collect(memberships);
  EXPECT_THAT(readings, ElementsAre(Field(&CgroupReading::quotas, Optional(SizeIs(0))),
                                    Field(&CgroupReading::quotas, Optional(SizeIs(2))),
                                    Field(&CgroupReading::quotas, Optional(SizeIs(1)))));
}

TEST_F(CgroupV2Test, MountsAreReadAgainForANewMembership) {
  mounts("41 31 0:38 / /elsewhere rw - cgroup2 cgroup2 rw\n");
  EXPECT_FALSE(read(kApp).quotas);
  mounts(kV2Mount);
  read("0::/web.slice\n");
  EXPECT_TRUE(read(kApp).quotas);
}

// A container whose cgroup namespace is the host's sees its own part of the tree only.
TEST_F(CgroupV2Test, MountOfAPartEndsThere) {
  mounts("41 31 0:38 /web.slice /sys/fs/cgroup/web.slice rw - cgroup2 cgroup2 rw\n");
  EXPECT_EQ(read(kApp).quotas->size(), 2u);
  EXPECT_FALSE(read("0::/web.slicer\n").quotas);
  EXPECT_FALSE(read("0::/\n").quotas);
}

TEST_F(CgroupV2Test, WhatIsAboveAMountOfAPartIsHidden) {
  EXPECT_FALSE(read("0::/web.slice/app.service\n").cpu_above_hidden);
  mounts("41 31 0:38 /web.slice /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
  const CgroupReading part = read("0::/web.slice\n");
  EXPECT_TRUE(part.quotas);
  EXPECT_TRUE(part.cpu_above_hidden);
  EXPECT_TRUE(part.memory_above_hidden);
}

TEST_F(CgroupV2Test, WhatIsAboveOurNamespaceIsHidden) {
  proc.link("proc/self/ns/cgroup", "cgroup:[4026531835]");
  EXPECT_FALSE(read("0::/web.slice\n").cpu_above_hidden);
  proc.remove("proc/self/ns/cgroup");
  proc.link("proc/self/ns/cgroup", "cgroup:[4026532500]");
  EXPECT_TRUE(read("0::/web.slice\n").cpu_above_hidden);
}

TEST_F(CgroupV2Test, SenselessMembershipIsCounted) {
  EXPECT_FALSE(read("hello").quotas);
  EXPECT_THAT(faults.counts(), ElementsAre(Pair(Pair("cgroup", Fault::kMalformed), 1)));
}

class CgroupV1Test : public CgroupCollectorTest {
 protected:
  CgroupV1Test() {
    mounts(kV1Mounts);
    write("cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
    write("cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    write("cpu,cpuacct/web/cpu.cfs_quota_us", "150000\n");
    write("cpu,cpuacct/web/cpu.cfs_period_us", "100000\n");
    write("cpu,cpuacct/web/cpu.stat",
          "nr_periods 260\nnr_throttled 259\nthrottled_time 12000000000\n");
    write("cpu,cpuacct/web/cpuacct.usage", "345678901\n");
    write("cpuset/web/cpuset.effective_cpus", "1\n");
    write("memory/memory.limit_in_bytes", "9223372036854771712\n");
    write("memory/memory.usage_in_bytes", "2000000000\n");
    write("memory/pool/memory.limit_in_bytes", "1000000000\n");
    write("memory/pool/memory.usage_in_bytes", "900000000\n");
    write("memory/pool/memory.stat",
          "inactive_file 0\ntotal_inactive_file 70000000\ntotal_active_file 30000000\n");
    write("memory/pool/memory.use_hierarchy", "1\n");
    write("memory/pool/memory.failcnt", "7\n");
    write("memory/pool/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n");
    write("memory/pool/web/memory.limit_in_bytes", "9223372036854771712\n");
    write("memory/pool/web/memory.usage_in_bytes", "500000000\n");
    write("memory/pool/web/memory.stat", "total_inactive_file 1000\ntotal_active_file 2000\n");
  }
  void write(const std::string& file, std::string_view text) {
    proc.write("sys/fs/cgroup/" + file, text);
  }
  static constexpr const char* kWeb =
      "4:memory:/pool/web\n3:cpuset:/web\n2:cpu,cpuacct:/web\n1:name=systemd:/web\n0::/web\n";
};

TEST_F(CgroupV1Test, EachControllerHasAPlaceOfItsOwn) {
  const CgroupReading reading = read(kWeb);
  ASSERT_TRUE(reading.quotas && reading.memory);
  ASSERT_EQ(reading.quotas->size(), 1u);
  EXPECT_EQ(reading.quotas->front().cores, 1.5);
  EXPECT_EQ(reading.quotas->front().usage, nanoseconds(345678901));
  EXPECT_EQ(reading.cpus, parse_cpu_list("1"));
  EXPECT_EQ(reading.memory->front().used_bytes, 500000000u);
  EXPECT_EQ(reading.memory->front().inactive_file_bytes, 1000u);
  EXPECT_FALSE(reading.memory->front().limit_hits);
  const CgroupMemory* nearest = nearest_memory_limit(reading);
  ASSERT_NE(nearest, nullptr);
  EXPECT_EQ(nearest->cgroup, "/pool");
  EXPECT_EQ(needed_bytes(*nearest), 800000000u);
  EXPECT_EQ(nearest->limit_hits, 7u);
  EXPECT_EQ(nearest->oom_kills, 5u);
  EXPECT_THAT(faults.counts(), IsEmpty());
}

TEST_F(CgroupV1Test, LimitAboveBindsOnlyWhereItCountsThoseBelow) {
  write("memory/pool/memory.use_hierarchy", "0\n");
  const CgroupReading reading = read(kWeb);
  EXPECT_EQ(reading.memory->size(), 1u);
  EXPECT_EQ(nearest_memory_limit(reading), nullptr);
}

TEST_F(CgroupV1Test, SeparateControllersAreSeparatePlaces) {
  mounts(
      "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
      "33 31 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n");
  write("cpu/a/cpu.cfs_quota_us", "25000\n");
  write("cpu/a/cpu.cfs_period_us", "100000\n");
  write("cpuset/b/cpuset.effective_cpus", "1\n");
  const CgroupReading reading = read("2:cpuset:/b\n1:cpu:/a\n");
  EXPECT_EQ(tightest_quota(reading)->cores, 0.25);
  EXPECT_EQ(reading.cpus, parse_cpu_list("1"));
  ASSERT_TRUE(reading.memory) << "a kernel without this controller limits nothing";
  EXPECT_THAT(*reading.memory, IsEmpty());
}

TEST_F(CgroupV1Test, WithoutAnAccountThePeriodsThatWereUsedUpAreWhatIsKnown) {
  EXPECT_EQ(read(kWeb).quotas->front().used_up, std::nullopt) << "there is an account";
  proc.remove("sys/fs/cgroup/cpu,cpuacct/web/cpuacct.usage");
  const CgroupReading reading = read(kWeb);
  EXPECT_EQ(reading.quotas->front().usage, std::nullopt);
  EXPECT_EQ(reading.quotas->front().used_up, std::chrono::milliseconds(259 * 150));
}

TEST_F(CgroupCollectorTest, MachineWithoutCgroupsIsNoFault) {
  mounts("23 27 0:22 / /sys rw,relatime - sysfs sysfs rw\n");
  const CgroupReading reading = read("0::/\n");
  EXPECT_FALSE(reading.quotas || reading.memory || reading.cpus);
  EXPECT_THAT(faults.counts(), IsEmpty());
}

TEST(CgroupCollectorLive, OurOwnMembershipIsReadWithoutFault) {
  const ProcFs files;
  std::string buffer;
  const FileText own = files.read("proc/self/cgroup", buffer);
  if (!own) GTEST_SKIP() << "kernel without cgroups";
  FaultLog faults;
  const std::array memberships = {std::string(own.text)};
  const auto readings = CgroupCollector(files, faults).collect(memberships);
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_THAT(faults.counts(), IsEmpty());
  EXPECT_TRUE(!readings[0].cpus || readings[0].cpus->count() >= 1);
}

TEST_F(CgroupV2Test, TasksAreThoseOfEachLimitedCgroupOnTheWayUp) {
  write("web.slice/pids.max", "100\n");
  write("web.slice/pids.current", "42\n");
  write("web.slice/app.service/pids.max", "max\n");
  write("web.slice/app.service/pids.current", "7\n");
  const auto tasks = read(kApp).tasks;
  ASSERT_TRUE(tasks && tasks->size() == 1);
  EXPECT_EQ(tasks->front().cgroup, "/web.slice");
  EXPECT_EQ(tasks->front().count, 42u);
  EXPECT_EQ(tasks->front().limit, 100u);
}

}  // namespace
}  // namespace tierwatch
