// SPDX-License-Identifier: MIT
#include "analysis/judge/capacity.h"

#include <gtest/gtest.h>

#include "tests/support/judge_cases.h"

namespace tierwatch {
namespace {

struct CapacityCase {
  const char* name;
  const char* tier;
  void (*change)(JudgeInput&, TierFacts&);
  double cores;
  Resource resource;
  const char* words;
};

const CapacityCase kCases[] = {
    {"pool", "uwsgi", [](JudgeInput&, TierFacts&) {}, 4, Resource::kCpu, "4 workers × 1"},
    {"one worker", "uwsgi", [](JudgeInput&, TierFacts& t) { t.worker_processes = t.workers = 1; },
     1, Resource::kThread, "1 worker × 1"},
    {"gil", "uwsgi",
     [](JudgeInput&, TierFacts& t) {
       t.worker_processes = 2;
       t.workers = 16;
     },
     2, Resource::kThread, "2 processes × 1, 8 threads each under one GIL"},
    {"threads without a global lock", "uwsgi",
     [](JudgeInput&, TierFacts& t) {
       t.preset = "php-fpm";
       t.worker_processes = 1;
       t.workers = 4;
     },
     1, Resource::kThread, "1 process × 1, 4 threads share it"},
    {"quota below the workers", "uwsgi", [](JudgeInput&, TierFacts& t) { t.quota->cores = 0.5; },
     0.5, Resource::kQuota, "quota 0.5 core"},
    {"quota of several cores", "uwsgi", [](JudgeInput&, TierFacts& t) { t.quota->cores = 2.5; },
     2.5, Resource::kQuota, "quota 2.5 cores"},
    {"pinned", "uwsgi", [](JudgeInput&, TierFacts& t) { t.allowed_cpus = 1; }, 1, Resource::kCpu,
     "pinned to 1 of 8 cores"},
    {"more workers than processors", "uwsgi",
     [](JudgeInput&, TierFacts& t) {
       t.worker_processes = t.workers = 16;
       t.quota.reset();
     },
     8, Resource::kCpu, "8 cores of the host"},
    {"as many workers as processors: cores come first", "uwsgi",
     [](JudgeInput& in, TierFacts& t) {
       in.host.processors = 4;
       t.allowed_cpus = 4;
     },
     4, Resource::kCpu, "4 cores of the host"},
    {"one worker on one core is short of cores, not of threads", "redis",
     [](JudgeInput& in, TierFacts& t) {
       in.host.processors = 1;
       t.allowed_cpus = 1;
     },
     1, Resource::kCpu, "1 core of the host"},
    {"event loop", "redis", [](JudgeInput&, TierFacts&) {}, 1, Resource::kThread, "1 thread"},
    {"backends come with connections and bound nothing", "postgres",
     [](JudgeInput&, TierFacts& t) { t.quota.reset(); }, 8, Resource::kCpu, "8 cores of the host"},
    {"steal", "postgres",
     [](JudgeInput& in, TierFacts& t) {
       t.quota.reset();
       in.host.steal_cores = 2;
     },
     6, Resource::kCpu, "8 cores of the host, 2.00 stolen"},
};

TEST(Capacity, LeastBoundIsNamed) {
  for (const CapacityCase& one : kCases) {
    JudgeInput input = quiet_stack();
    TierFacts& tier = tier_of(input, one.tier);
    one.change(input, tier);
    const auto bounds = capacity_bounds(tier, input.host);
    ASSERT_FALSE(bounds.empty()) << one.name;
    EXPECT_DOUBLE_EQ(bounds.front().cores, one.cores) << one.name;
    EXPECT_EQ(bounds.front().resource, one.resource) << one.name;
    EXPECT_EQ(bounds.front().words, one.words) << one.name;
  }
}

TEST(Capacity, EventLoopIsMeasuredByItsThreadNotByItsChildren) {
  JudgeInput input = quiet_stack();
  TierFacts& redis = tier_of(input, "redis");
  redis.cpu_cores = 1.4;
  redis.hottest_thread->cores = 0.3;
  EXPECT_DOUBLE_EQ(*capacity_bounds(redis, input.host).front().used_cores, 0.3);
}

TEST(Capacity, ProcessSeenToUseMoreThanACoreIsNotHeldToOne) {
  JudgeInput input = quiet_stack();
  TierFacts& uwsgi = tier_of(input, "uwsgi");
  uwsgi.quota.reset();
  uwsgi.hottest_process->cores = 1.5;
  EXPECT_EQ(capacity_bounds(uwsgi, input.host).front().kind, CapacityBound::Kind::kHost);
}

TEST(Capacity, QuotaIsUsedByItsWholeCgroup) {
  JudgeInput input = quiet_stack();
  TierFacts& uwsgi = tier_of(input, "uwsgi");
  uwsgi.quota = {.cores = 1, .used_cores = 0.95, .throttled_ratio = {}};
  EXPECT_DOUBLE_EQ(*capacity_bounds(uwsgi, input.host).front().ratio(), 0.95);
}

TEST(Capacity, UnknownUseHasNoRatio) {
  JudgeInput input = quiet_stack();
  tier_of(input, "uwsgi").serving_cores.reset();
  EXPECT_FALSE(capacity_bounds(tier_of(input, "uwsgi"), input.host).front().ratio());
}

TEST(Capacity, WhoIsStarvedGoesByTheThresholdOfTheUser) {
  JudgeInput input = quiet_stack();
  TierFacts& redis = tier_of(input, "redis");
  redis.thread_run_cores = 0.85;
  redis.run_delay_cores = 0.15;
  EXPECT_DOUBLE_EQ(capacity_bounds(redis, input.host).front().cores, 0.85);
  EXPECT_DOUBLE_EQ(capacity_bounds(redis, input.host, {.run_delay = 0.10}).front().cores, 1);
}

TEST(Capacity, CoresAreIdleByTheThresholdOfTheUser) {
  EXPECT_TRUE(cores_are_idle({.processors = 8, .busy_cores = 7, .foreign = {}, .disks = {}}, {}));
  EXPECT_FALSE(cores_are_idle({.processors = 8, .busy_cores = 7, .foreign = {}, .disks = {}},
                              {.host_cpu = 0.80}));
  EXPECT_FALSE(cores_are_idle({.processors = 8, .foreign = {}, .disks = {}}, {})) << "not known";
}

TEST(Capacity, HostWithoutProcessorsIsNotKnown) {
  EXPECT_TRUE(capacity_bounds(quiet_stack().tiers[0], {.foreign = {}, .disks = {}}).empty());
}

}  // namespace
}  // namespace tierwatch
