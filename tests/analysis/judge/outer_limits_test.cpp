// SPDX-License-Identifier: MIT
#include "analysis/judge/outer_limits.h"

#include <gmock/gmock.h>

#include <stdexcept>

#include "analysis/judge/judge.h"
#include "tests/support/judge_cases.h"

namespace tierwatch {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

JudgeInput case_called(const std::string& name) {
  for (const JudgeCase& one : judge_cases())
    if (one.name == name) return one.input();
  throw std::out_of_range(name);
}

TEST(OuterLimits, WhoWaitsForMemoryOfTheHostIsTold) {
  const Verdict verdict =
      judge(case_called("what is dropped is read back, though some memory is left"));
  EXPECT_THAT(verdict.evidence, Contains("somebody waits for memory 30 % of the time"));
  EXPECT_THAT(verdict.evidence,
              Contains("who wants memory of the host looks for it among 900 pages "
                       "a second; 4000 are read back"));
}

TEST(OuterLimits, HowFarAPeerIsAndWhatGetsLostIsToldWhereItIsWorthAWord) {
  JudgeInput in = case_called("workers held by a slow peer, clients as many as workers");
  const auto waits = [&] {
    for (const std::string& line : judge(in).evidence)
      if (line.starts_with("its busy workers wait for 127.0.0.1:2525")) return line;
    return std::string();
  };
  PeerFacts mail{.name = "127.0.0.1:2525", .watched = false, .connections = 4};
  mail.round_trip_seconds = 0.001;
  mail.resent_ratio = 0.002;
  tier_of(in, "uwsgi").peers->push_back(mail);
  EXPECT_THAT(waits(), testing::EndsWith("of their time"));
  tier_of(in, "uwsgi").peers->back().round_trip_seconds = 0.04;
  tier_of(in, "uwsgi").peers->back().resent_ratio = 0.03;
  EXPECT_THAT(waits(), testing::EndsWith("(round trip 40 ms, 3 % of segments sent again)"));
}

TEST(OuterLimits, ALinkThatIsFullOfNobodysAnswersLeavesNothingCertain) {
  JudgeInput in = quiet_stack();
  in.host.links = {{.name = "eth0", .bits_per_second = 1e9, .received_ratio = 0.95}};
  EXPECT_THAT(judge(in).blind_spots, Contains(HasSubstr("eth0 receives as fast as it can")));
  in.host.links = {{.name = "eth0", .bits_per_second = 1e9, .sent_ratio = 0.95}};
  EXPECT_THAT(judge(in).blind_spots, Contains(HasSubstr("whose answers wait for it")));
  tier_of(in, "nginx").sending = 0;
  EXPECT_THAT(judge(in).blind_spots, IsEmpty());
}

}  // namespace
}  // namespace tierwatch
