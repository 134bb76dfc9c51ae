// SPDX-License-Identifier: MIT
#include "analysis/facts/cgroup_facts.h"

#include <gmock/gmock.h>

#include "analysis/judge/server_limits.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

CpuQuota limited(std::string cgroup, double cores, milliseconds usage = {},
                 std::uint64_t periods = 0, std::uint64_t throttled = 0) {
  return {.cgroup = std::move(cgroup),
          .cores = cores,
          .periods = periods,
          .throttled_periods = throttled,
          .usage = usage};
}

CgroupReading with_quotas(std::vector<CpuQuota> quotas) {
  CgroupReading reading;
  reading.quotas = std::move(quotas);
  reading.memory.emplace();
  return reading;
}

CgroupMemory memory(std::string cgroup, std::uint64_t used, std::optional<std::uint64_t> limit,
                    std::optional<std::uint64_t> kills = {}) {
  CgroupMemory one;
  one.cgroup = std::move(cgroup);
  one.used_bytes = used;
  one.limit_bytes = limit;
  one.active_file_bytes = one.inactive_file_bytes = 0;
  one.oom_kills = kills;
  return one;
}

CgroupReading with_memory(std::vector<CgroupMemory> memories) {
  CgroupReading reading;
  reading.quotas.emplace();
  reading.memory = std::move(memories);
  return reading;
}

TierFacts tier(std::string name, double cores, double bytes = 0) {
  TierFacts facts;
  facts.name = std::move(name);
  facts.cpu_cores = cores;
  facts.own_memory_bytes = bytes;
  return facts;
}

/// All its processes serve.
TierCgroups in(std::vector<std::uint32_t> cgroups) {
  return {.all = cgroups, .serving = cgroups, .complete = true};
}

class CgroupFactsTest : public ::testing::Test {
 protected:
  void fill(const std::vector<CgroupReading>& cgroups) {
    facts_.fill(cgroups, where_, 2, tiers_);
    facts_.remember(cgroups);
  }

  /// Two readings, two seconds apart.
  void fill(const std::vector<CgroupReading>& before, const std::vector<CgroupReading>& now) {
    fill(before);
    fill(now);
  }

  std::vector<TierFacts> tiers_{tier("app", 0.4)};
  std::vector<TierCgroups> where_{in({0})};
  CgroupFacts facts_;
};

TEST_F(CgroupFactsTest, LimitsThatCannotBeReadAreHiddenNotNone) {
  where_[0] = in({0, 1});
  fill({with_quotas({limited("/a", 1)}), CgroupReading{}});
  EXPECT_EQ(tiers_[0].quota, std::nullopt);
  EXPECT_TRUE(tiers_[0].quota_hidden);
  EXPECT_TRUE(tiers_[0].memory_limit_hidden);
  tiers_[0].cpu_cores = 1;
  tiers_[0].processes = 1;
  EXPECT_THAT(unseen_limits(tiers_[0]), testing::Contains(testing::HasSubstr("CPU quota")));
}

TEST_F(CgroupFactsTest, LimitsThatMayBeSetAboveWhatIsSeenAreHiddenBesideThoseThatAreSeen) {
  CgroupReading cgroup = with_quotas({limited("/a", 1)});
  cgroup.cpu_above_hidden = cgroup.memory_above_hidden = true;
  fill({cgroup});
  EXPECT_EQ(tiers_[0].quota.value().cores, 1);
  EXPECT_TRUE(tiers_[0].quota_hidden);
  EXPECT_TRUE(tiers_[0].memory_limit_hidden);
}

TEST_F(CgroupFactsTest, WithoutLimitsThereAreNoFacts) {
  fill({with_quotas({})});
  EXPECT_FALSE(tiers_[0].quota_hidden || tiers_[0].memory_limit_hidden);
  EXPECT_EQ(tiers_[0].quota, std::nullopt);
  EXPECT_EQ(tiers_[0].memory, std::nullopt);
  EXPECT_EQ(tiers_[0].oom_kills, std::nullopt);
}

TEST_F(CgroupFactsTest, TheFirstReadingTellsTheQuotaButNotItsUse) {
  fill({with_quotas({limited("/app", 0.5, seconds(100), 1000, 400)})});
  EXPECT_EQ(tiers_[0].quota, (QuotaFacts{.cores = 0.5, .used_cores = {}, .throttled_ratio = {}}));
}

TEST_F(CgroupFactsTest, UseAndThrottlingAreThoseBetweenTwoReadings) {
  fill({with_quotas({limited("/app", 0.5, seconds(100), 1000, 400)})},
       {with_quotas({limited("/app", 0.5, seconds(101), 1020, 415)})});
  EXPECT_EQ(tiers_[0].quota,
            (QuotaFacts{.cores = 0.5, .used_cores = 0.5, .throttled_ratio = 0.75}));
}

TEST_F(CgroupFactsTest, WithoutAnAccountAQuotaIsUsedAsFarAsItsPeriodsWereUsedUp) {
  CpuQuota before = limited("/app", 0.5, {}, 1000, 400), now = limited("/app", 0.5, {}, 1020, 415);
  before.usage = now.usage = std::nullopt;
  before.used_up = seconds(100);
  now.used_up = seconds(100) + milliseconds(750);
  fill({with_quotas({before})}, {with_quotas({now})});
  EXPECT_EQ(tiers_[0].quota->used_cores, std::nullopt);
  EXPECT_EQ(tiers_[0].quota->least_cores, 0.375);
}

TEST_F(CgroupFactsTest, ACgroupThatDidNotWantToRunWasNotThrottled) {
  const auto idle = with_quotas({limited("/app", 0.5, seconds(100), 1000, 400)});
  fill({idle}, {idle});
  EXPECT_EQ(tiers_[0].quota->throttled_ratio, 0);
}

TEST_F(CgroupFactsTest, ACgroupMadeAnewUnderItsNameIsNotCompared) {
  fill({with_quotas({limited("/app", 0.5, seconds(100), 1000, 400)})},
       {with_quotas({limited("/app", 0.5, seconds(1), 10, 4)})});
  EXPECT_EQ(tiers_[0].quota->used_cores, std::nullopt);
  EXPECT_EQ(tiers_[0].quota->throttled_ratio, std::nullopt);
}

TEST_F(CgroupFactsTest, TheTightestQuotaOnTheWayUpCounts) {
  fill({with_quotas({limited("/a/b", 2), limited("/a", 1)})});
  EXPECT_EQ(tiers_[0].quota->cores, 1);
}

TEST_F(CgroupFactsTest, QuotasOfSeveralContainersAddUp) {
  where_ = {in({0, 1})};
  fill({with_quotas({limited("/a", 1, seconds(1))}), with_quotas({limited("/b", 2, seconds(1))})},
       {with_quotas({limited("/a", 1, seconds(2))}), with_quotas({limited("/b", 2, seconds(4))})});
  EXPECT_EQ(tiers_[0].quota->cores, 3);
  EXPECT_EQ(tiers_[0].quota->used_cores, 2);
}

TEST_F(CgroupFactsTest, OneQuotaAboveTwoCgroupsOfATierCountsOnce) {
  where_ = {in({0, 1})};
  const auto below = with_quotas({limited("/pod", 2)});
  fill({below, below});
  EXPECT_EQ(tiers_[0].quota->cores, 2);
}

TEST_F(CgroupFactsTest, ATierWithSomeServersUnlimitedHasNoQuota) {
  where_ = {in({0, 1})};
  fill({with_quotas({limited("/a", 1)}), with_quotas({})});
  EXPECT_EQ(tiers_[0].quota, std::nullopt);
}

TEST_F(CgroupFactsTest, ALimitOfHelpersAloneIsNoLimitOfTheTier) {
  where_ = {{.all = {0, 1}, .serving = {1}, .complete = true}};
  fill({with_quotas({limited("/backup", 0.1)}), with_quotas({})});
  EXPECT_EQ(tiers_[0].quota, std::nullopt);
}

TEST_F(CgroupFactsTest, AServerWhoseCgroupIsUnknownMakesTheQuotaUnknown) {
  where_[0].complete = false;
  fill({with_quotas({limited("/a", 1)})});
  EXPECT_EQ(tiers_[0].quota, std::nullopt);
}

TEST_F(CgroupFactsTest, ASharedQuotaIsFilledByTheTierThatUsesMost) {
  tiers_ = {tier("app", 0.4), tier("db", 0.5)};
  where_ = {in({0}), in({0})};
  fill({with_quotas({limited("/pod", 1, seconds(1))})},
       {with_quotas({limited("/pod", 1, seconds(3))})});
  EXPECT_EQ(tiers_[0].quota->cores, 1);
  EXPECT_EQ(tiers_[0].quota->used_cores, std::nullopt);
  EXPECT_EQ(tiers_[1].quota->used_cores, 1);
}

TEST_F(CgroupFactsTest, OfTwoThatUseTheSameExactlyOneFillsIt) {
  tiers_ = {tier("app", 0.5), tier("db", 0.5)};
  where_ = {in({0}), in({0})};
  fill({with_quotas({limited("/pod", 1, seconds(1))})},
       {with_quotas({limited("/pod", 1, seconds(3))})});
  EXPECT_NE(tiers_[0].quota->used_cores.has_value(), tiers_[1].quota->used_cores.has_value());
}

TEST_F(CgroupFactsTest, ABiggerTierWithServersElsewhereTakesNoSharedQuotaAway) {
  tiers_ = {tier("app", 0.5), tier("db", 3)};
  where_ = {in({0}), in({0, 1})};
  fill({with_quotas({limited("/pod", 1, seconds(1))}), with_quotas({})},
       {with_quotas({limited("/pod", 1, seconds(3))}), with_quotas({})});
  EXPECT_EQ(tiers_[1].quota, std::nullopt) << "some of db runs without a limit";
  EXPECT_EQ(tiers_[0].quota->used_cores, 1);
}

TEST_F(CgroupFactsTest, TheFullestMemoryLimitOfATiersCgroupsCounts) {
  where_ = {in({0, 1})};
  fill({with_memory({memory("/a", 50, 100)}), with_memory({memory("/b", 900, 1000)})});
  EXPECT_EQ(tiers_[0].memory, (MemoryFacts{.used_bytes = 900, .limit_bytes = 1000}));
}

TEST_F(CgroupFactsTest, CachedFilesAreNoUseOfMemory) {
  CgroupMemory cached = memory("/a", 100, 100);
  cached.active_file_bytes = 20;
  cached.inactive_file_bytes = 50;
  fill({with_memory({cached})});
  EXPECT_EQ(tiers_[0].memory->used_bytes, 30);
}

TEST_F(CgroupFactsTest, CachesOfTheKernelsOwnAreNoUseOfMemory) {
  CgroupMemory looked_up = memory("/a", 100, 100);
  looked_up.reclaimable_slab_bytes = 60;
  fill({with_memory({looked_up})});
  EXPECT_EQ(tiers_[0].memory->used_bytes, 40);
}

TEST_F(CgroupFactsTest, ASharedMemoryLimitIsFilledByTheBiggestTier) {
  tiers_ = {tier("app", 0, 100), tier("db", 0, 700)};
  where_ = {in({0}), in({1})};
  const auto below = [](const char* own) {
    return with_memory({memory(own, 400, {}), memory("/pod", 900, 1000)});
  };
  fill({below("/pod/app"), below("/pod/db")});
  EXPECT_EQ(tiers_[0].memory, std::nullopt);
  EXPECT_EQ(tiers_[1].memory->used_bytes, 900);
}

TEST_F(CgroupFactsTest, KillsAreThoseBetweenTwoReadings) {
  fill({with_memory({memory("/a", 1, 10, 3)})}, {with_memory({memory("/a", 1, 10, 5)})});
  EXPECT_EQ(tiers_[0].oom_kills, 2);
}

TEST_F(CgroupFactsTest, KillsBeforeTheFirstReadingAreNotNews) {
  fill({with_memory({memory("/a", 1, 10, 3)})});
  EXPECT_EQ(tiers_[0].oom_kills, std::nullopt);
}

TEST_F(CgroupFactsTest, KillsInCgroupsAboveAreNotTheTiersOwn) {
  const auto reading = [](std::uint64_t above) {
    return with_memory({memory("/pod/app", 1, {}, 0), memory("/pod", 1, 10, above)});
  };
  fill({reading(1)}, {reading(2)});
  EXPECT_EQ(tiers_[0].oom_kills, 0);
}

TEST_F(CgroupFactsTest, KillsInASharedCgroupAreCountedForOneTierOnly) {
  tiers_ = {tier("app", 0, 700), tier("db", 0, 100)};
  where_ = {in({0}), in({0})};
  fill({with_memory({memory("/", 1, {}, 1)})}, {with_memory({memory("/", 1, {}, 2)})});
  EXPECT_EQ(tiers_[0].oom_kills, 1);
  EXPECT_EQ(tiers_[1].oom_kills, std::nullopt);
}

TEST_F(CgroupFactsTest, TasksAreThoseOfTheCgroupWithTheLeastRoom) {
  CgroupReading reading;
  reading.tasks = {{"/a/b", 10, 100}, {"/a", 80, 100}};
  fill({reading});
  EXPECT_EQ(tiers_[0].tasks, (LimitFacts{80, 100}));
  tiers_[0].tasks = {9, 10};
  fill({reading});
  EXPECT_EQ(tiers_[0].tasks, (LimitFacts{9, 10})) << "that of its user is nearer";
  tiers_[0].tasks.reset();
  reading.tasks->clear();
  fill({reading});
  EXPECT_EQ(tiers_[0].tasks, std::nullopt);
}

}  // namespace
}  // namespace tierwatch
