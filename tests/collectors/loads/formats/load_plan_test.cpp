// SPDX-License-Identifier: MIT
#include "collectors/loads/load_plan.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

using Sending = LoadPlan::Sending;

struct Command {
  const char* tool;
  const char* command;
  Sending sending;
  std::optional<double> rate = {};
  std::optional<double> connections = {};
};

void PrintTo(const Command& one, std::ostream* out) { *out << one.tool << ": " << one.command; }

class LoadPlans : public testing::TestWithParam<Command> {};

TEST_P(LoadPlans, AreReadFromTheCommand) {
  const Command& one = GetParam();
  const LoadPlan plan = load_plan(one.tool, one.command);
  EXPECT_EQ(plan.sending, one.sending);
  EXPECT_EQ(plan.requests_per_second, one.rate);
  EXPECT_EQ(plan.connections, one.connections);
}

INSTANTIATE_TEST_SUITE_P(
    Commands, LoadPlans,
    testing::Values(
        Command{"wrk", "wrk -t2 -c100 -d30s http://shop/", Sending::kWaits},
        Command{"wrk2", "/opt/wrk2/wrk -t2 -c100 -R2000 http://shop/", Sending::kSchedule, 2000},
        Command{"wrk2", "wrk2 --rate=2k http://shop/", Sending::kSchedule, 2000},
        Command{"wrk2", "", Sending::kSchedule},
        Command{"hey", "hey -z 10s -c 20 -q 5 http://shop/", Sending::kPaced, 100, 20},
        Command{"hey", "hey -z 10s -q 2 http://shop/", Sending::kPaced, 100, 50},
        Command{"hey", "hey -cpus 2 -c 20 -q 5 http://shop/", Sending::kPaced, 100, 20},
        Command{"hey", "hey -z 10s -c 20 http://shop/", Sending::kWaits},
        Command{"oha", "oha -z 10s -q 300 -c 30 http://shop/", Sending::kPaced, 300, 30},
        Command{"autocannon", "npx autocannon -R 100 -c 4 http://shop/", Sending::kPaced, 100, 4},
        Command{"vegeta",
                "sh -c 'echo GET http://shop/ | vegeta attack -rate=50/m -duration 30s | vegeta "
                "encode --to csv > run.csv'",
                Sending::kSchedule, 50.0 / 60},
        Command{"vegeta", "vegeta attack -rate 0 -max-workers 10", Sending::kSchedule},
        Command{"wrk2", "sh -c 'wrk -R $RATE http://shop/'", Sending::kSchedule},
        Command{"wrk2", "sh -c 'for c in 1 2; do wrk -R 100 /; wrk -R 200 /; done'",
                Sending::kSchedule},
        Command{"wrk2", "wrk -H 'X: -R 7' -R 100 http://shop/; echo -R 5", Sending::kSchedule, 100},
        Command{"jmeter", "jmeter -n -t plan.jmx", Sending::kUnknown}));

TEST(LoadPlan, LatencyOfWrk2CountsFromWhenARequestWasDue) {
  EXPECT_TRUE(load_plan("wrk2", "").latency_from_due);
  EXPECT_FALSE(load_plan("wrk", "").latency_from_due);
  EXPECT_TRUE(load_plan("autocannon", "autocannon -R 100 /").latency_from_due);
  EXPECT_FALSE(load_plan("autocannon", "autocannon -R 100 -C /").latency_from_due);
  EXPECT_FALSE(load_plan("autocannon", "autocannon -c 10 /").latency_from_due);
  EXPECT_FALSE(load_plan("hey", "hey -q 5 /").latency_from_due);
}

TEST(LoadPlan, APaceThatAllCallsWereToldIsKnown) {
  const LoadPlan loop =
      load_plan("hey", "sh -c 'for c in 1 2 4; do hey -z 6s -c $c -q 10 http://shop/; done'");
  EXPECT_EQ(loop.sending, Sending::kPaced);
  EXPECT_EQ(loop.requests_per_second, std::nullopt);
  EXPECT_EQ(loop.pace_seconds, 0.1);
  EXPECT_EQ(loop.option, "hey -q 10");
  const LoadPlan two = load_plan("hey", "sh -c 'hey -c 1 -q 5 http://a/; hey -c 9 -q 5 http://a/'");
  EXPECT_EQ(two.pace_seconds, 0.2);
  EXPECT_EQ(two.requests_per_second, std::nullopt);
  const LoadPlan other = load_plan("hey", "sh -c 'hey -q 4 http://a/; hey -q 5 http://a/'");
  EXPECT_EQ(other.sending, Sending::kPaced);
  EXPECT_EQ(other.pace_seconds, std::nullopt);
  EXPECT_EQ(load_plan("hey", "sh -c 'hey http://a/; hey -q 5 http://a/'").sending, Sending::kWaits);
}

TEST(LoadPlan, TheOptionIsSaid) {
  EXPECT_EQ(load_plan("hey", "hey -c 20 -q 5 http://shop/").option, "hey -q 5");
}

}  // namespace
}  // namespace tierwatch
