// SPDX-License-Identifier: MIT
#include "analysis/runs/run_inside.h"

#include <gmock/gmock.h>

namespace tierwatch {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = InsideGroup::Kind;

constexpr std::chrono::system_clock::time_point kBegin{std::chrono::seconds(1'760'000'000)};

/// A run of steps of ten seconds, looked into twice a second, ten looks each time.
class RunInside : public testing::Test {
 protected:
  RunInside() {
    seen_.functions = {{"render", "/srv/shop/views.py", 30},
                       {"find", "/srv/shop/search.py", 5},
                       {"dumps", "/usr/lib/python3/dist-packages/simplejson/__init__.py", 9},
                       {"order", "/srv/shop/order.py", 3}};
    seen_.stacks = {{.activity = "running", .frames = {{2, 9}, {0, 41}}},
                    {.activity = "running", .frames = {{1, 7}, {0, 44}}},
                    {.activity = "peer", .peer = "127.0.0.1:5432", .frames = {{3, 5}}},
                    {.activity = "running", .torn = true, .frames = {}}};
    seen_.stacks[2].peer_tier = "postgres";
  }

  void add_step(StepShape shape, double requests_per_second, double cores,
                const std::vector<RecordedCount>& counts) {
    StepFindings step;
    step.shape = shape;
    step.load.begin = kBegin + std::chrono::seconds(10 * findings_.steps.size());
    step.load.end = step.load.begin + std::chrono::seconds(10);
    if (requests_per_second > 0)
      step.load.requests_per_second =
          Estimate{requests_per_second, requests_per_second, requests_per_second};
    step.tiers = {{.tier = "uwsgi", .cpu_cores = cores}};
    for (int half = 1; half <= 20; ++half)
      seen_.stretches.push_back({.at = step.load.begin + std::chrono::milliseconds(500) * half,
                                 .seconds = 0.5,
                                 .tier = "uwsgi",
                                 .looks = 10,
                                 .processes = 4,
                                 .of_processes = 4,
                                 .counts = counts});
    findings_.steps.push_back(std::move(step));
  }
  void limits(const std::string& tier, Resource resource) {
    findings_.verdict.outcome = RunVerdict::Outcome::kSaturated;
    findings_.verdict.tier = tier;
    findings_.verdict.resource = resource;
  }
  InsideOfRun find() {
    RunData run;
    run.inside = &seen_;
    return find_inside_run(run, findings_);
  }
  TierInside uwsgi() { return find().tiers.at(0); }

  RecordedInside seen_;
  RunFindings findings_;
};

const InsideRow& row_of(const TierInside& tier, const std::string& function) {
  const auto found = std::ranges::find(tier.rows, function,
                                       [](const InsideRow& row) { return row.place.function; });
  if (found == tier.rows.end()) throw std::runtime_error("no row of " + function);
  return *found;
}

TEST_F(RunInside, NobodyLooked) { EXPECT_TRUE(find_inside_run({}, findings_).empty()); }

TEST_F(RunInside, OneStepHasItsSharesAndCosts) {
  add_step(StepShape::kUnknown, 100, 2, {{0, 15}, {1, 5}, {2, 20}});
  const TierInside tier = uwsgi();
  ASSERT_THAT(tier.groups, SizeIs(1));
  EXPECT_EQ(tier.groups[0].kind, Kind::kAll);
  EXPECT_EQ(tier.groups[0].samples, 800u);
  EXPECT_EQ(tier.groups[0].running, 400u);
  EXPECT_DOUBLE_EQ(*tier.groups[0].cpu_seconds_per_request, 0.02);
  // What a library does for the application's function is that one's own.
  const InsideRow& render = row_of(tier, "render");
  EXPECT_EQ(render.place, (InsidePlace{"render", "/srv/shop/views.py", 41}));
  EXPECT_DOUBLE_EQ(render.groups[0].ratio, 0.75);
  EXPECT_DOUBLE_EQ(*render.groups[0].seconds_per_request, 0.015);
  // 20 threads of 10 looks: two at a time, with 100 requests a second.
  const InsideRow& order = row_of(tier, "order");
  EXPECT_EQ(order.peer_tier, "postgres");
  EXPECT_DOUBLE_EQ(order.groups[0].ratio, 0.5);
  EXPECT_DOUBLE_EQ(*order.groups[0].seconds_per_request, 0.02);
  EXPECT_FALSE(tier.grown);
}

TEST_F(RunInside, WhatGrewFromLinearToSaturatedIsNamedWithBothCosts) {
  limits("uwsgi", Resource::kCpu);
  add_step(StepShape::kLinear, 50, 1, {{0, 8}, {1, 2}});
  add_step(StepShape::kLinear, 100, 2, {{0, 16}, {1, 4}});
  add_step(StepShape::kKnee, 120, 3, {{0, 15}, {1, 15}});
  add_step(StepShape::kSaturated, 100, 4, {{0, 16}, {1, 24}});
  const TierInside tier = uwsgi();
  ASSERT_THAT(tier.groups, SizeIs(2));
  EXPECT_THAT(tier.groups[0].steps, ElementsAre(0, 1));
  EXPECT_THAT(tier.groups[1].steps, ElementsAre(3));
  EXPECT_TRUE(tier.of_cpu);
  ASSERT_TRUE(tier.grown);
  const InsideRow& grown = tier.rows[*tier.grown];
  EXPECT_EQ(grown.place.function, "find");
  EXPECT_DOUBLE_EQ(grown.groups[0].ratio, 0.2);
  EXPECT_DOUBLE_EQ(grown.groups[1].ratio, 0.6);
  EXPECT_DOUBLE_EQ(*grown.groups[0].seconds_per_request, 0.004);
  EXPECT_DOUBLE_EQ(*grown.groups[1].seconds_per_request, 0.024);
  ASSERT_TRUE(tier.most);
  EXPECT_EQ(tier.most, tier.grown);
  // As much as before for each request: its share fell, and that is no growth.
  EXPECT_DOUBLE_EQ(*row_of(tier, "render").groups[1].seconds_per_request, 0.016);
}

TEST_F(RunInside, MoreSamplesOfMoreRequestsAreNoGrowth) {
  limits("uwsgi", Resource::kCpu);
  add_step(StepShape::kLinear, 50, 1, {{0, 5}, {1, 5}});
  add_step(StepShape::kSaturated, 200, 4, {{0, 20}, {1, 20}});
  EXPECT_FALSE(uwsgi().grown);
}

/// With little load a thread that is woken waits for a CPU: its functions look smaller than they
/// are.
TEST_F(RunInside, AShareThatWaitsInNoFunctionMadeSmallerIsNoGrowth) {
  limits("uwsgi", Resource::kCpu);
  seen_.stacks.push_back({.activity = "running", .frames = {}});
  add_step(StepShape::kLinear, 50, 0.5, {{0, 10}, {4, 15}});
  add_step(StepShape::kSaturated, 100, 1, {{0, 48}, {4, 2}});
  EXPECT_FALSE(uwsgi().grown);
  seen_.stretches.clear();
  findings_.steps.clear();
  add_step(StepShape::kLinear, 50, 0.5, {{0, 10}, {4, 15}});
  add_step(StepShape::kSaturated, 100, 2, {{0, 48}, {4, 2}});
  EXPECT_TRUE(uwsgi().grown) << "twice as much";
}

TEST_F(RunInside, AFewSamplesMoreAreNoGrowth) {
  limits("uwsgi", Resource::kCpu);
  add_step(StepShape::kLinear, 50, 1, {{0, 1}});
  add_step(StepShape::kSaturated, 50, 1, {{0, 1}});
  seen_.stretches.back().counts.push_back({1, 4});
  EXPECT_FALSE(uwsgi().grown);
}

TEST_F(RunInside, OfHeldWorkersItIsTheWaitThatCounts) {
  limits("uwsgi", Resource::kWorkers);
  add_step(StepShape::kLinear, 50, 0.5, {{0, 10}, {2, 10}});
  add_step(StepShape::kSaturated, 50, 0.5, {{0, 10}, {2, 70}});
  const TierInside tier = uwsgi();
  EXPECT_FALSE(tier.of_cpu);
  ASSERT_TRUE(tier.grown);
  EXPECT_EQ(tier.rows[*tier.grown].place.function, "order");
  EXPECT_DOUBLE_EQ(*tier.rows[*tier.grown].groups[0].seconds_per_request, 0.02);
  EXPECT_DOUBLE_EQ(*tier.rows[*tier.grown].groups[1].seconds_per_request, 0.14);
  EXPECT_EQ(tier.most, tier.grown);
}

TEST_F(RunInside, WithoutThroughputSharesAreComparedAlone) {
  add_step(StepShape::kLinear, 0, 1, {{0, 18}, {1, 2}});
  add_step(StepShape::kSaturated, 0, 1, {{0, 5}, {1, 15}});
  const TierInside tier = uwsgi();
  ASSERT_TRUE(tier.grown);
  EXPECT_EQ(tier.rows[*tier.grown].place.function, "find");
  EXPECT_FALSE(tier.rows[*tier.grown].groups[1].seconds_per_request);
}

TEST_F(RunInside, WhereNotAllProcessesWereReadNoWaitIsTimed) {
  add_step(StepShape::kUnknown, 100, 2, {{0, 10}, {2, 10}});
  seen_.stretches.front().of_processes = 40;
  const TierInside tier = uwsgi();
  EXPECT_FALSE(row_of(tier, "order").groups[0].seconds_per_request);
  EXPECT_TRUE(row_of(tier, "render").groups[0].seconds_per_request) << "the kernel's figure holds";
}

TEST_F(RunInside, StretchesThatReachOverTheEdgeOfAStepAreLeftOut) {
  add_step(StepShape::kLinear, 100, 2, {{0, 10}});
  findings_.steps[0].load.begin += std::chrono::milliseconds(250);
  EXPECT_EQ(uwsgi().groups[0].looks, 190u);
  // Unless the step is too short for any.
  findings_.steps[0].load.end = findings_.steps[0].load.begin + std::chrono::milliseconds(400);
  EXPECT_EQ(uwsgi().groups[0].looks, 10u);
}

TEST_F(RunInside, TornSamplesAreCountedAndInNoFunction) {
  add_step(StepShape::kUnknown, 100, 2, {{0, 9}, {3, 1}});
  const TierInside tier = uwsgi();
  EXPECT_DOUBLE_EQ(tier.groups[0].torn, 0.1);
  EXPECT_DOUBLE_EQ(row_of(tier, "(torn)").groups[0].ratio, 0.1);
}

TEST_F(RunInside, TheTierThatLimitsComesFirst) {
  add_step(StepShape::kUnknown, 100, 2, {{0, 10}});
  limits("celery", Resource::kCpu);
  InsideStretch other = seen_.stretches.front();
  other.tier = "celery";
  other.counts = {{0, 1}};
  seen_.stretches.push_back(other);
  EXPECT_EQ(find().tiers.at(0).tier, "celery");
  EXPECT_FALSE(find().tiers.at(0).most) << "of ten samples nothing is certain";
}

}  // namespace
}  // namespace tierwatch
