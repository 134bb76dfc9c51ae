// SPDX-License-Identifier: MIT
#include "collectors/servers/conf/redis_conf.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

TEST(RedisConf, TheLastOfASettingCounts) {
  const std::string text = "# maxclients 10000\nmaxclients 10\nMaxClients  40 \n";
  EXPECT_EQ(redis_setting(text, "maxclients"), "40");
  EXPECT_EQ(redis_setting(text, "pidfile"), std::nullopt);
}

TEST(RedisConf, MemoryIsALimitOnlyWhereNothingIsEvicted) {
  EXPECT_EQ(redis_memory_limit("maxclients 10\n"), 0u);
  EXPECT_EQ(redis_memory_limit("maxmemory 100mb\n"), 100u << 20) << "noeviction is the default";
  EXPECT_EQ(redis_memory_limit("maxmemory 2G\nmaxmemory-policy noeviction\n"), 2'000'000'000u);
  EXPECT_EQ(redis_memory_limit("maxmemory \"1000\"\nmaxmemory-policy \"noeviction\"\n"), 1000u);
  EXPECT_EQ(redis_memory_limit("maxmemory 100mb\nmaxmemory-policy allkeys-lru\n"), 0u);
  EXPECT_EQ(redis_memory_limit("maxmemory 0\n"), 0u);
  EXPECT_EQ(redis_memory_limit("maxmemory many\n"), std::nullopt);
}

}  // namespace
}  // namespace tierwatch
