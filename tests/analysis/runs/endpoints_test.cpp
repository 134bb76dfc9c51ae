// SPDX-License-Identifier: MIT
#include "analysis/runs/endpoints.h"

#include <gmock/gmock.h>

namespace tierwatch {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::chrono::system_clock::time_point kBegin{1'760'000'000s};

/// Steps of 20 s with 10, 20 and 40 users.
std::vector<StepFindings> three_steps() {
  std::vector<StepFindings> steps;
  for (const int i : {0, 1, 2}) {
    StepFindings step;
    step.load.begin = kBegin + i * 20s;
    step.load.end = step.load.begin + 20s;
    step.load.users = 10 << i;
    step.load.requests_per_second = Estimate{50, 50, 50};
    steps.push_back(step);
  }
  return steps;
}

/// So many requests a second, with that p95 in each step, in stretches of two seconds.
LoadLabel label(const std::string& name, double rate, const std::vector<double>& p95) {
  LoadLabel one{.name = name, .requests = rate * 60, .points = {}};
  for (int second = 0; second < 60; second += 2)
    one.points.push_back({.begin = second * 1s,
                          .length = 2s,
                          .requests = 2 * rate,
                          .errors = second >= 40 ? rate : 0,
                          .users = {},
                          .p95_seconds = p95[std::size_t(second) / 20]});
  return one;
}

LoadSeries load(std::vector<LoadLabel> labels) {
  LoadSeries series;
  series.totals.seconds = 60;
  series.labels = std::move(labels);
  return series;
}

TEST(Endpoints, HaveRateErrorsAndQuantilesOfEachStep) {
  const LoadSeries series =
      load({label("a", 10, {0.01, 0.02, 0.04}), label("b", 5, {0.1, 0.1, 0.1})});
  const auto found = find_endpoints(&series, three_steps(), kBegin);
  ASSERT_EQ(found.endpoints.size(), 2u);
  const RequestsOfName& a = found.endpoints[0];
  EXPECT_NEAR(a.requests_per_second.value(), 10, 1e-9);
  ASSERT_EQ(a.steps.size(), 3u);
  EXPECT_NEAR(a.steps[1].requests_per_second.value(), 10, 1e-9);
  EXPECT_NEAR(a.steps[1].p95_seconds.value(), 0.02, 1e-9);
  EXPECT_EQ(a.steps[1].error_ratio, 0);
  EXPECT_NEAR(a.steps[2].error_ratio.value(), 0.5, 1e-9);
  EXPECT_FALSE(a.steps[2].mean_seconds);
}

TEST(Endpoints, StretchesAcrossAnEdgeCountAsFarAsTheyLieInTheStep) {
  auto steps = three_steps();
  steps[1].load.begin += 1s;  // 21 to 40: half of the stretch from 20 to 22
  const LoadSeries series = load({label("a", 10, {0.01, 0.02, 0.04}), label("b", 1, {1, 1, 1})});
  const auto found = find_endpoints(&series, steps, kBegin);
  EXPECT_NEAR(found.endpoints[0].steps[1].requests_per_second.value(), 10, 1e-9);
}

TEST(Endpoints, WhichGetsSlowAtLeastLoadIsFirst) {
  const LoadSeries series =
      load({label("steady", 10, {0.1, 0.11, 0.12}), label("late", 10, {0.01, 0.012, 0.2}),
            label("early", 10, {0.02, 0.08, 0.09}), label("tiny", 10, {0.001, 0.004, 0.004})});
  const auto found = find_endpoints(&series, three_steps(), kBegin);
  EXPECT_THAT(found.slow_first, ElementsAre(2u, 1u));
  EXPECT_EQ(found.endpoints[2].slow_step, 1u);
  EXPECT_NEAR(found.endpoints[2].slower_ratio.value(), 4, 1e-9);
  EXPECT_FALSE(found.endpoints[0].slow_step);
  EXPECT_FALSE(found.endpoints[3].slow_step) << "three milliseconds are nobody's trouble";
  EXPECT_THAT(found.words, HasSubstr("early, p95 80 ms at 20 users, 20 ms with least load (× 4)"));
}

TEST(Endpoints, AFewRequestsAreNoLatency) {
  LoadSeries series = load({label("rare", 0.5, {0.01, 0.5, 0.5}), label("a", 10, {0.1, 0.1, 0.1})});
  const auto found = find_endpoints(&series, three_steps(), kBegin);
  EXPECT_THAT(found.slow_first, IsEmpty());
  EXPECT_THAT(found.words, HasSubstr("None gets much slower"));
}

TEST(Endpoints, WithoutAClockOnlyTotalsAreKnown) {
  const LoadSeries series = load({label("a", 10, {0.01, 0.2, 0.4}), label("b", 1, {1, 1, 1})});
  const auto found = find_endpoints(&series, three_steps(), {});
  EXPECT_THAT(found.endpoints[0].steps, IsEmpty());
  EXPECT_NEAR(found.endpoints[0].requests_per_second.value(), 10, 1e-9);
  EXPECT_EQ(found.words, "");
  EXPECT_THAT(find_endpoints(nullptr, three_steps(), kBegin).endpoints, IsEmpty());
}

}  // namespace
}  // namespace tierwatch
