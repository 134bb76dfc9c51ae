// SPDX-License-Identifier: MIT
#include "analysis/runs/elsewhere.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tierwatch {
namespace {

using testing::HasSubstr;
using testing::Not;

RunFindings near_its_limit(double headroom) {
  RunFindings findings;
  StepFindings step;
  step.load.requests_per_second = Estimate{2294, 2290, 2300};
  findings.steps = {step};
  findings.busiest = 0;
  findings.first_ceiling = Ceiling{.tier = std::string(kHostTier)};
  findings.first_ceiling->requests_per_second = {2294 * (1 + headroom), 2290, 2300};
  findings.first_ceiling->headroom_ratio = headroom;
  return findings;
}

TEST(Elsewhere, NoHeadroomIsNotSaidToBeZeroPerCentMore) {
  const std::string near = look_elsewhere(near_its_limit(0.004)).sentence;
  EXPECT_THAT(near, HasSubstr("the cpu of the whole host is close to its limit, too"));
  EXPECT_THAT(near, Not(HasSubstr("0 % more")));
  EXPECT_THAT(look_elsewhere(near_its_limit(0.5)).sentence,
              HasSubstr("(50 % more than was measured)"));
}

}  // namespace
}  // namespace tierwatch
