// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/judge/judge.h"
#include "tests/support/judge_cases.h"

namespace tierwatch {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string why_not(const Verdict& verdict, const std::string& tier, Resource resource) {
  for (const VerdictCandidate& one : verdict.candidates)
    if (one.what == TierResource{tier, resource}) return one.why_not;
  return "";
}

TEST(WhyNot, WhatIsNotNamedSaysWhyNotAndNotItsFiguresAlone) {
  JudgeInput input = judge_case("four workers use four cores").input();
  tier_of(input, "uwsgi").busy_workers = 4;
  EXPECT_EQ(why_not(judge(input), "uwsgi", Resource::kWorkers),
            "busy because its cpu is full: 4 of 4 workers busy");
  int calm = 0;
  for (const JudgeCase& one : judge_cases())
    for (const VerdictCandidate& candidate : judge(one.input()).candidates) {
      EXPECT_THAT(candidate.why_not, testing::Not(StartsWith("all "))) << one.name;
      if (candidate.state != Heat::kCalm) continue;
      ++calm;
      EXPECT_THAT(candidate.why_not, StartsWith("not full, ")) << one.name;
    }
  EXPECT_GT(calm, 5);
}

TEST(WhyNot, TheTierNamedOtherIsSaidToBeOtherProcesses) {
  for (const JudgeCase& one : judge_cases())
    for (const VerdictCandidate& candidate : judge(one.input()).candidates)
      EXPECT_THAT(candidate.why_not, testing::Not(HasSubstr("after other in"))) << one.name;
}

}  // namespace
}  // namespace tierwatch
