// SPDX-License-Identifier: MIT
#include "collectors/servers/conf/mysql_conf.h"

#include <gmock/gmock.h>

#include <map>

namespace tierwatch {
namespace {

using Files = std::map<std::string, std::vector<std::string>>;

std::optional<std::uint64_t> limit_of(std::string_view text, const Files& files = {},
                                      std::string_view title = "/usr/sbin/mariadbd") {
  MysqlLimits limits;
  const auto read = [&](const std::string& path) -> std::optional<std::vector<std::string>> {
    const auto found = files.find(path);
    return found == files.end() ? std::nullopt : std::optional(found->second);
  };
  if (!add_mysql_conf(text, read, limits) || !add_mysql_options(title, limits)) return std::nullopt;
  return limits.connections;
}

TEST(MysqlConf, TheLastOneInAGroupOfTheServersCounts) {
  EXPECT_EQ(limit_of("[mysqld]\nport = 1\n"), 151u) << "the default";
  EXPECT_EQ(limit_of("[mysqld]\nmax_connections=20 # few\n[mariadb-10.11]\nmax-connections = 30\n"),
            30u);
  EXPECT_EQ(limit_of("[client]\nmax_connections=20\n[mysqld_safe]\nmax_connections=21\n"), 151u);
  EXPECT_EQ(
      limit_of("[server]\n#max_connections=20\n;max_connections=20\nloose-max_connections=9\n"),
      9u);
}

TEST(MysqlConf, WhatIsIncludedStandsInItsPlace) {
  const std::string text = "[mysqld]\nmax_connections=20\n!includedir /etc/mysql/conf.d\n";
  EXPECT_EQ(limit_of(text, {{"/etc/mysql/conf.d/", {"[mysqld]\nmax_connections=30\n"}}}), 30u);
  EXPECT_EQ(limit_of(text), std::nullopt) << "it cannot be read";
  EXPECT_EQ(limit_of("!include /a\n", {{"/a", {"!include /a\n"}}}), std::nullopt) << "for ever";
}

TEST(MysqlConf, WhatCannotBeReadIsNotKnown) {
  EXPECT_EQ(limit_of("[mysqld]\nmax_connections = many\n"), std::nullopt);
  EXPECT_EQ(limit_of("[mysqld]\nmax_connec = 20\n"), std::nullopt) << "any beginning will do";
}

TEST(MysqlConf, TheCommandLineComesLast) {
  const std::string text = "[mysqld]\nmax_connections = 20\n";
  EXPECT_EQ(limit_of(text, {}, "mysqld --port=1 --max-connections=30"), 30u);
  EXPECT_EQ(limit_of(text, {}, "mysqld --max_connections 31 --skip-networking"), 31u);
  EXPECT_EQ(limit_of(text, {}, "mysqld --max_connections=x"), std::nullopt);
}

TEST(MysqlConf, ALimitOfEachUserIsAnotherLimit) {
  MysqlLimits limits;
  EXPECT_TRUE(add_mysql_conf("[mysqld]\nmax_user_connections=9\n", {}, limits));
  EXPECT_EQ(limits.of_a_user, 9u);
  EXPECT_TRUE(add_mysql_options("mysqld --max-user-connections 8", limits));
  EXPECT_EQ(limits.of_a_user, 8u);
  EXPECT_EQ(limits.connections, 151u);
  EXPECT_FALSE(add_mysql_options("mysqld --max-user=8", limits)) << "any beginning will do";
}

TEST(MysqlConf, FilesThatTheCommandLineNames) {
  EXPECT_EQ(mysql_files("mysqld").only, std::nullopt);
  EXPECT_EQ(mysql_files("mysqld --no-defaults").only, "");
  EXPECT_EQ(mysql_files("mysqld --defaults-file=/a --user=x").only, "/a");
  EXPECT_EQ(mysql_files("mysqld --defaults-extra-file=/b").more, "/b");
}

}  // namespace
}  // namespace tierwatch
