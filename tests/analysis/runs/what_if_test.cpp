// SPDX-License-Identifier: MIT
#include "analysis/runs/what_if.h"

#include <gmock/gmock.h>

#include "tests/support/judge_cases.h"

namespace tierwatch {
namespace {

using testing::HasSubstr;

TEST(ParseWhatIf, ChangesAndTiersAreRead) {
  using Kind = PlannedChange::Kind;
  const std::pair<const char*, WhatIf> cases[] = {
      {"cores=4", {{{Kind::kCores, "", 4}}}},
      {"workers=8", {{{Kind::kWorkers, "", 8}}}},
      {"quota=0.5", {{{Kind::kQuota, "", 0.5}}}},
      {"uwsgi.workers=8", {{{Kind::kWorkers, "uwsgi", 8}}}},
      {"my.app.cores=2", {{{Kind::kCores, "my.app", 2}}}},
      {"uwsgi.workers=8, cores=4", {{{Kind::kWorkers, "uwsgi", 8}, {Kind::kCores, "", 4}}}},
  };
  for (const auto& [text, expected] : cases) {
    const auto parsed = parse_what_if(text);
    ASSERT_TRUE(std::holds_alternative<WhatIf>(parsed)) << text << std::get<1>(parsed);
    EXPECT_EQ(std::get<WhatIf>(parsed), expected) << text;
  }
}

TEST(ParseWhatIf, WhatCannotBeIsRefusedWithWhatCan) {
  for (const char* text :
       {"", "cores", "cores=", "cores=x", "cores=0", "cores=-1", "cores=4x", "disks=4", ".cores=4",
        "workers=1.5", "cores=inf", "cores=1e9", "cores=4,", ",cores=4", "cores=4,workers"}) {
    const auto parsed = parse_what_if(text);
    ASSERT_TRUE(std::holds_alternative<std::string>(parsed)) << text;
    EXPECT_THAT(std::get<std::string>(parsed), HasSubstr("write cores=4")) << text;
  }
}

TEST(ParseWhatIf, OneThingIsChangedOnce) {
  EXPECT_THAT(std::get<std::string>(parse_what_if("workers=8,workers=4")),
              HasSubstr("'workers=4' changes what 'workers=8' did"));
}

Demand demand_of(double seconds) { return {.seconds = {seconds, 0.98 * seconds, 1.02 * seconds}}; }

/// uWSGI: 4 workers, 10 ms; Postgres 4 ms; 8 processors, 14.5 ms of each request.
WhatIfBasis full_workers() {
  WhatIfBasis basis{.facts = quiet_stack(),
                    .limiting = TierResource{"uwsgi", Resource::kCpu},
                    .highest_requests_per_second = 390,
                    .users = 300,
                    .least_cycle_seconds = 0.5};
  for (TierFacts& tier : basis.facts.tiers) tier.quota.reset();
  basis.demand.tiers = {{.tier = "uwsgi", .cpu = demand_of(0.010)},
                        {.tier = "postgres", .cpu = demand_of(0.004)},
                        {.tier = "nginx", .cpu = demand_of(0.0005)}};
  basis.demand.host_cpu = demand_of(0.0145);
  return basis;
}

WhatIfAnswer answer_to(const char* text, const WhatIfBasis& basis) {
  return what_if(std::get<WhatIf>(parse_what_if(text)), basis);
}

TEST(WhatIf, MoreWorkersReachTheHostsCores) {
  const WhatIfAnswer answer = answer_to("workers=8", full_workers());
  ASSERT_TRUE(answer.answered) << answer.words;
  EXPECT_EQ(answer.tier, "uwsgi");
  EXPECT_EQ(answer.binds->tier, kHostTier);
  // Corrected by what was reached of the ceiling of 400/s.
  EXPECT_NEAR(answer.requests_per_second.value, 8 / 0.0145 * 390 / 400, 1);
  EXPECT_LT(answer.requests_per_second.low, answer.requests_per_second.value);
  EXPECT_GE(answer.requests_per_second.high, 0.999 * 8 / 0.0145);
}

TEST(WhatIf, MoreCoresDoNotHelpFourWorkers) {
  const WhatIfAnswer answer = answer_to("cores=16", full_workers());
  ASSERT_TRUE(answer.answered) << answer.words;
  EXPECT_EQ(answer.binds->tier, "uwsgi");
  EXPECT_NEAR(answer.requests_per_second.value, answer.before.value, 1e-9);
  EXPECT_THAT(answer.words, HasSubstr("4 workers × 1"));
}

// Either alone brings nothing or little: sixteen workers of 10 ms on 16 cores bring 1103/s.
TEST(WhatIf, WhatIsChangedTogetherIsAnsweredTogether) {
  const WhatIfAnswer answer = answer_to("uwsgi.workers=16,cores=16", full_workers());
  ASSERT_TRUE(answer.answered) << answer.words;
  EXPECT_EQ(answer.question, "uwsgi.workers=16, cores=16");
  EXPECT_EQ(answer.tier, "uwsgi");
  EXPECT_NEAR(answer.requests_per_second.value, 16 / 0.0145 * 390 / 400, 1);
  EXPECT_GT(answer.requests_per_second.value,
            1.9 * answer_to("workers=16", full_workers()).requests_per_second.value);
}

TEST(WhatIf, ASmallQuotaBinds) {
  const WhatIfAnswer answer = answer_to("postgres.quota=1", full_workers());
  ASSERT_TRUE(answer.answered) << answer.words;
  EXPECT_EQ(answer.binds->tier, "postgres");
  EXPECT_EQ(answer.binds->resource, Resource::kQuota);
  EXPECT_NEAR(answer.requests_per_second.value, 1 / 0.004 * 390 / 400, 1);
}

TEST(WhatIf, TooFewUsersAreSaid) {
  WhatIfBasis basis = full_workers();
  basis.users = 200;
  const WhatIfAnswer answer = answer_to("workers=8", basis);
  EXPECT_EQ(answer.with_same_users, 400);
  EXPECT_THAT(answer.words, HasSubstr("200 users bring no more than 400/s"));
}

TEST(WhatIf, WhatDoesNotLimitByRateIsRefused) {
  WhatIfBasis basis = full_workers();
  basis.limiting = TierResource{"postgres", Resource::kLock};
  const WhatIfAnswer answer = answer_to("cores=16", basis);
  EXPECT_FALSE(answer.answered);
  EXPECT_THAT(answer.words, HasSubstr("what limits is postgres lock"));
}

// One of two pools of php-fpm is full at a rate at which all others are far from their limits.
TEST(WhatIf, WhereNoCeilingIsThatOfWhatLimitsNothingIsPredicted) {
  WhatIfBasis basis = full_workers();
  basis.limiting = TierResource{"php-fpm", Resource::kWorkers};
  basis.highest_requests_per_second = 92;
  const WhatIfAnswer answer = answer_to("uwsgi.workers=12", basis);
  EXPECT_FALSE(answer.answered);
  EXPECT_THAT(answer.words, HasSubstr("what limits is php-fpm workers"));
}

TEST(WhatIf, WhileNothingIsFullTheFirstToBeIsMeant) {
  WhatIfBasis nobody = full_workers();
  nobody.limiting.reset();
  EXPECT_EQ(answer_to("workers=8", nobody).tier, "uwsgi");
  EXPECT_NEAR(answer_to("workers=8", nobody).requests_per_second.value, 8 / 0.0145, 1);
  nobody.demand.tiers.clear();
  EXPECT_THAT(answer_to("workers=8", nobody).words, HasSubstr("name one"));
}

TEST(WhatIf, UnknownThingsAreRefused) {
  EXPECT_THAT(answer_to("mysql.workers=8", full_workers()).words, HasSubstr("no tier mysql"));
  WhatIfBasis nothing = full_workers();
  nothing.demand = {.missing = "throughput is not known"};
  EXPECT_THAT(answer_to("cores=4", nothing).words, HasSubstr("throughput is not known"));
  EXPECT_THAT(answer_to("mysql.workers=8", nothing).words,
              HasSubstr("no tier mysql; those of this run are"));
}

}  // namespace
}  // namespace tierwatch
