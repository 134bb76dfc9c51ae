// SPDX-License-Identifier: MIT
//
// CPU of a request by its name, of runs whose costs were planted.
#include "analysis/runs/name_costs.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

namespace tierwatch {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::chrono::system_clock::time_point kBegin{1'760'000'000s};

/// Two pages of 4 and 20 ms on the application, of 1 and 0.2 ms in the database; a second holds
/// `a(second)` and `b(second)` requests of them, and both tiers use 0.05 cores without any.
class TwoPages : public ::testing::Test {
 protected:
  template <typename A, typename B>
  NamedRequests costs(int seconds, A a, B b) {
    LoadSeries load;
    load.labels = {{.name = "GET /a"}, {.name = "GET /b"}};
    std::vector<RunSample> samples;
    for (int i = 0; i < seconds; ++i) {
      const double of_a = std::round(a(i)), of_b = std::round(b(i));
      add(load.labels[0], i, of_a);
      add(load.labels[1], i, of_b);
      samples.push_back(
          sample(i, 0.05 + of_a * 0.004 + of_b * 0.020, 0.05 + of_a * 0.001 + of_b * 0.0002));
    }
    DemandFindings demand;
    for (const char* tier : {"uwsgi", "postgres"}) {
      demand.tiers.push_back({.tier = tier});
      demand.tiers.back().cpu.idle = 0.05;
    }
    NamedRequests found;
    found.endpoints = {{.name = "GET /a"}, {.name = "GET /b"}};
    find_name_costs(load, kBegin, samples, demand, found);
    return found;
  }
  double noise() { return 1 + 0.05 * normal_(random_); }

 private:
  static void add(LoadLabel& label, int second, double requests) {
    label.requests += requests;
    if (requests > 0) label.points.push_back({.begin = second * 1s, .requests = requests});
  }
  RunSample sample(int second, double uwsgi, double postgres) {
    RunSample sample{.at = kBegin + (second + 1) * 1s};
    sample.facts.seconds = 1;
    for (const auto& [name, cores] : {std::pair("uwsgi", uwsgi), std::pair("postgres", postgres)}) {
      TierFacts tier;
      tier.name = name;
      tier.cpu_cores = cores * noise();
      sample.facts.tiers.push_back(tier);
    }
    return sample;
  }
  std::mt19937 random_{7};
  std::normal_distribution<> normal_;
};

double up(int second) { return 20 + second; }
double down(int second) { return 100 - second; }

TEST_F(TwoPages, WhoseSharesChangeAreToldApart) {
  const NamedRequests found = costs(60, up, down);
  EXPECT_THAT(found.cpu_missing, IsEmpty());
  ASSERT_THAT(found.endpoints[0].cpu, SizeIs(2));
  ASSERT_THAT(found.endpoints[1].cpu, SizeIs(2));
  EXPECT_EQ(found.endpoints[0].cpu[0].tier, "uwsgi");
  EXPECT_NEAR(found.endpoints[0].cpu[0].seconds.value, 0.004, 0.0012);
  EXPECT_NEAR(found.endpoints[1].cpu[0].seconds.value, 0.020, 0.002);
  EXPECT_NEAR(found.endpoints[0].cpu[1].seconds.value, 0.001, 0.0001);
  EXPECT_NEAR(found.endpoints[1].cpu[1].seconds.value, 0.0002, 0.0001);
  const Estimate& cost = found.endpoints[1].cpu[0].seconds;
  EXPECT_LE(cost.low, 0.020);
  EXPECT_GE(cost.high, 0.020);
}

TEST_F(TwoPages, ThatRiseAndFallTogetherAreNotToldApart) {
  const NamedRequests found = costs(60, up, [](int second) { return 2 * up(second); });
  EXPECT_THAT(found.endpoints[0].cpu, IsEmpty());
  EXPECT_THAT(found.endpoints[1].cpu, IsEmpty());
  EXPECT_THAT(found.cpu_missing, HasSubstr("rise and fall together"));
}

TEST_F(TwoPages, OfAShortRunAreNotToldApart) {
  const NamedRequests found = costs(10, up, down);
  EXPECT_THAT(found.endpoints[0].cpu, IsEmpty());
  EXPECT_THAT(found.cpu_missing, HasSubstr("too few"));
}

TEST_F(TwoPages, OneAfterTheOtherAreToldApart) {
  const NamedRequests found = costs(
      60, [](int second) { return second < 30 ? 50 : 0; },
      [](int second) { return second < 30 ? 0 : 30; });
  ASSERT_THAT(found.endpoints[1].cpu, SizeIs(2));
  EXPECT_NEAR(found.endpoints[0].cpu[0].seconds.value, 0.004, 0.0004);
  EXPECT_NEAR(found.endpoints[1].cpu[0].seconds.value, 0.020, 0.002);
}

TEST_F(TwoPages, WhoseTimesAreNotKnownHaveNoCosts) {
  NamedRequests found;
  found.endpoints = {{.name = "GET /a"}};
  LoadSeries load;
  load.labels = {{.name = "GET /a", .requests = 9}};
  DemandFindings demand;
  demand.tiers = {{.tier = "uwsgi"}};
  find_name_costs(load, kBegin, {}, demand, found);
  EXPECT_THAT(found.cpu_missing, HasSubstr("when"));
}

}  // namespace
}  // namespace tierwatch
