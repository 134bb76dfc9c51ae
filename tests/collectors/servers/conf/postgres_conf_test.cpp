// SPDX-License-Identifier: MIT
#include "collectors/servers/conf/postgres_conf.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

using Texts = std::map<std::string, std::vector<std::string>>;

PostgresSettings settings_of(std::string_view text, const Texts& files = {}) {
  PostgresSettings settings;
  add_postgres_conf(
      text, "/etc/postgresql/15/main/postgresql.conf",
      [&](const std::string& name) {
        const auto found = files.find(name);
        return found == files.end() ? std::vector<std::string>{} : found->second;
      },
      settings);
  return settings;
}

TEST(PostgresConf, ReadsEveryWayToWriteASetting) {
  const auto settings = settings_of(
      "# max_connections = 1\n"
      "max_connections = 100\t\t# (change requires restart)\n"
      "Superuser_Reserved_Connections 5\n"
      "reserved_connections='7' # quoted\n"
      "data_directory = '/var/lib/my data#1'\n"
      "  port=5433\n"
      "\n");
  EXPECT_EQ(settings.at("max_connections"), "100");
  EXPECT_EQ(settings.at("superuser_reserved_connections"), "5");
  EXPECT_EQ(settings.at("reserved_connections"), "7");
  EXPECT_EQ(settings.at("data_directory"), "/var/lib/my data#1");
  EXPECT_EQ(settings.at("port"), "5433");
}

TEST(PostgresConf, TheLastOfTwoWins) {
  EXPECT_EQ(settings_of("max_connections = 100\nmax_connections = 200\n").at("max_connections"),
            "200");
}

TEST(PostgresConf, FilesAreIncludedWhereTheyStand) {
  const Texts files{{"/etc/postgresql/15/main/extra.conf", {"max_connections = 50\nport = 1\n"}},
                    {"/srv/maybe.conf", {"port = 2\n"}}};
  const auto settings = settings_of(
      "max_connections = 100\ninclude 'extra.conf'\ninclude_if_exists = '/srv/maybe.conf'\n"
      "include_if_exists '/srv/absent.conf'\n",
      files);
  EXPECT_EQ(settings.at("max_connections"), "50");
  EXPECT_EQ(settings.at("port"), "2");
}

TEST(PostgresConf, DirectoriesAreIncludedFileByFile) {
  const Texts files{{"/etc/postgresql/15/main/conf.d/",
                     {"max_connections = 10\ninclude 'deep.conf'\n", "max_connections = 20\n"}},
                    {"/etc/postgresql/15/main/conf.d/deep.conf", {"port = 9\n"}}};
  const auto settings = settings_of("include_dir = 'conf.d'\n", files);
  EXPECT_EQ(settings.at("max_connections"), "20");
  EXPECT_EQ(settings.at("port"), "9") << "relative to the file that includes it";
}

TEST(PostgresConf, AFileThatIncludesItselfEnds) {
  const Texts files{{"/etc/postgresql/15/main/a.conf", {"port = 1\ninclude 'a.conf'\n"}}};
  EXPECT_EQ(settings_of("include 'a.conf'\n", files).at("port"), "1");
}

TEST(PostgresOptions, TheCommandLineIsReadInAllItsForms) {
  PostgresSettings settings;
  add_postgres_options(
      "/usr/lib/postgresql/15/bin/postgres -D /var/lib/pg -c config_file=/etc/pg.conf "
      "--max-connections=30 -N 40 -p 5433 --cluster_name",
      settings);
  EXPECT_EQ(settings.at("data_directory"), "/var/lib/pg");
  EXPECT_EQ(settings.at("config_file"), "/etc/pg.conf");
  EXPECT_EQ(settings.at("max_connections"), "40");
}

TEST(PostgresOptions, SwitchesTakeNoValue) {
  PostgresSettings settings;
  add_postgres_options("postgres -i -F -c max_connections=5 -N7 -D/data", settings);
  EXPECT_EQ(settings.at("max_connections"), "7");
  EXPECT_EQ(settings.at("data_directory"), "/data");
  PostgresSettings first;
  add_postgres_options("postgres -l -c max_connections=5", first);
  EXPECT_EQ(first.at("max_connections"), "5");
}

TEST(PostgresConnections, ReservedOnesAreNotForApplications) {
  EXPECT_EQ(postgres_usable_connections({{"max_connections", "100"}}), 97u);
  EXPECT_EQ(postgres_usable_connections({{"max_connections", "100"},
                                         {"superuser_reserved_connections", "0"},
                                         {"reserved_connections", "10"}}),
            90u);
}

TEST(PostgresConnections, AreAHundredWhereNothingSetsThem) {
  EXPECT_EQ(postgres_usable_connections({}), 97u);
}

TEST(PostgresConnections, AreNotKnownWithoutANumber) {
  EXPECT_EQ(postgres_usable_connections({{"max_connections", "lots"}}), std::nullopt);
  EXPECT_EQ(postgres_usable_connections({{"max_connections", "3"}}), std::nullopt);
}

}  // namespace
}  // namespace tierwatch
