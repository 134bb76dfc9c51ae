// SPDX-License-Identifier: MIT
//
// What is said of pools of connections to other servers.
#include <gmock/gmock.h>

#include "analysis/judge/judge.h"
#include "analysis/judge/verdict_sentence.h"
#include "tests/support/judge_cases.h"

namespace tierwatch {
namespace {

using testing::Contains;
using testing::HasSubstr;

Verdict verdict_of(const std::string& name) { return judge(judge_case(name).input()); }

TEST(PoolVerdict, APoolThatHasNoMoreLocalPortsSaysSo) {
  JudgeInput input = judge_case("requests take turns on the connections of node").input();
  input.host.local_ports = {4, 4};
  const Verdict verdict = judge(input);
  EXPECT_THAT(verdict.sentence, HasSubstr("in use (no local ports are left)"));
  EXPECT_THAT(verdict.relief, Contains(HasSubstr("ip_local_port_range")));
}

TEST(PoolVerdict, APoolOfConnectionsSaysWhereTheyLead) {
  const Verdict verdict = verdict_of("requests take turns on the connections of node");
  EXPECT_THAT(verdict.sentence,
              HasSubstr("node is full: all 4 connections to 127.0.0.1:2600 in use (its pool)"));
  ASSERT_TRUE(verdict.waiting_on);
  EXPECT_EQ(verdict.waiting_on->address, "127.0.0.1:2600");
}

TEST(PoolVerdict, AFullPoolIsWaitedForHoweverFewRequestsAreOnItAtATime) {
  JudgeInput input = judge_case("requests take turns on the connections of node").input();
  tier_of(input, "node").owed = 40;
  tier_of(input, "node").waits->front().share = 0.1;
  const Verdict verdict = judge(input);
  ASSERT_EQ(named_by(verdict), "node pool") << verdict.sentence;
  ASSERT_EQ(verdict.path.size(), 2u);
  EXPECT_EQ(verdict.path.back().name, "127.0.0.1:2600");
  EXPECT_EQ(verdict.waiting_on.value().address, "127.0.0.1:2600");
}

}  // namespace
}  // namespace tierwatch
