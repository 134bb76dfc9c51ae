// SPDX-License-Identifier: MIT
#include "collectors/parse/proc_text_cgroup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/support/bad_text.h"

namespace tierwatch {
namespace {

using std::chrono::microseconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(ParseCgroupLines, V2IsTheLineWithoutControllers) {
  const auto lines = parse_cgroup_lines("0::/system.slice/nginx.service\n");
  ASSERT_TRUE(lines);
  ASSERT_EQ(lines->size(), 1u);
  EXPECT_TRUE(lines->front().unified);
  EXPECT_THAT(lines->front().controllers, IsEmpty());
  EXPECT_EQ(lines->front().path, "/system.slice/nginx.service");
}

TEST(ParseCgroupLines, V1NamesControllers) {
  const auto lines = parse_cgroup_lines("4:cpu,cpuacct:/web\n1:name=systemd:/a:b\n0::/\n");
  ASSERT_TRUE(lines);
  ASSERT_EQ(lines->size(), 3u);
  EXPECT_THAT((*lines)[0].controllers, ElementsAre("cpu", "cpuacct"));
  EXPECT_EQ((*lines)[1].path, "/a:b");
  EXPECT_TRUE((*lines)[2].unified);
}

TEST(ParseCgroupMounts, HierarchiesAmongOtherMounts) {
  const auto mounts = parse_cgroup_mounts(
      "23 27 0:22 / /sys rw,relatime - sysfs sysfs rw\n"
      "32 31 0:29 / /sys/fs/cgroup/cpu rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
      "41 31 0:38 /docker/1 /sys/fs/cgroup/two\\040words rw - cgroup2 cgroup2 rw,nsdelegate\n");
  ASSERT_TRUE(mounts);
  ASSERT_EQ(mounts->size(), 2u);
  EXPECT_THAT((*mounts)[0].controllers, ElementsAre("rw", "cpu", "cpuacct"));
  EXPECT_FALSE((*mounts)[0].unified);
  EXPECT_TRUE((*mounts)[1].unified);
  EXPECT_EQ((*mounts)[1].root, "/docker/1");
  EXPECT_EQ((*mounts)[1].mount_point, "/sys/fs/cgroup/two words");
}

TEST(ParseCpuMax, QuotaByPeriod) {
  EXPECT_EQ(parse_cpu_max("50000 100000\n")->value, 0.5);
  EXPECT_EQ(parse_cpu_max("400000 100000\n")->value, 4.0);
  EXPECT_EQ(parse_cpu_max("1000 1000000\n")->value, 0.001);
}

TEST(ParseCpuMax, MaxIsNoLimit) {
  const auto limit = parse_cpu_max("max 100000\n");
  ASSERT_TRUE(limit);
  EXPECT_FALSE(limit->value);
}

TEST(ParseCfsQuota, MinusOneIsNoLimit) {
  const auto limit = parse_cfs_quota("-1\n", "100000\n");
  ASSERT_TRUE(limit);
  EXPECT_FALSE(limit->value);
  EXPECT_EQ(parse_cfs_quota("150000\n", "100000\n")->value, 1.5);
}

constexpr const char* kCpuStatV2 =
    "usage_usec 1234567\nuser_usec 1000000\nsystem_usec 234567\nnice_usec 0\n"
    "core_sched.force_idle_usec 0\nnr_periods 260\nnr_throttled 259\nthrottled_usec 12000000\n"
    "nr_bursts 0\nburst_usec 0\n";
constexpr const char* kCpuStatV1 =
    "nr_periods 260\nnr_throttled 259\nthrottled_time 12000000000\n"
    "nr_bursts 0\nburst_time 0\n";

TEST(ParseCpuStat, BothVersionsTellTheSameTime) {
  for (const char* text : {kCpuStatV1, kCpuStatV2}) {
    const auto stat = parse_cpu_stat(text);
    ASSERT_TRUE(stat);
    EXPECT_EQ(stat->periods, 260u);
    EXPECT_EQ(stat->throttled_periods, 259u);
  }
}

TEST(ParseCpuStat, OnlyV2TellsUsage) {
  EXPECT_EQ(parse_cpu_stat(kCpuStatV2)->usage, microseconds(1234567));
  EXPECT_FALSE(parse_cpu_stat(kCpuStatV1)->usage);
}

TEST(ParseCpuStat, WithoutControllerThereIsUsageOnly) {
  const auto stat = parse_cpu_stat("usage_usec 7\nuser_usec 4\nsystem_usec 3\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->usage, microseconds(7));
  EXPECT_FALSE(stat->periods || stat->throttled_periods);
}

TEST(ParseMemoryLimit, UnlimitedInBothVersions) {
  for (const char* text :
       {"max\n", "9223372036854771712\n", "9223372036854710272\n", "18446744073709551615\n"}) {
    const auto limit = parse_memory_limit(text);
    ASSERT_TRUE(limit) << text;
    EXPECT_FALSE(limit->value) << text;
  }
  EXPECT_EQ(parse_memory_limit("536870912\n")->value, 536870912u);
  EXPECT_EQ(parse_memory_limit("0\n")->value, 0u);
}

TEST(ParseMemoryStat, V1TotalsCountWhatIsBelow) {
  const auto v1 = parse_memory_stat(
      "inactive_file 1\nactive_file 2\ntotal_inactive_file 3\ntotal_active_file 4\n", false);
  ASSERT_TRUE(v1);
  EXPECT_EQ(v1->inactive_file_bytes, 3u);
  EXPECT_EQ(v1->active_file_bytes, 4u);
  EXPECT_FALSE(parse_memory_stat("inactive_file 1\nactive_file 2\n", false));
}

TEST(ParseMemoryStat, CachesOfTheKernelsOwnAreToldByV2) {
  const std::string text = "inactive_file 1\nactive_file 2\nslab_reclaimable 7\nslab 9\n";
  EXPECT_EQ(parse_memory_stat(text, true)->reclaimable_slab_bytes, 7u);
  EXPECT_EQ(parse_memory_stat("inactive_file 1\nactive_file 2\n", true)->reclaimable_slab_bytes,
            0u);
}

TEST(ParseMemoryStat, V2CountsWhatIsBelowAnyway) {
  const auto v2 = parse_memory_stat("anon 5\ninactive_file 1\nactive_file 2\n", true);
  ASSERT_TRUE(v2);
  EXPECT_EQ(v2->inactive_file_bytes, 1u);
  EXPECT_EQ(v2->active_file_bytes, 2u);
}

TEST(ParseMemoryEvents, HitsAndKills) {
  const auto events =
      parse_memory_events("low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\noom_group_kill 0\n");
  ASSERT_TRUE(events);
  EXPECT_EQ(events->limit_hits, 2u);
  EXPECT_EQ(events->oom_kills, 4u);
}

TEST(ParseOomControl, KillsCameWithLinux413) {
  const auto now = parse_oom_control_kills("oom_kill_disable 0\nunder_oom 0\noom_kill 5\n");
  ASSERT_TRUE(now);
  EXPECT_EQ(*now, 5u);
  const auto before = parse_oom_control_kills("oom_kill_disable 0\nunder_oom 0\n");
  ASSERT_TRUE(before);
  EXPECT_FALSE(*before);
}

bool parses_quota(std::string_view quota) { return parse_cfs_quota(quota, "100000\n").has_value(); }

bool parses_memory_stat(std::string_view text) { return parse_memory_stat(text, true).has_value(); }

class CgroupTextNotBelieved : public testing::TestWithParam<BadText> {};

TEST_P(CgroupTextNotBelieved, IsAbsent) { EXPECT_FALSE(GetParam().parses(GetParam().text)); }

INSTANTIATE_TEST_SUITE_P(
    Texts, CgroupTextNotBelieved,
    testing::Values(
        BadText{"lines_cut_short", by(parse_cgroup_lines), "0::/system.sl"},
        BadText{"lines_without_path", by(parse_cgroup_lines), "0:cpu\n"},
        BadText{"lines_of_words", by(parse_cgroup_lines), "hello\n"},
        BadText{"mounts_cut_short", by(parse_cgroup_mounts), "32 31 0:29 / /sys"},
        BadText{"cpu_max_cut_short", by(parse_cpu_max), "50000 1000"},
        BadText{"cpu_max_without_period", by(parse_cpu_max), "50000\n"},
        BadText{"cpu_max_zero_period", by(parse_cpu_max), "50000 0\n"},
        BadText{"cpu_max_past_64_bits", by(parse_cpu_max), "18446744073709551616 100000\n"},
        BadText{"quota_cut_short", parses_quota, "5000"},
        BadText{"quota_negative", parses_quota, "-2\n"}, BadText{"quota_empty", parses_quota, "\n"},
        BadText{"cpu_stat_cut_short", by(parse_cpu_stat), "usage_usec 12"},
        BadText{"cpu_stat_word", by(parse_cpu_stat), "usage_usec much\n"},
        BadText{"memory_limit_cut_short", by(parse_memory_limit), "5368"},
        BadText{"memory_limit_word", by(parse_memory_limit), "lots\n"},
        BadText{"memory_limit_past_64_bits", by(parse_memory_limit), "18446744073709551616\n"},
        BadText{"memory_stat_of_something_else", parses_memory_stat, "anon 1\n"},
        BadText{"memory_stat_half", parses_memory_stat, "inactive_file 1\n"},
        BadText{"memory_events_word", by(parse_memory_events), "max many\n"},
        BadText{"oom_control_word", by(parse_oom_control_kills), "oom_kill many\n"},
        BadText{"number_two", by(parse_single_number), "1 2\n"},
        BadText{"number_none", by(parse_single_number), ""}),
    [](const auto& bad) { return bad.param.rule; });

// No prefix of a text gives another number than the whole.
TEST(CgroupText, CutAnywhereTellsTheTruthOrNothing) {
  const std::string text = kCpuStatV2;
  const auto truth = parse_cpu_stat(text);
  for (std::size_t length = 0; length < text.size(); ++length) {
    const auto stat = parse_cpu_stat(std::string_view(text).substr(0, length));
    if (!stat) continue;
    EXPECT_TRUE(!stat->usage || stat->usage == truth->usage) << length;
    EXPECT_TRUE(!stat->periods || stat->periods == truth->periods) << length;
  }
}

}  // namespace
}  // namespace tierwatch
