// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "collectors/servers/servers.h"
#include "config/config.h"

namespace tierwatch {
namespace {

struct Process {
  std::string_view comm;
  std::string_view title;
  std::string_view exe = "";
};

std::string tier_of(const Process& process) {
  static const Config config = default_config();
  const Candidate candidate{.id = {.pid = 100},
                            .parent_pid = 1,
                            .comm = process.comm,
                            .title = process.title,
                            .exe = process.exe};
  const auto placed = match_processes(config.rules, {&candidate, 1});
  return placed[0] ? config.rules.tiers[placed[0]->member.tier].name : "-";
}

struct Start {
  std::string_view tier;
  Process process;
};

TEST(Presets, FindProgramsHoweverTheyAreStarted) {
  const Start starts[] = {
      {"nginx",
       {"nginx", "nginx: master process /usr/sbin/nginx -g daemon on; master_process on;"}},
      {"nginx", {"nginx", "nginx: worker process is shutting down"}},
      {"nginx", {"odd", "odd", "/usr/sbin/nginx"}},
      {"uwsgi", {"uwsgi", "/usr/bin/uwsgi --ini /etc/uwsgi/apps-enabled/shop.ini"}},
      {"uwsgi", {"uwsgi", "uWSGI worker 1"}},
      {"uwsgi", {"uwsgi-core", "/usr/bin/uwsgi-core --ini a.ini"}},
      {"uwsgi", {"uwsgi_python3", "uwsgi_python3 --http :80"}},
      {"uwsgi", {"uwsgi_python311", "uwsgi_python311 --http :80"}},
      {"uwsgi", {"web", "web", "/srv/venv/bin/uwsgi"}},
      {"gunicorn", {"gunicorn", "/usr/bin/python3 /usr/bin/gunicorn app:app"}},
      {"gunicorn", {"python3", "python3 -m gunicorn app:app"}},
      {"gunicorn",
       {"python", "/srv/venv/bin/python -X dev -O /srv/venv/bin/gunicorn -w 3 app:app"}},
      {"gunicorn", {"python3", "python3 -m gunicorn.app.wsgiapp app:app"}},
      {"gunicorn", {"gunicorn: maste", "gunicorn: master [app:app]"}},
      {"gunicorn", {"gunicorn: worke", "gunicorn: worker [app:app]"}},
      {"php-fpm", {"php-fpm8.2", "php-fpm: pool www"}},
      {"php-fpm", {"php-fpm82", "php-fpm: pool www"}},
      {"php-fpm", {"php-fpm", "php-fpm: master process (/etc/php-fpm.conf)"}},
      {"postgres",
       {"postgres", "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main"}},
      {"postgres", {"postgres", "postgres: 15/main: checkpointer "}},
      {"pgbouncer", {"pgbouncer", "/usr/sbin/pgbouncer /etc/pgbouncer/pgbouncer.ini"}},
      {"redis",
       {"redis-server", "/usr/bin/redis-server 127.0.0.1:6379", "/usr/bin/redis-check-rdb"}},
      {"redis", {"redis-server", "redis-rdb-bgsave 127.0.0.1:6379"}},
      {"memcached", {"memcached", "/usr/bin/memcached -m 64 -p 11211 -u memcache"}},
      {"mysql", {"mysqld", "/usr/sbin/mysqld"}},
      {"mysql", {"mariadbd", "/usr/sbin/mariadbd"}},
      {"mongodb", {"mongod", "/usr/bin/mongod --config /etc/mongod.conf"}},
      {"mongodb", {"mongos", "mongos --configdb x"}},
      {"node", {"node", "node /srv/app.js"}},
      {"node", {"nodejs", "nodejs /srv/app.js"}},
      {"node", {"MainThread", "/usr/bin/node /srv/app.js"}},
      {"node", {"shop", "shop", "/usr/bin/node"}},
      {"node", {"next-server (v1", "next-server (v14.2.3)"}},
      {"node", {"next-router-wor", "next-router-worker"}},
      {"node", {"next-render-wor", "next-render-worker-app"}},
      {"node", {"node-red", "node-red"}},
      {"node", {"npm run start", "npm run start"}},
      {"node", {"PM2 v5.3.0: God", "PM2 v5.3.0: God Daemon (/root/.pm2)"}},
      {"haproxy", {"haproxy", "/usr/sbin/haproxy -Ws -f /etc/haproxy/haproxy.cfg"}},
      {"celery", {"celery", "/usr/bin/python3 /usr/bin/celery -A x worker -c 2"}},
      {"celery", {"python3", "python3 -m celery -A x worker"}},
      {"celery", {"python3", "python3 -m celery worker"}},
      {"celery", {"[celeryd: celer", "[celeryd: celery@vm:ForkPoolWorker-1]         "}},
      {"celery", {"[celery beat] -", "[celery beat] -A x beat -s beat.db"}},
  };
  for (const Start& start : starts)
    EXPECT_EQ(tier_of(start.process), start.tier) << start.process.title;
}

TEST(Presets, LeaveClientsEditorsAndReadersAlone) {
  const Process strangers[] = {
      {"vim", "vim nginx.conf", "/usr/bin/vim.basic"},
      {"tail", "tail -f /var/log/uwsgi.log"},
      {"psql", "psql -h db"},
      {"grep", "grep gunicorn"},
      {"php-fpm_exporte", "php-fpm_exporter server", "/usr/local/bin/php-fpm_exporter"},
      {"gunicorn_export", "gunicorn_exporter --port 9208"},
      {"gunicorn-restar", "gunicorn-restart"},
      {"celery-exporter", "celery-exporter --broker worker"},
      {"uwsgi_exporter", "uwsgi_exporter --stats.uri=unix:/run/stats"},
      {"uwsgi_php_check", "uwsgi_php_check"},
      {"uwsgi_python_ex", "uwsgi_python_exporter"},
      {"redis-cli", "redis-cli monitor"},
      {"redis-benchmark", "redis-benchmark -c 50"},
      {"pg_dump", "/usr/lib/postgresql/15/bin/pg_dump shop", "/usr/lib/postgresql/15/bin/pg_dump"},
      {"node_exporter", "/usr/bin/node_exporter --web.listen-address=:9100"},
      {"prometheus-node", "/usr/bin/prometheus-node-exporter"},
      {"journalctl", "journalctl -u nginx"},
      {"systemctl", "systemctl restart php8.2-fpm"},
      {"uwsgitop", "/usr/bin/python3 /usr/bin/uwsgitop /run/stats"},
      {"python3", "python3 -c import gunicorn"},
      {"python3", "python3 manage.py worker celery"},
      {"python3", "/usr/bin/python3 /srv/gunicorn_conf.py"},
      {"celery", "/usr/bin/python3 /usr/bin/celery -A x inspect active"},
      {"mysqldump", "mysqldump shop"},
      {"mysqld_safe", "/bin/sh /usr/bin/mysqld_safe"},
      {"mongodump", "mongodump"},
      {"timeout", "timeout 5 nginx -t", "/usr/bin/timeout"},
      {"bash", "bash -c node app.js; uwsgi --ini x"},
      {"sudo", "sudo -u postgres psql"},
  };
  for (const Process& stranger : strangers) EXPECT_EQ(tier_of(stranger), "-") << stranger.title;
}

TEST(Presets, WorkersOfOtherServersAreNoNearMisses) {
  const Config config = default_config();
  const std::vector<Candidate> candidates{
      {.id = {.pid = 1}, .comm = "nginx", .title = "nginx: worker process"},
      {.id = {.pid = 2}, .comm = "uwsgi", .title = "uWSGI worker 1"},
      {.id = {.pid = 3}, .comm = "gunicorn: worke", .title = "gunicorn: worker [app]"}};
  const auto placed = match_processes(config.rules, candidates);
  EXPECT_THAT(near_misses(config.rules, candidates, placed), ::testing::IsEmpty());
}

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
}

TEST(PresetRoles, NodeLaunchersServeNothing) {
  expect_roles("node", "node",
               {{"launcher", 10, 1, "npm run start"},
                {"main", 11, 1, "node a.js"},
                {"worker", 12, 11, "node a.js"}});
}

TEST(Presets, AreSound) {
  std::set<std::string> names;
  for (const std::string& name : preset_names()) {
    const TierRule tier = preset(name);
    EXPECT_EQ(tier.name, name);
    EXPECT_EQ(tier.preset, name);
    EXPECT_FALSE(tier.match.empty()) << name;
    EXPECT_TRUE(names.insert(name).second);
    std::set<std::string> role_names;
    for (const RoleRule& role : tier.roles)
      EXPECT_TRUE(role_names.insert(role.name).second) << name;
    const RoleRule& last = tier.roles.back();
    EXPECT_FALSE(last.title || last.joined || last.parent_in_tier || last.has_children_in_tier);
    EXPECT_EQ(last.ignores_signals | last.catches_signals, 0u);
    EXPECT_LT(tier.child_cpu_role, tier.roles.size());
  }
  EXPECT_EQ(names.size(), 13u);
}

TEST(Presets, ChildrenTooShortLivedToBeSeenHaveTheRoleOfTheirKind) {
  const auto role = [](std::string_view name) {
    const TierRule tier = preset(name);
    return tier.roles[tier.child_cpu_role].name;
  };
  EXPECT_EQ(role("postgres"), "backend");
  EXPECT_EQ(role("uwsgi"), "worker");
  EXPECT_EQ(role("nginx"), "worker");
  EXPECT_EQ(role("redis"), "bgsave");
  EXPECT_EQ(role("memcached"), "child");
}

TEST(Presets, AnUnknownNameThrows) { EXPECT_THROW(preset("apache"), std::out_of_range); }

}  // namespace
}  // namespace tierwatch
