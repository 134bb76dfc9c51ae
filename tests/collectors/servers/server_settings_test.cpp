// SPDX-License-Identifier: MIT
#include "collectors/servers/server_settings.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/fake_proc.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

ServerSettingsReading of(std::uint16_t tier, pid_t pid) {
  return {.tier = tier, .server = {.pid = pid, .started = seconds(pid)}};
}

ServerSettingsReading nginx_allows(std::uint64_t connections, pid_t pid = 10) {
  ServerSettingsReading settings = of(0, pid);
  settings.worker_connections = connections;
  settings.part_clients = settings.server_connections = 0;
  return settings;
}

ServerSettingsReading postgres_allows(std::uint64_t connections, pid_t pid = 20) {
  ServerSettingsReading settings = of(1, pid);
  settings.usable_connections = connections;
  return settings;
}

class ServerSettingsTest : public ::testing::Test {
 protected:
  ServerSettingsTest() {
    rules_.tiers = {{.name = "nginx", .preset = "nginx"}, {.name = "db", .preset = "postgres"}};
    rules_.tiers[0].roles = {{.name = "master"}, {.name = "worker"}};
    rules_.tiers[1].roles = {{.name = "postmaster"}, {.name = "backend"}};
  }

  void start(pid_t pid, std::uint16_t tier, std::uint16_t role, std::string title,
             pid_t parent = 1) {
    ProcessReading process;
    process.id = {.pid = pid, .started = seconds(pid)};
    process.parent_pid = parent;
    process.title = std::move(title);
    process.member = Membership{.tier = tier, .role = role};
    processes_.push_back(process);
    run_as(pid, geteuid());
    proc_.make_directory("proc/" + std::to_string(pid) + "/root");
  }

  void run_as(pid_t pid, uid_t uid) {
    const std::string id = std::to_string(uid);
    proc_.write(
        "proc/" + std::to_string(pid) + "/status",
        "Uid:\t" + id + " " + id + " " + id + " " + id + "\nGid:\t7 7 7 7\nGroups:\t7 8 \n");
  }

  void open_files(pid_t pid, int most) {
    const std::string number = std::to_string(most);
    proc_.write("proc/" + std::to_string(pid) + "/limits",
                "Limit                     Soft Limit           Hard Limit           Units     \n"
                "Max open files            " +
                    number + "                " + number + "                files     \n");
  }

  /// A file as the process sees it.
  void write(pid_t pid, const std::string& path, std::string_view text) {
    proc_.write("proc/" + std::to_string(pid) + "/root" + path, text);
  }

  /// As if the machine had just started: no file is older than its server.
  static Instant now(int second) {
    return {.wall = std::chrono::system_clock::now(), .monotonic = seconds(second)};
  }

  std::vector<ServerSettingsReading> collect(int second) {
    const Instant at = now(second);
    settings_.collect(at, rules_, processes_);
    EXPECT_TRUE(settings_.wait(seconds(60)));
    return settings_.collect(at, rules_, processes_);
  }

  FakeProc proc_;
  ProcFs files_{proc_.root()};
  ServerSettings settings_{files_};
  TierRules rules_;
  std::vector<ProcessReading> processes_;
};

TEST_F(ServerSettingsTest, NginxIsReadAsItsMasterSeesTheFile) {
  start(10, 0, 0, "nginx: master process /usr/sbin/nginx -c /srv/n.conf");
  start(11, 0, 1, "nginx: worker process", 10);
  write(10, "/srv/n.conf", "events { worker_connections 64; }");
  EXPECT_THAT(collect(1), ElementsAre(nginx_allows(64)));
}

TEST_F(ServerSettingsTest, NginxIsReadBelowItsPrefixWithWhatItIncludes) {
  start(10, 0, 0, "nginx: master process nginx -p /srv/app -c conf/my.conf");
  write(10, "/srv/app/conf/my.conf", "include modules/*.conf; include events.conf; http { }");
  write(10, "/srv/app/conf/modules/50-a.conf", "load_module a.so;");
  write(10, "/srv/app/conf/modules/README", "events { worker_connections 1; }");
  write(10, "/srv/app/conf/events.conf", "events { worker_connections 64; }");
  EXPECT_THAT(collect(1), ElementsAre(nginx_allows(64)));
}

TEST_F(ServerSettingsTest, PartsOfNginxHaveLimitsOfTheirOwn) {
  start(10, 0, 0, "nginx: master process nginx -c /srv/n.conf");
  write(10, "/srv/n.conf", "events { }\nhttp { include sites/*; }");
  write(10, "/srv/sites/a",
        "upstream u { server 1.2.3.4 max_conns=4; } server { limit_conn a 5; }");
  ServerSettingsReading limits = nginx_allows(512);
  limits.part_clients = 5;
  limits.server_connections = 4;
  EXPECT_THAT(collect(1), ElementsAre(limits));
}

TEST_F(ServerSettingsTest, MemcachedSaysItsLimitInItsCommandLine) {
  rules_.tiers = {{.name = "cache", .preset = "memcached", .roles = {{.name = "main"}}}};
  pid_t pid = 60;
  for (const char* title :
       {"memcached", "memcached -u nobody -c 20 -m 64", "/usr/bin/memcached -c 30 -vc20",
        "memcached --conn-limit=20", "memcached --conn-limit 20", "memcached -c many"})
    start(pid++, 0, 0, title);
  std::vector<std::optional<std::uint64_t>> most;
  for (const ServerSettingsReading& one : collect(1)) most.push_back(one.most_clients);
  EXPECT_THAT(most, ElementsAre(1024u, 20u, 20u, 20u, 20u, std::nullopt));
}

TEST_F(ServerSettingsTest, PgbouncerIsReadFromTheFileItIsGiven) {
  rules_.tiers = {{.name = "pool", .preset = "pgbouncer", .roles = {{.name = "main"}}}};
  start(60, 0, 0, "/usr/sbin/pgbouncer -d -u postgres /etc/b.ini");
  start(61, 0, 0, "pgbouncer /default.ini");
  start(62, 0, 0, "pgbouncer /including.ini");
  start(63, 0, 0, "pgbouncer /etc/b c.ini");
  write(60, "/etc/b.ini", "[databases]\nmax_client_conn = 1\n[pgbouncer]\nmax_client_conn=10\n");
  write(61, "/default.ini", "[pgbouncer]\n;max_client_conn = 7\n");
  write(62, "/including.ini", "[pgbouncer]\n%include /more.ini\n");
  write(63, "/etc/b", "[pgbouncer]\n");
  std::vector<std::optional<std::uint64_t>> most;
  for (const ServerSettingsReading& one : collect(1)) most.push_back(one.most_clients);
  EXPECT_THAT(most, ElementsAre(10u, 100u, std::nullopt, std::nullopt));
}

TEST_F(ServerSettingsTest, ARelativePrefixBeginsWhereTheMasterStands) {
  start(10, 0, 0, "nginx: master process nginx -p . -c my.conf");
  proc_.write("proc/10/cwd/my.conf", "events { worker_connections 64; }");
  EXPECT_THAT(collect(1), ElementsAre(nginx_allows(64)));
}

TEST_F(ServerSettingsTest, AnIncludeThatCannotBeReadLeavesTheLimitUnknown) {
  start(10, 0, 0, "nginx: master process nginx -c /n.conf");
  write(10, "/n.conf", "include /fifo; events { }");
  ASSERT_EQ(mkfifo((proc_.root() / "proc/10/root/fifo").c_str(), 0600), 0);
  EXPECT_THAT(collect(1), ElementsAre(of(0, 10)));
}

TEST_F(ServerSettingsTest, AMasterlessNginxIsItsOwnMaster) {
  start(11, 0, 1, "nginx -g master_process off;");
  write(11, "/etc/nginx/nginx.conf", "events { worker_connections 32; }");
  EXPECT_THAT(collect(1), ElementsAre(nginx_allows(32, 11)));
}

TEST_F(ServerSettingsTest, PhpFpmIsReadWithItsPools) {
  rules_.tiers.push_back({.name = "php", .preset = "php-fpm"});
  rules_.tiers[2].roles = {{.name = "master"}, {.name = "worker"}};
  start(40, 2, 0, "php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)");
  start(41, 2, 1, "php-fpm: pool www", 40);
  write(40, "/etc/php/8.2/fpm/php-fpm.conf", "[global]\ninclude=/etc/php/8.2/fpm/pool.d/*.conf\n");
  write(40, "/etc/php/8.2/fpm/pool.d/www.conf", "[www]\npm.max_children = 5\n");
  ServerSettingsReading five = of(2, 40);
  five.most_workers = 5;
  EXPECT_THAT(collect(1), ElementsAre(five));
}

TEST_F(ServerSettingsTest, RedisIsReadFromTheFileWhosePidfileNamesIt) {
  rules_.tiers.push_back({.name = "redis", .preset = "redis"});
  rules_.tiers[2].roles = {{.name = "main"}};
  start(50, 2, 0, "/usr/bin/redis-server 127.0.0.1:6379");
  start(51, 2, 0, "/usr/bin/redis-server 127.0.0.1:6380");
  for (const pid_t pid : {50, 51}) {
    open_files(pid, 65535);
    write(pid, "/etc/redis/redis.conf", "pidfile /run/redis.pid\nmaxclients 40\n");
    write(pid, "/run/redis.pid", "50\n");
  }
  ServerSettingsReading forty = of(2, 50);
  forty.most_clients = 40;
  forty.most_memory_bytes = 0;
  EXPECT_THAT(collect(1), ElementsAre(forty, of(2, 51)));
}

TEST_F(ServerSettingsTest, RedisThatEvictsNothingHasALimitOfMemory) {
  rules_.tiers.push_back({.name = "redis", .preset = "redis"});
  rules_.tiers[2].roles = {{.name = "main"}};
  start(50, 2, 0, "/usr/bin/redis-server 127.0.0.1:6379");
  open_files(50, 10032);
  write(50, "/etc/redis/redis.conf", "pidfile /run/redis.pid\nmaxmemory 64mb\n");
  write(50, "/run/redis.pid", "50\n");
  ServerSettingsReading limits = of(2, 50);
  limits.most_clients = 10000;
  limits.most_memory_bytes = 64u << 20;
  EXPECT_THAT(collect(1), ElementsAre(limits));
}

TEST_F(ServerSettingsTest, RedisThatRaisedItsOpenFilesHasTheDefault) {
  rules_.tiers.push_back({.name = "redis", .preset = "redis"});
  rules_.tiers[2].roles = {{.name = "main"}, {.name = "bgsave"}};
  start(50, 2, 0, "/usr/bin/redis-server *:6379");
  start(51, 2, 1, "redis-rdb-bgsave *:6379", 50);
  open_files(50, 10032);
  ServerSettingsReading usual = of(2, 50);
  usual.most_clients = 10000;
  EXPECT_THAT(collect(1), ElementsAre(usual)) << "and the child is no server";
}

TEST_F(ServerSettingsTest, HaproxyIsReadAsItsMasterSeesTheFile) {
  rules_.tiers.push_back({.name = "haproxy", .preset = "haproxy"});
  rules_.tiers[2].roles = {{.name = "master"}, {.name = "worker"}};
  start(60, 2, 0, "/usr/sbin/haproxy -Ws -f /etc/haproxy/haproxy.cfg");
  start(61, 2, 1, "/usr/sbin/haproxy -Ws -f /etc/haproxy/haproxy.cfg", 60);
  write(60, "/etc/haproxy/haproxy.cfg", "global\n maxconn 50\nlisten a\n server b c:1 maxconn 2\n");
  ServerSettingsReading limits = of(2, 60);
  limits.most_clients = 50;
  limits.part_clients = 0;
  limits.server_connections = 2;
  EXPECT_THAT(collect(1), ElementsAre(limits));
}

TEST_F(ServerSettingsTest, MysqlIsReadFromItsOptionFiles) {
  rules_.tiers.push_back({.name = "mysql", .preset = "mysql"});
  rules_.tiers[2].roles = {{.name = "main"}};
  start(70, 2, 0, "/usr/sbin/mariadbd");
  start(71, 2, 0, "mysqld --defaults-file=/srv/my.cnf");
  start(72, 2, 0, "mysqld --no-defaults --max-connections=5");
  start(73, 2, 0, "/usr/sbin/mariadbd");
  write(70, "/etc/mysql/my.cnf", "[mysqld]\n!includedir /etc/mysql/conf.d/\n");
  write(70, "/etc/mysql/conf.d/more.cnf", "[mysqld]\nmax_connections = 20\n");
  write(70, "/etc/mysql/conf.d/more.cnf.old", "[mysqld]\nmax_connections = 21\n");
  write(71, "/etc/mysql/my.cnf", "[mysqld]\nmax_connections = 20\n");
  std::vector<std::optional<std::uint64_t>> most;
  for (const ServerSettingsReading& one : collect(1)) most.push_back(one.most_clients);
  EXPECT_THAT(most, ElementsAre(20, std::nullopt, 5, 151));
}

TEST_F(ServerSettingsTest, AFileThatCannotBeReadTellsNothing) {
  start(10, 0, 0, "nginx: master process nginx");
  start(20, 1, 0, "/usr/lib/postgresql/15/bin/postgres -D /data");
  EXPECT_THAT(collect(1), ElementsAre(of(0, 10), of(1, 20)));
}

TEST_F(ServerSettingsTest, PostgresIsReadWithItsIncludesAndCommandLine) {
  start(20, 1, 0,
        "/usr/lib/postgresql/15/bin/postgres -D /data -c config_file=/etc/pg/postgresql.conf");
  write(20, "/etc/pg/postgresql.conf",
        "max_connections = 100\nsuperuser_reserved_connections = 5\ninclude_dir = 'conf.d'\n");
  write(20, "/etc/pg/conf.d/10-more.conf", "max_connections = 200\n");
  write(20, "/etc/pg/conf.d/20-less.conf", "max_connections = 150\n");
  write(20, "/etc/pg/conf.d/.hidden.conf", "max_connections = 1\n");
  write(20, "/etc/pg/conf.d/notes.txt", "max_connections = 2\n");
  EXPECT_THAT(collect(1), ElementsAre(postgres_allows(145)));
}

TEST_F(ServerSettingsTest, WhatAlterSystemSetComesAfterTheFile) {
  start(20, 1, 0, "/usr/lib/postgresql/15/bin/postgres -D /data");
  write(20, "/data/postgresql.conf", "max_connections = 100\n");
  write(20, "/data/postgresql.auto.conf", "max_connections = '300'\n");
  EXPECT_THAT(collect(1), ElementsAre(postgres_allows(297)));
}

TEST_F(ServerSettingsTest, WhatAlterSystemSetMayBeOutOfReach) {
  start(20, 1, 0, "/usr/lib/postgresql/15/bin/postgres -D /data");
  start(21, 1, 0, "/usr/lib/postgresql/15/bin/postgres -D /data -c max_connections=50");
  for (const pid_t pid : {20, 21}) {
    write(pid, "/data/postgresql.conf", "max_connections = 100\n");
    proc_.make_unreadable("proc/" + std::to_string(pid) + "/root/data/postgresql.auto.conf");
  }
  ServerSettingsReading hidden = postgres_allows(97);
  hidden.overrides_hidden = true;
  EXPECT_THAT(collect(1), ElementsAre(hidden, postgres_allows(47, 21)))
      << "the command line comes after it";
}

TEST_F(ServerSettingsTest, TheCommandLineComesLast) {
  start(20, 1, 0, "/usr/lib/postgresql/15/bin/postgres -D /data -c max_connections=50");
  write(20, "/data/postgresql.conf", "max_connections = 100\n");
  EXPECT_THAT(collect(1), ElementsAre(postgres_allows(47)));
}

TEST_F(ServerSettingsTest, PostgresIsReadWhereItsEnvironmentSays) {
  using namespace std::string_view_literals;
  start(20, 1, 0, "postgres");
  proc_.write("proc/20/environ", "PATH=/bin\0PGDATA=/data\0"sv);
  write(20, "/data/postgresql.conf", "max_connections = 20\n");
  EXPECT_THAT(collect(1), ElementsAre(postgres_allows(17)));
  write(20, "/data/postgresql.conf", "port = 1\n");
  EXPECT_THAT(collect(61), ElementsAre(postgres_allows(97))) << "its default";
}

TEST_F(ServerSettingsTest, PostgresStandsInItsDataDirectory) {
  start(20, 1, 0, "postgres -D data");
  proc_.write("proc/20/cwd/postgresql.conf", "max_connections = 20\n");
  EXPECT_THAT(collect(1), ElementsAre(postgres_allows(17)));
}

TEST_F(ServerSettingsTest, WithoutADirectoryNoFileIsGuessed) {
  start(20, 1, 0, "postgres");
  write(20, "/postgresql.conf", "max_connections = 100\n");
  EXPECT_THAT(collect(1), ElementsAre(of(1, 20)));
}

TEST_F(ServerSettingsTest, EachServerOfATierIsReadForItself) {
  start(20, 1, 0, "postgres -D /secret");
  start(30, 1, 0, "postgres -D /open");
  start(40, 1, 0, "postgres -D /third");
  write(30, "/open/postgresql.conf", "max_connections = 103\n");
  write(40, "/third/postgresql.conf", "max_connections = 203\n");
  EXPECT_THAT(collect(1),
              ElementsAre(of(1, 20), postgres_allows(100, 30), postgres_allows(200, 40)));
}

TEST_F(ServerSettingsTest, FilesAreReadAgainOnceAMinuteAndWhenAServerStarted) {
  start(10, 0, 0, "nginx: master process nginx");
  write(10, "/etc/nginx/nginx.conf", "events { worker_connections 1; }");
  EXPECT_THAT(collect(1), ElementsAre(nginx_allows(1)));
  write(10, "/etc/nginx/nginx.conf", "events { worker_connections 2; }");
  EXPECT_THAT(collect(2), ElementsAre(nginx_allows(1))) << "not every second";
  EXPECT_THAT(collect(61), ElementsAre(nginx_allows(2)));
  processes_.clear();
  start(50, 0, 0, "nginx: master process nginx");
  write(50, "/etc/nginx/nginx.conf", "events { worker_connections 3; }");
  EXPECT_THAT(collect(62), ElementsAre(nginx_allows(3, 50)));
}

TEST_F(ServerSettingsTest, AServerThatWasSeenAsItStartedIsReadAgain) {
  start(10, 0, 0, "nginx: master process nginx -c /n.conf");
  EXPECT_THAT(collect(1), ElementsAre(of(0, 10)));
  write(10, "/n.conf", "events { worker_connections 64; }");
  EXPECT_THAT(collect(2), ElementsAre(of(0, 10)));
  EXPECT_THAT(collect(4), ElementsAre(nginx_allows(64)));
}

TEST_F(ServerSettingsTest, AServerThatEndedTellsNoMore) {
  start(10, 0, 0, "nginx: master process nginx");
  write(10, "/etc/nginx/nginx.conf", "events { worker_connections 1; }");
  collect(1);
  processes_.clear();
  EXPECT_THAT(collect(2), IsEmpty());
}

TEST_F(ServerSettingsTest, ATitleThatNamesAFifoHoldsNobodyUp) {
  start(10, 0, 0, "nginx: master process nginx -c /fifo");
  start(20, 1, 0, "postgres -D /data");
  ASSERT_EQ(mkfifo((proc_.root() / "proc/10/root/fifo").c_str(), 0600), 0);
  write(20, "/data/postgresql.conf", "max_connections = 13\n");
  EXPECT_THAT(collect(1), ElementsAre(of(0, 10), postgres_allows(10)));
}

TEST_F(ServerSettingsTest, AFileThatIncludesItselfTwiceIsGivenUp) {
  start(20, 1, 0, "postgres -D /data");
  write(20, "/data/postgresql.conf",
        "max_connections = 13\ninclude 'postgresql.conf'\ninclude 'postgresql.conf'\n");
  EXPECT_THAT(collect(1), ElementsAre(of(1, 20)));
}

TEST_F(ServerSettingsTest, WhatIsNotYetReadIsAbsent) {
  start(10, 0, 0, "nginx: master process nginx");
  write(10, "/etc/nginx/nginx.conf", "events { worker_connections 1; }");
  EXPECT_THAT(settings_.collect(now(1), rules_, processes_), ElementsAre(of(0, 10)));
  EXPECT_TRUE(settings_.wait(seconds(60)));
}

TEST_F(ServerSettingsTest, AnotherTierAfterAReloadIsTheOneNamed) {
  start(10, 0, 0, "nginx: master process nginx");
  write(10, "/etc/nginx/nginx.conf", "events { worker_connections 1; }");
  collect(1);
  rules_.tiers.insert(rules_.tiers.begin(), {.name = "web", .preset = ""});
  processes_[0].member->tier = 1;
  EXPECT_EQ(collect(2).at(0).tier, 1);
}

TEST_F(ServerSettingsTest, TheKernelsLongestAcceptQueueIsRead) {
  proc_.write("proc/sys/net/core/somaxconn", "4096\n");
  collect(1);
  EXPECT_EQ(settings_.somaxconn(), 4096u);
}

TEST_F(ServerSettingsTest, WithoutTheKernelsFileTheLongestQueueIsAbsent) {
  collect(1);
  EXPECT_EQ(settings_.somaxconn(), std::nullopt);
}

}  // namespace
}  // namespace tierwatch
