// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "collectors/rules/tier_rules.h"
#include "collectors/servers/servers.h"

namespace tierwatch {
namespace {

/// A little tree: process 10 is the root of the tier, 11 its child, 12 a child of 11; process 1 is
/// init.
struct Member {
  std::string_view role;
  pid_t pid, parent;
  std::string_view title;
  std::string_view comm = "";  ///< default: the tree's
  std::uint64_t ignored = 0, caught = 0;
};

std::vector<std::string> roles(std::string_view preset_name, std::string_view comm,
                               const std::vector<Member>& members) {
  const TierRules rules{{preset(preset_name)}};
  std::vector<Candidate> candidates;
  for (const Member& member : members) {
    candidates.push_back({.id = {.pid = member.pid},
                          .parent_pid = member.parent,
                          .comm = member.comm.empty() ? comm : member.comm,
                          .title = member.title,
                          .signals_ignored = member.ignored,
                          .signals_caught = member.caught});
  }
  std::vector<std::string> names;
  for (const auto& reason : match_processes(rules, candidates)) {
    names.push_back(reason ? rules.tiers[0].roles[reason->member.role].name : "-");
  }
  return names;
}

void expect_roles(std::string_view preset_name, std::string_view comm,
                  const std::vector<Member>& members) {
  const auto seen = roles(preset_name, comm, members);
  for (std::size_t i = 0; i < members.size(); ++i) {
    EXPECT_EQ(seen[i], members[i].role) << preset_name << ": " << members[i].title;
  }
}

TEST(PresetRoles, Nginx) {
  expect_roles("nginx", "nginx",
               {{"master", 10, 1, "nginx: master process nginx -g daemon off;"},
                {"worker", 11, 10, "nginx: worker process                            "},
                {"worker", 12, 10, "nginx: worker process is shutting down"},
                {"cache", 13, 10, "nginx: cache manager process"},
                {"cache", 14, 10, "nginx: cache loader process"},
                {"child", 15, 11, "/usr/bin/perl x.pl", "perl"},
                {"control", 16, 1, "nginx -t"},
                {"control", 17, 1, "/usr/sbin/nginx -g daemon on; -s reload"},
                {"worker", 18, 1, "nginx -g daemon off; master_process off;"}});
}

TEST(PresetRoles, AngiesTitlesBearItsName) {
  expect_roles("nginx", "angie",
               {{"master", 10, 1, "angie: master process v1.8.0 #2 [angie -g daemon off;]"},
                {"worker", 11, 10, "angie: worker process #2"},
                {"worker", 12, 10, "angie: worker process is shutting down #1"},
                {"cache", 13, 10, "angie: cache manager process #2"},
                {"control", 14, 1, "angie -t"}});
}

// As uvicorn 0.17 and hypercorn 0.13 start them.
TEST(PresetRoles, AsgiServersWithSeveralProcesses) {
  expect_roles("uvicorn", "python3",
               {{"supervisor", 10, 1, "/usr/bin/python3 -m uvicorn app:app --workers 2"},
                {"child", 11, 10,
                 "/usr/bin/python3 -c from multiprocessing.resource_tracker import main;main(4)"},
                {"worker", 12, 10,
                 "/usr/bin/python3 -c from multiprocessing.spawn import spawn_main; "
                 "spawn_main(tracker_fd=5, pipe_handle=7) --multiprocessing-fork"},
                {"child", 13, 12, "/bin/sh -c convert"},
                {"main", 14, 1, "/usr/bin/python3 -m uvicorn app:app --workers 1"},
                {"supervisor", 15, 1, "/usr/bin/python3 -m uvicorn app:app --reload"}});
  const char* title = "/usr/bin/python3 /usr/bin/hypercorn app:app -w 2";
  expect_roles("hypercorn", "hypercorn",
               {{"supervisor", 10, 1, title},
                {"worker", 11, 10, title},
                {"main", 12, 1, "/usr/bin/python3 /usr/bin/hypercorn app:app"}});
  expect_roles("hypercorn", "hypercorn",
               {{"supervisor", 10, 1, "/usr/bin/python3 /usr/bin/hypercorn app:app"},
                {"worker", 11, 10,
                 "/usr/bin/python3 -c from multiprocessing.spawn import spawn_main; spawn_main()",
                 "python3"}});
}

// Signal sets as Puma 5.6.5 showed them.
TEST(PresetRoles, RubysMastersAndWorkers) {
  expect_roles(
      "puma", "puma",
      {{"master", 10, 1, "puma 5.6.5 (tcp://a:1) [shop]", "", 0x4, 0x42317e4b},
       {"cluster-worker", 11, 10, "puma: cluster worker 0: 10 [shop]", "", 0x6, 0x142317e49},
       {"main", 12, 1, "puma 5.6.5 (tcp://a:2) [blog]", "", 0x4, 0x142017e4b},
       {"child", 13, 12, "convert", "convert"}});
  expect_roles("unicorn", "unicorn",
               {{"master", 10, 1, "unicorn master -l 127.0.0.1:8080 config.ru"},
                {"worker", 11, 10, "unicorn worker[0] -l 127.0.0.1:8080 config.ru"}});
}

TEST(PresetRoles, ProcessesThatStartTheOneThatServes) {
  expect_roles("varnish", "varnishd",
               {{"manager", 10, 1, "varnishd -F -a :80"},
                {"cache", 11, 10, "varnishd -F -a :80", "cache-main"}});
  expect_roles("proxysql", "proxysql",
               {{"angel", 10, 1, "proxysql -c a"}, {"main", 11, 10, "proxysql -c a"}});
  expect_roles("proxysql", "proxysql", {{"main", 10, 1, "proxysql -f -c a"}});
  expect_roles("elasticsearch", "java",
               {{"launcher", 10, 1, "java org.elasticsearch.launcher.CliToolLauncher"},
                {"main", 11, 10,
                 "java -m org.elasticsearch.server/"
                 "org.elasticsearch.bootstrap.Elasticsearch"},
                {"child", 12, 11, "/usr/share/elasticsearch/controller", "controller"}});
  expect_roles("caddy", "caddy",
               {{"main", 10, 1, "caddy run"}, {"control", 11, 1, "caddy reload --config x"}});
}

// Signal sets as Apache 2.4.71 showed them in /proc/PID/status.
TEST(PresetRoles, ApacheByTreeAndSignals) {
  const char* title = "/usr/sbin/apache2 -k start";
  expect_roles("apache", "apache2",
               {{"master", 10, 1, title, "", 0x1001000, 0x80046eb},
                {"worker", 11, 10, title, "", 0x1001002, 0x80046e9},    // prefork
                {"worker", 12, 10, title, "", 0x1001000, 0x1080046eb},  // worker, event
                {"cgid", 13, 10, title, "", 0x10000, 0x4e9},
                {"wsgi", 14, 10, title, "", 0x1001000, 0x1008046ea},
                {"wsgi", 15, 10, "(wsgi:shop)  -k start", "", 0x1001000, 0x1008046ea},
                {"child", 16, 13, "/bin/sh /usr/lib/cgi-bin/x", "x"},
                {"child", 17, 10, "/usr/bin/rotatelogs /var/log/a", "rotatelogs"},
                {"control", 18, 1, "/usr/sbin/apache2 -k graceful"},
                {"control", 19, 1, "apache2 -t"},
                {"worker", 20, 1, "apache2 -X"}});
  expect_roles("apache", "apache2",
               {{"master", 10, 1, "apache2 -k restart"}, {"worker", 11, 10, "apache2 -k restart"}});
}

// Signal sets as uWSGI 2.0.21 showed them in /proc/PID/status.
TEST(PresetRoles, UwsgiBySignals) {
  const char* title = "uwsgi --master --http :80 --mule=m.py --spooler s";
  expect_roles("uwsgi", "uwsgi",
               {{"master", 10, 1, title, "", 0x1001000, 0x84687},
                {"spooler", 11, 10, title, "", 0x1083801, 0x4682},
                {"worker", 12, 10, title, "", 0x1000000, 0x8085e83},
                {"worker", 13, 10, title, "", 0x1000000, 0x108085e83},  // --threads 2
                {"mule", 14, 10, title, "", 0x1083a00, 0x4487},
                {"http-router", 15, 10, title, "", 0x1083a01, 0x4486},
                {"worker", 16, 1, title, "", 0x1000000, 0x5e83},      // no master
                {"http-router", 17, 16, title, "", 0x83a01, 0x4482},  // no master
                {"emperor", 18, 1, title, "", 0x1000, 0x8404687},
                {"child", 19, 10, "/bin/sh -c sleep 50", "sh", 0x1001000, 0x10002}});
}

TEST(PresetRoles, ForkingPoolsByTree) {
  for (const auto& [name, comm] :
       {std::pair{"gunicorn", "gunicorn"}, std::pair{"php-fpm", "php-fpm8.2"}}) {
    expect_roles(
        name, comm,
        {{"master", 10, 1, "x"}, {"worker", 11, 10, "x"}, {"child", 12, 11, "convert", "convert"}});
  }
  expect_roles("haproxy", "haproxy",
               {{"master", 10, 1, "haproxy -W"}, {"worker", 11, 10, "haproxy -W"}});
  expect_roles("haproxy", "haproxy", {{"worker", 10, 1, "haproxy -db"}});
}

TEST(PresetRoles, GunicornsWorkersByClass) {
  const auto command = [](const char* options) {
    return "/usr/bin/python3 /usr/bin/gunicorn " + std::string(options) + " app:app";
  };
  for (const char* options :
       {"-k gevent", "-kgevent", "--worker-class=eventlet",
        "--worker-class uvicorn.workers.UvicornWorker", "-k egg:gunicorn#tornado"})
    expect_roles("gunicorn", "gunicorn",
                 {{"master", 10, 1, command(options)}, {"async-worker", 11, 10, command(options)}});
  for (const char* options : {"", "-k sync", "-k gthread --threads 8", "--bind unix:/run/gevent"})
    expect_roles("gunicorn", "gunicorn",
                 {{"master", 10, 1, command(options)}, {"worker", 11, 10, command(options)}});
}

TEST(PresetRoles, Celery) {
  expect_roles("celery", "celery",
               {{"main", 10, 1, "[celeryd: celery@vm:MainProcess] -active- (-A x worker)"},
                {"worker", 11, 10, "[celeryd: celery@vm:ForkPoolWorker-1]"},
                {"beat", 12, 1, "[celery beat] -A x beat -s b"},
                {"worker", 13, 1, "python3 celery -A x worker --pool solo"}});
}

TEST(PresetRoles, Postgres) {
  expect_roles(
      "postgres", "postgres",
      {{"postmaster", 10, 1, "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main"},
       {"logger", 11, 10, "postgres: 15/main: logger          "},
       {"checkpointer", 12, 10, "postgres: 15/main: checkpointer    "},
       {"checkpointer", 12, 10, "postgres: checkpointer "},
       {"background-writer", 13, 10, "postgres: 15/main: background writer "},
       {"walwriter", 14, 10, "postgres: 15/main: walwriter "},
       {"autovacuum", 15, 10, "postgres: 15/main: autovacuum launcher "},
       {"autovacuum", 16, 10, "postgres: 15/main: autovacuum worker   shop"},
       {"archiver", 17, 10, "postgres: 15/main: archiver     "},
       {"archiver", 17, 10, "postgres: 15/main: archiver last was 000000010000000000000001"},
       {"logical-replication", 18, 10, "postgres: 15/main: logical replication launcher "},
       {"walsender", 19, 10, "postgres: 15/main: walsender rep [local] streaming 0/1500790"},
       {"walreceiver", 20, 10, "postgres: 15/main: walreceiver streaming 0/3000148"},
       {"startup", 21, 10, "postgres: 15/main: startup recovering 000000010000000000000003"},
       {"parallel-worker", 22, 10, "postgres: 15/main: parallel worker for PID 4711 "},
       {"background-worker", 23, 10, "postgres: 15/main: pg_cron launcher "},
       {"backend", 24, 10, "postgres: 15/main: shop shop [local] idle"},
       {"backend", 25, 10, "postgres: 15/main: shop shop 127.0.0.1(37426) SELECT waiting"},
       {"backend", 26, 10, "postgres: shop shop ::1(5000) idle in transaction"},
       {"backend", 27, 10, "postgres: 15/main: startup shop [local] idle"},
       {"backend", 28, 10, "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main"},
       {"child", 29, 17, "cp pg_wal/1 /archive/1", "cp"}});
}

TEST(PresetRoles, Redis) {
  expect_roles("redis", "redis-server",
               {{"main", 10, 1, "/usr/bin/redis-server 127.0.0.1:6379        "},
                {"bgsave", 11, 10, "redis-rdb-bgsave 127.0.0.1:6379"},
                {"aof-rewrite", 12, 10, "redis-aof-rewrite 127.0.0.1:6379"},
                {"sentinel", 13, 1, "/usr/bin/redis-sentinel *:26379 [sentinel]"}});
  expect_roles("valkey", "valkey-server",
               {{"main", 10, 1, "/usr/bin/valkey-server 127.0.0.1:6379"},
                {"bgsave", 11, 10, "valkey-rdb-bgsave 127.0.0.1:6379"},
                {"aof-rewrite", 12, 10, "valkey-aof-rewrite 127.0.0.1:6379"},
                {"sentinel", 13, 1, "/usr/bin/valkey-sentinel *:26379 [sentinel]"}});
}

TEST(PresetRoles, NodeLaunchersServeNothing) {
  expect_roles("node", "node",
               {{"launcher", 10, 1, "npm run start"},
                {"main", 11, 1, "node a.js"},
                {"worker", 12, 11, "node a.js"}});
}

}  // namespace
}  // namespace tierwatch
