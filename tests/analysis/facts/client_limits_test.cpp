// SPDX-License-Identifier: MIT
//
// Limits that servers set themselves, and how near a tier is to them.
#include <gtest/gtest.h>

#include "analysis/facts/tier_facts.h"
#include "tests/support/facts_stage.h"

namespace tierwatch {
namespace {

/// A server with one listener that has 30 clients.
class ClientLimits : public ::testing::Test {
 protected:
  std::uint16_t start(const char* preset) {
    const auto tier = stage.tier(preset, preset, {role("main", RoleKind::kEventWorker)});
    stage.process(tier, 0);
    stage.listener(tier, "127.0.0.1:1").in_service = 30;
    return tier;
  }
  ServerSettingsReading& settings(std::uint16_t tier) {
    stage.sources.settings.push_back({.tier = tier});
    return stage.sources.settings.back();
  }
  FactsStage stage;
};

TEST_F(ClientLimits, AChangedConfigurationIsAFactOfItsTierAlone) {
  const auto redis = start("redis");
  const auto other = stage.tier("other", "redis", {role("main", RoleKind::kEventWorker)});
  settings(redis).changed_since_start = true;
  EXPECT_TRUE(stage.facts(redis).settings_changed);
  EXPECT_FALSE(stage.facts(other).settings_changed);
}

TEST_F(ClientLimits, MaxclientsOfRedisBoundsItsClients) {
  const auto redis = start("redis");
  settings(redis).most_clients = 40;
  EXPECT_EQ(stage.facts(redis).connection_table, (LimitFacts{30, 40}));
  EXPECT_EQ(stage.facts(redis).possible_limit, (LimitFacts{30, 20})) << "CONFIG SET";
}

TEST_F(ClientLimits, WithoutItTheLeastThatAnybodySetsIsPossible) {
  const auto redis = start("redis");
  settings(redis);
  EXPECT_EQ(stage.facts(redis).connection_table, std::nullopt);
  EXPECT_EQ(stage.facts(redis).possible_limit, (LimitFacts{30, 20}));
}

TEST_F(ClientLimits, MemoryOfRedisIsHeldAgainstMaxmemory) {
  const auto redis = start("redis");
  auto& limits = settings(redis);
  limits.server = stage.snapshot.processes.back().reading.id;
  EXPECT_EQ(stage.facts(redis).data_memory, std::nullopt) << "not known";
  EXPECT_FALSE(stage.facts(redis).data_limit_hidden) << "nobody allows so little";
  stage.snapshot.processes.back().reading.memory = MemoryReading{.anonymous_bytes = 16 << 20};
  EXPECT_TRUE(stage.facts(redis).data_limit_hidden);
  limits.most_memory_bytes = 0;
  EXPECT_FALSE(stage.facts(redis).data_limit_hidden);
  stage.snapshot.processes.back().reading.memory = MemoryReading{.anonymous_bytes = 60};
  EXPECT_EQ(stage.facts(redis).data_memory, std::nullopt) << "none, or it evicts";
  limits.most_memory_bytes = 100;
  EXPECT_EQ(stage.facts(redis).data_memory, (LimitFacts{60, 100}));
}

TEST_F(ClientLimits, OfSeveralServersTheSmallestIsPossible) {
  const auto haproxy = start("haproxy");
  settings(haproxy).most_clients = 500;
  settings(haproxy).most_clients = 300;
  EXPECT_EQ(stage.facts(haproxy).connection_table, std::nullopt);
  EXPECT_EQ(stage.facts(haproxy).possible_limit, (LimitFacts{30, 300}));
}

TEST_F(ClientLimits, OfHaproxysLimitsTheNearestIsPossible) {
  const auto haproxy = start("haproxy");
  stage.edge(haproxy, std::nullopt, "10.0.0.5:80", 2);
  EXPECT_EQ(stage.facts(haproxy).possible_limit, std::nullopt) << "its file was not read";
  auto& limits = settings(haproxy);
  limits.part_clients = limits.server_connections = 0;
  EXPECT_EQ(stage.facts(haproxy).possible_limit->limit, 0) << "none is set";
  limits.part_clients = 300;
  EXPECT_EQ(stage.facts(haproxy).possible_limit, (LimitFacts{30, 300}));
  limits.server_connections = 2;
  EXPECT_EQ(stage.facts(haproxy).possible_limit, (LimitFacts{2, 2}));
  EXPECT_EQ(stage.facts(haproxy).connection_table, std::nullopt);
  stage.snapshot.listeners.back().reading.owed = 7;
  EXPECT_EQ(stage.facts(haproxy).possible_limit, (LimitFacts{7, 2})) << "whose, is not seen of all";
  limits.most_clients = 31;
  EXPECT_EQ(stage.facts(haproxy).connection_table, (LimitFacts{30, 31}));
}

TEST_F(ClientLimits, OneServerThatLimitsTheRateOfRequestsIsEnough) {
  const auto nginx = start("nginx");
  settings(nginx);
  EXPECT_FALSE(stage.facts(nginx).limits_rate);
  settings(nginx).limits_rate = true;
  EXPECT_TRUE(stage.facts(nginx).limits_rate);
}

}  // namespace
}  // namespace tierwatch
